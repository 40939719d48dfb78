import { type StandardStreams, StdoutClosed } from "../../src/platform/standard_streams.ts";

const encoder = new TextEncoder();

/** Standard streams in memory: a test feeds the input and sees the output. */
export class MemoryStreams implements StandardStreams {
  readonly stdinIsTerminal = false;
  readonly stderrIsTerminal = false;
  /** All that went to standard error. */
  stderr = "";
  readonly #onStdout: (bytes: Uint8Array) => void;
  readonly #input: Uint8Array<ArrayBuffer>[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  #stdoutClosed = false;

  /** @param onStdout is given everything that goes to standard output */
  constructor(onStdout: (bytes: Uint8Array) => void) {
    this.#onStdout = onStdout;
  }

  /** Puts bytes into standard input. */
  feed(input: string | Uint8Array): void {
    this.#input.push(typeof input === "string" ? encoder.encode(input) : input.slice());
    this.#wake?.();
  }

  /** Ends standard input. */
  endStdin(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Nobody reads standard output any more. */
  closeStdout(): void {
    this.#stdoutClosed = true;
  }

  async readStdin(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#input.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#input.shift();
  }

  writeStdout(bytes: Uint8Array): Promise<void> {
    if (this.#stdoutClosed) {
      return Promise.reject(new StdoutClosed("Cannot write to stdout: it is closed"));
    }
    this.#onStdout(bytes.slice());
    return Promise.resolve();
  }

  writeStderr(text: string): void {
    this.stderr += text;
  }
}
