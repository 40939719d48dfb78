import { type Line, LineReader } from "../stdio/line_reader.ts";

/** Handles one line; a promise makes the lines after it wait. */
export type LineHandler = (line: Line) => Promise<void> | undefined;

/** How a {@linkcode LinePump} treats lines. */
export interface LinePumpOptions {
  readonly maxLineBytes: number;
  readonly handle: LineHandler;
  /** Takes a line that must not wait behind others; `false` leaves it to `handle`. */
  readonly takeAtOnce?: (line: Line) => boolean;
}

/** How many lines may wait before reading waits, too. */
const MOST_WAITING = 10_000;

/**
 * Reads the client's lines and handles them in order. Reading goes on while a line is being handled,
 * so that the end of the input is noticed at once, whatever the bridge waits for; only a flood of lines
 * is held up.
 */
export class LinePump {
  readonly #read: () => Promise<Uint8Array<ArrayBuffer> | undefined>;
  readonly #reader: LineReader;
  readonly #handle: LineHandler;
  readonly #takeAtOnce: (line: Line) => boolean;
  #waiting: Line[] = [];
  #handling: Promise<void> | undefined;

  constructor(
    read: () => Promise<Uint8Array<ArrayBuffer> | undefined>,
    options: LinePumpOptions,
  ) {
    this.#read = read;
    this.#reader = new LineReader(options.maxLineBytes);
    this.#handle = options.handle;
    this.#takeAtOnce = options.takeAtOnce ?? (() => false);
  }

  /** Resolves at the end of the input, with lines possibly still being handled. */
  async run(): Promise<void> {
    for (;;) {
      const chunk = await this.#read();
      if (chunk === undefined) break;
      this.#take(this.#reader.push(chunk));
      if (this.#waiting.length > MOST_WAITING) await this.idle();
    }
    this.#take(this.#reader.end());
  }

  /** Resolves when every line read so far has been handled. */
  async idle(): Promise<void> {
    while (this.#handling !== undefined) await this.#handling;
  }

  #take(all: readonly Line[]): void {
    const lines = all.filter((line) => !this.#takeAtOnce(line));
    for (const [index, line] of lines.entries()) {
      if (this.#handling !== undefined) {
        this.#waiting.push(...lines.slice(index));
        return;
      }
      const wait = this.#handle(line);
      if (wait !== undefined) this.#handling = this.#afterwards(wait);
    }
  }

  async #afterwards(first: Promise<void>): Promise<void> {
    await first;
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      for (const line of lines) await this.#handle(line);
    }
    this.#handling = undefined;
  }
}
