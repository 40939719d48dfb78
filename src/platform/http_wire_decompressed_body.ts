import { type HttpBody, HttpFailure } from "./http_client.ts";
import { ContentCollector } from "./http_wire_content_collector.ts";
import { cancelled, cannotUnderstand } from "./http_wire_failures.ts";

/**
 * Compressed bytes are fed in pieces of this size, so that content which expands without end (about a
 * thousandfold at most) is noticed while it is still small.
 */
const LARGEST_PIECE = 4 * 1024;

/** The compression method "deflate" in the first byte of a zlib header (RFC 1950, section 2.2). */
const ZLIB_METHOD = 8;

/** The content of a compressed body. */
export class DecompressedBody implements HttpBody {
  readonly #body: HttpBody;
  readonly #coding: "gzip" | "deflate";
  readonly #origin: string;
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  #state: "open" | "complete" | HttpFailure = "open";

  constructor(body: HttpBody, coding: "gzip" | "deflate", origin: string) {
    this.#body = body;
    this.#coding = coding;
    this.#origin = origin;
  }

  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#state === "complete") return undefined;
    try {
      this.#reader ??= await this.#open();
      const chunk = await this.#reader?.read();
      // A stream that was cancelled looks like one that came to its end.
      if (this.#state !== "open") throw this.#state;
      if (chunk?.value !== undefined) return chunk.value;
      this.#state = "complete";
      return undefined;
    } catch (error) {
      throw this.#fail(error);
    }
  }

  async bytes(limit: number): Promise<Uint8Array<ArrayBuffer>> {
    const content = new ContentCollector(limit, this.#origin);
    try {
      for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) {
        content.add(chunk);
      }
      return content.bytes();
    } catch (error) {
      this.cancel();
      throw error;
    }
  }

  cancel(): void {
    const failure = cancelled(this.#origin, "unknown", "the rest of the reply was given up");
    this.#end(failure);
  }

  /** The failure of the compressed body, or else the compressed content is broken. */
  #fail(error: unknown): HttpFailure {
    return this.#end(
      error instanceof HttpFailure
        ? error
        : cannotUnderstand(this.#origin, `its ${this.#coding} content is broken`),
    );
  }

  /** Gives up the rest; the failure that was the first. */
  #end(failure: HttpFailure): HttpFailure {
    if (this.#state === "complete") return failure;
    if (this.#state !== "open") return this.#state;
    this.#state = failure;
    this.#body.cancel();
    this.#reader?.cancel().catch(() => {});
    return failure;
  }

  /** The decompressing reader; there is none when there is no content at all. */
  async #open(): Promise<ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined> {
    const first = await this.#body.read();
    if (first === undefined) return undefined;
    const format = this.#coding === "deflate" && !hasZlibHeader(first)
      ? "deflate-raw"
      : this.#coding;
    const pieces = ReadableStream.from(this.#pieces(first));
    return pieces.pipeThrough(new DecompressionStream(format)).getReader();
  }

  async *#pieces(
    first: Uint8Array<ArrayBuffer>,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    let chunk: Uint8Array<ArrayBuffer> | undefined = first;
    for (; chunk !== undefined; chunk = await this.#body.read()) {
      for (let start = 0; start < chunk.length; start += LARGEST_PIECE) {
        yield chunk.subarray(start, start + LARGEST_PIECE);
      }
    }
  }
}

/** Some servers send "deflate" without the zlib header that it should have (RFC 9110, section 8.4.1.2). */
function hasZlibHeader(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0;
  return (first & 0x0f) === ZLIB_METHOD && (first * 256 + (bytes[1] ?? 0)) % 31 === 0;
}
