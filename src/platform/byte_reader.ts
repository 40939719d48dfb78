type Bytes = Uint8Array<ArrayBuffer>;

/** A stream of bytes that can only be read. */
export interface ReadableBytes {
  /** Puts bytes at the start of `target`; how many, or `null` at the end. */
  read(target: Uint8Array): Promise<number | null>;
}

/** Reads exact pieces from a stream that comes in any chunks. For short handshakes, not for content. */
export class ByteReader {
  readonly #stream: ReadableBytes;
  #waiting: Bytes = new Uint8Array();

  constructor(stream: ReadableBytes) {
    this.#stream = stream;
  }

  /**
   * The next `count` bytes.
   * @throws {Error} when the stream ends before
   */
  async exactly(count: number): Promise<Bytes> {
    while (this.#waiting.length < count) await this.#more();
    return this.#take(count);
  }

  /**
   * The text up to the first empty line, as an HTTP header section ends; at most `limit` bytes.
   * @throws {Error} when the stream ends before, or there is no end within the limit
   */
  async head(limit: number): Promise<string> {
    for (;;) {
      const text = String.fromCharCode(...this.#waiting.subarray(0, limit));
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#take(end + 4);
        return text.slice(0, end);
      }
      if (this.#waiting.length >= limit) throw new Error("The header section is too long");
      await this.#more();
    }
  }

  /** What was read but not taken. */
  rest(): Bytes {
    return this.#take(this.#waiting.length);
  }

  #take(count: number): Bytes {
    const taken = this.#waiting.subarray(0, count);
    this.#waiting = this.#waiting.subarray(count);
    return taken;
  }

  async #more(): Promise<void> {
    const chunk = new Uint8Array(4096);
    const length = await this.#stream.read(chunk);
    if (length === null) throw new Error("The stream ended within a handshake");
    const joined = new Uint8Array(this.#waiting.length + length);
    joined.set(this.#waiting);
    joined.set(chunk.subarray(0, length), this.#waiting.length);
    this.#waiting = joined;
  }
}
