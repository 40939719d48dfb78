import { joinBytes } from "../platform/joined_bytes.ts";

/** What a line reader gives: a line, or word of a line that was longer than allowed. */
export type Line =
  | { readonly kind: "line"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** `start` is the beginning of the line, enough to find its id; the rest was thrown away. */
  | { readonly kind: "too_long"; readonly start: Uint8Array<ArrayBuffer>; readonly length: number };

const LINE_FEED = 0x0a;
const KEPT_OF_TOO_LONG = 64 * 1024;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Cuts a byte stream into lines that end with a line feed, whatever the chunks. A line longer than
 * the limit is reported and skipped; the lines after it are read as ever.
 */
export class LineReader {
  readonly #maxLineBytes: number;
  #pieces: Bytes[] = [];
  #length = 0;
  #discarding = false;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** Takes the next chunk, which the reader may keep, and gives the lines that it completes. */
  push(chunk: Bytes): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#add(chunk.subarray(start, end));
      this.#finish(lines);
      start = end + 1;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
    return lines;
  }

  /** The stream ended: a last line without a line feed counts as a line. */
  end(): Line[] {
    const lines: Line[] = [];
    this.#finish(lines);
    return lines;
  }

  #add(piece: Bytes): void {
    this.#length += piece.length;
    if (this.#discarding) return;
    if (piece.length > 0) this.#pieces.push(piece);
    if (this.#length > this.#maxLineBytes) this.#discard();
  }

  #discard(): void {
    const kept: Bytes[] = [];
    let length = 0;
    for (const piece of this.#pieces) {
      if (length >= KEPT_OF_TOO_LONG) break;
      const part = piece.slice(0, KEPT_OF_TOO_LONG - length);
      kept.push(part);
      length += part.length;
    }
    this.#pieces = kept;
    this.#discarding = true;
  }

  #finish(lines: Line[]): void {
    const length = this.#length;
    const bytes = joinBytes(this.#pieces);
    if (this.#discarding) lines.push({ kind: "too_long", start: bytes, length });
    else if (length > 0) lines.push({ kind: "line", bytes });
    this.#pieces = [];
    this.#length = 0;
    this.#discarding = false;
  }
}
