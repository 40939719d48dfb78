/** Bytes that may wait before {@linkcode LineWriter.write} asks its caller to wait, too. */
const HIGH_WATER_MARK = 1024 * 1024;
/** Lines up to this size are joined into one write; larger ones are written without a copy. */
const JOIN_UP_TO = 64 * 1024;
const LINE_FEED = new Uint8Array([0x0a]);

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * The one writer of standard output: whole lines, in order, with back-pressure. Lines that come while
 * a write is under way leave together in the next one.
 */
export class LineWriter {
  readonly #sink: (bytes: Uint8Array) => Promise<void>;
  readonly #onClosed: () => void;
  #waiting: Bytes[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #closed = false;

  /**
   * @param sink writes all of the bytes it is given
   * @param onClosed called once when the reader of the output is gone; lines are dropped from then on
   */
  constructor(sink: (bytes: Uint8Array) => Promise<void>, onClosed: () => void) {
    this.#sink = sink;
    this.#onClosed = onClosed;
  }

  /** Queues a line (without its line feed). Resolves later than at once only when much is queued. */
  write(line: Bytes): Promise<void> | undefined {
    if (this.#closed) return undefined;
    this.#waiting.push(line);
    this.#waitingBytes += line.length + 1;
    this.#writing ??= this.#drain();
    return this.#waitingBytes > HIGH_WATER_MARK ? this.#writing : undefined;
  }

  /** Resolves when everything queued so far has been written (or dropped). */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #drain(): Promise<void> {
    // One turn of the event loop's microtasks lets lines of the same chunk join.
    await undefined;
    try {
      while (this.#waiting.length > 0 && !this.#closed) {
        const lines = this.#waiting;
        this.#waiting = [];
        this.#waitingBytes = 0;
        await this.#writeAll(lines);
      }
    } catch {
      // Whatever went wrong (mostly StdoutClosed), nobody can be told over this stream any more.
      this.#closed = true;
      this.#waiting = [];
      this.#onClosed();
    } finally {
      this.#writing = undefined;
    }
  }

  async #writeAll(lines: readonly Bytes[]): Promise<void> {
    let small: Bytes[] = [];
    let smallBytes = 0;
    for (const line of lines) {
      if (line.length > JOIN_UP_TO) {
        if (small.length > 0) await this.#sink(joinLines(small, smallBytes));
        small = [];
        smallBytes = 0;
        await this.#sink(line);
        await this.#sink(LINE_FEED);
        continue;
      }
      small.push(line);
      smallBytes += line.length + 1;
    }
    if (small.length > 0) await this.#sink(joinLines(small, smallBytes));
  }
}

function joinLines(lines: readonly Bytes[], length: number): Bytes {
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const line of lines) {
    joined.set(line, offset);
    offset += line.length;
    joined[offset++] = 0x0a;
  }
  return joined;
}
