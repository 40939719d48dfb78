import { tooLarge } from "./http_wire_failures.ts";

/** Fewer bytes than this are not worth a read of their own past the connection's buffer. */
export const LEAST_DIRECT_READ = 16 * 1024;
/** At most this much memory is taken on the word of a server. */
const LARGEST_TRUST = 64 * 1024 * 1024;
/** The first step where a server does not say how much will come. */
const UNKNOWN_GROWTH = 64 * 1024;

/** Gathers content up to a limit. */
export class ContentCollector {
  readonly #limit: number;
  readonly #origin: string;
  #content = new Uint8Array(0);
  #length = 0;

  constructor(limit: number, origin: string) {
    this.#limit = limit;
    this.#origin = origin;
  }

  /** Takes memory for `length` bytes in all. */
  expect(length: number): void {
    if (length > this.#limit) throw tooLarge(this.#origin, this.#limit);
    this.#reserve(Math.min(length, LARGEST_TRUST));
  }

  add(chunk: Uint8Array<ArrayBuffer>): void {
    const length = this.#length + chunk.length;
    if (length > this.#limit) throw tooLarge(this.#origin, this.#limit);
    if (length > this.#content.length) this.#reserve(Math.max(length, this.#content.length * 2));
    this.#content.set(chunk, this.#length);
    this.#length = length;
  }

  /** Room for some of the `ahead` bytes that come next: never empty, and enough to exceed the limit. */
  room(ahead: number): Uint8Array<ArrayBuffer> {
    if (this.#content.length - this.#length < Math.min(ahead, LEAST_DIRECT_READ)) {
      const growth = ahead === Infinity ? UNKNOWN_GROWTH : Math.min(ahead, LARGEST_TRUST);
      const size = Math.max(this.#length + growth, this.#length * 2);
      this.#reserve(Math.min(size, this.#limit + 1));
    }
    return this.#content.subarray(this.#length, this.#length + ahead);
  }

  /** Notes that `count` bytes of the {@linkcode room} were filled. */
  advance(count: number): void {
    this.#length += count;
    if (this.#length > this.#limit) throw tooLarge(this.#origin, this.#limit);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#content.subarray(0, this.#length);
  }

  #reserve(size: number): void {
    if (size <= this.#content.length) return;
    const content = new Uint8Array(size);
    content.set(this.#content.subarray(0, this.#length));
    this.#content = content;
  }
}
