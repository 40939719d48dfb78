import { WireSyntaxError } from "./http_wire_failures.ts";

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const SEMICOLON = 0x3b;

/** The most bytes of framing that one chunk's size line, or all trailers, may have. */
const LARGEST_OVERHEAD = 64 * 1024;

/** What {@linkcode ChunkedDecoder} reads next. */
type Expected =
  /** The first digit of a chunk's size. */
  | "size_start"
  | "size"
  /** Blanks behind the size. */
  | "size_end"
  | "extension"
  /** The line feed behind a size line's carriage return. */
  | "size_feed"
  | "data"
  /** The line end behind a chunk's data. */
  | "data_end"
  | "data_feed"
  /** The first byte of a trailer line; an empty line ends the body. */
  | "trailer_start"
  | "trailer"
  | "last_feed"
  | "nothing";

/**
 * Decodes the chunked transfer coding (RFC 9112, section 7.1) over any cutting of the bytes. The data of
 * chunks that are there together is moved together within the buffer, so that a body of many small chunks
 * comes out in few large pieces. Extensions and trailers are skipped.
 */
export class ChunkedDecoder {
  #expect: Expected = "size_start";
  #size = 0;
  #overhead = 0;
  /** The data that {@linkcode decode} found: from here in the buffer ... */
  dataStart = 0;
  /** ... to here. */
  dataEnd = 0;

  /** Whether the body has come to its end. */
  get done(): boolean {
    return this.#expect === "nothing";
  }

  /** How many bytes of data come next, with no framing between them. */
  get dataAhead(): number {
    return this.#expect === "data" ? this.#size : 0;
  }

  /** Notes that `count` bytes of the data ahead (no more than that) were read by someone else. */
  skipData(count: number): void {
    this.#size -= count;
    if (this.#size === 0) this.#expect = "data_end";
  }

  /**
   * Decodes `buffer` from `start` to `end`, in place; the data found is from `dataStart` to `dataEnd`.
   * @returns the offset behind the last byte used (before `end` only when the body is done)
   * @throws {WireSyntaxError} the bytes break the grammar
   */
  decode(buffer: Uint8Array, start: number, end: number): number {
    this.dataStart = this.dataEnd = start;
    let at = start;
    while (at < end && this.#expect !== "nothing") {
      if (this.#expect === "data") {
        const count = Math.min(this.#size, end - at);
        this.#keepData(buffer, at, at + count);
        this.skipData(count);
        at += count;
      } else {
        this.#step(buffer[at] ?? 0);
        at++;
      }
    }
    return at;
  }

  #keepData(buffer: Uint8Array, from: number, to: number): void {
    if (this.dataEnd === this.dataStart) {
      this.dataStart = from;
      this.dataEnd = to;
    } else {
      buffer.copyWithin(this.dataEnd, from, to);
      this.dataEnd += to - from;
    }
  }

  /** One byte of framing. */
  #step(code: number): void {
    switch (this.#expect) {
      case "size_start":
        this.#size = 0;
        this.#overhead = 0;
        this.#expect = "size";
        return this.#addDigit(code);
      case "size":
      case "size_end":
        return this.#sizeStep(code);
      case "extension":
        return code === LF ? this.#endSizeLine() : this.#countOverhead();
      case "size_feed":
        if (code !== LF) throw new WireSyntaxError("the size of a chunk is malformed");
        return this.#endSizeLine();
      case "data_end":
        if (code !== CR) return this.#requireFeed(code, "size_start");
        this.#expect = "data_feed";
        return;
      case "data_feed":
        return this.#requireFeed(code, "size_start");
      default:
        return this.#trailerStep(code);
    }
  }

  /** A byte behind the first digit: a further digit, blanks, an extension, or the end of the line. */
  #sizeStep(code: number): void {
    if (code === CR) this.#expect = "size_feed";
    else if (code === LF) this.#endSizeLine();
    else if (code === SEMICOLON) this.#expect = "extension";
    else if (code === SPACE || code === TAB) {
      this.#expect = "size_end";
      this.#countOverhead();
    } else if (this.#expect === "size") this.#addDigit(code);
    else throw new WireSyntaxError("the size of a chunk is malformed");
  }

  #trailerStep(code: number): void {
    this.#countOverhead();
    if (this.#expect === "last_feed") return this.#requireFeed(code, "nothing");
    if (this.#expect === "trailer") {
      if (code === LF) this.#expect = "trailer_start";
    } else if (code === CR) this.#expect = "last_feed";
    else this.#expect = code === LF ? "nothing" : "trailer";
  }

  #addDigit(code: number): void {
    const digit = hexDigit(code);
    this.#size = this.#size * 16 + digit;
    if (digit < 0 || !Number.isSafeInteger(this.#size)) {
      throw new WireSyntaxError("the size of a chunk is malformed");
    }
    if (this.#size === 0) this.#countOverhead();
  }

  #endSizeLine(): void {
    this.#expect = this.#size === 0 ? "trailer_start" : "data";
  }

  #requireFeed(code: number, next: Expected): void {
    if (code !== LF) throw new WireSyntaxError("a chunk does not end where its size says");
    this.#expect = next;
  }

  #countOverhead(): void {
    this.#overhead++;
    if (this.#overhead > LARGEST_OVERHEAD) {
      throw new WireSyntaxError("its chunk extensions or trailers are too large");
    }
  }
}

/** The value of a hexadecimal digit, or -1. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
