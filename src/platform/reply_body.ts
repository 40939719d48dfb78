import { type HttpBody, HttpFailure } from "./http_client.ts";
import { joinBytes } from "./joined_bytes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Where the content of a reply comes from, decompressed. */
export interface ContentSource {
  /** The next chunk, or `undefined` at the end. Throws what the runtime throws. */
  next(): Promise<Bytes | undefined>;
  /** All of it in one go, where that is faster and nothing has been read yet. */
  all?(): Promise<Bytes>;
  /** Gives up the rest. Never throws. */
  cancel(): void;
  /** The length that the reply announced, where it counts these bytes. */
  readonly announcedLength: number | undefined;
  /** What an error that it threw means. */
  classify(error: unknown): HttpFailure;
}

/** The exchange that a body belongs to: it may end the body, and wants to know when it is done. */
export interface BodyOwner {
  readonly url: URL;
  /** Longest silence, in milliseconds; 0 means no limit. */
  readonly bodyTimeout: number;
  /** Why the exchange was ended from this side; `undefined` while it was not. */
  readonly ended: HttpFailure | undefined;
  /** Ends the exchange: the connection is given up. */
  end(failure: HttpFailure): void;
  /** The body needs nothing of the exchange any more. Idempotent. */
  finish(): void;
}

/** The body of a reply, whatever it comes from: time-outs, the cap, and truncation that shows. */
export class ReplyBody implements HttpBody {
  readonly #source: ContentSource;
  readonly #owner: BodyOwner;
  #received = 0;
  #state: "unread" | "reading" | "complete" | HttpFailure = "unread";

  constructor(source: ContentSource, owner: BodyOwner) {
    this.#source = source;
    this.#owner = owner;
  }

  async read(): Promise<Bytes | undefined> {
    for (;;) {
      if (this.#state === "complete") return undefined;
      this.#throwIfOver();
      this.#state = "reading";
      const chunk = await this.#next();
      if (chunk === undefined) {
        this.#complete();
        return undefined;
      }
      this.#received += chunk.length;
      if (chunk.length > 0) return chunk;
    }
  }

  async bytes(limit: number): Promise<Bytes> {
    const announced = this.#source.announcedLength;
    if (announced !== undefined && announced > limit) throw this.#tooLarge(limit);
    // The runtime itself reads whole bodies twice as fast, but it tells nothing of silence.
    const atOnce = this.#state === "unread" && announced !== undefined &&
      this.#owner.bodyTimeout === 0;
    if (atOnce && this.#source.all !== undefined) return await this.#readAll(this.#source);
    const chunks: Bytes[] = [];
    let size = 0;
    for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) {
      size += chunk.length;
      if (size > limit) throw this.#tooLarge(limit);
      chunks.push(chunk);
    }
    return joinBytes(chunks);
  }

  cancel(): void {
    if (this.#state !== "unread" && this.#state !== "reading") return;
    const message = `Cannot read the reply of "${this.#owner.url.origin}": it was given up`;
    this.#fail(new HttpFailure("cancelled", "unknown", message));
    this.#source.cancel();
  }

  async #readAll(source: ContentSource): Promise<Bytes> {
    this.#throwIfOver();
    this.#state = "reading";
    let bytes: Bytes | undefined;
    try {
      bytes = await source.all?.();
    } catch (error) {
      throw this.#fail(this.#owner.ended ?? source.classify(error));
    }
    this.#received = bytes?.length ?? 0;
    this.#complete();
    return bytes ?? new Uint8Array();
  }

  async #next(): Promise<Bytes | undefined> {
    const { bodyTimeout, url } = this.#owner;
    const timer = bodyTimeout === 0 ? undefined : setTimeout(() => {
      const message =
        `Cannot read the reply of "${url.origin}": nothing came for ${bodyTimeout} ms`;
      this.#owner.end(new HttpFailure("body_timeout", "unknown", message));
      this.#source.cancel();
    }, bodyTimeout);
    try {
      const chunk = await this.#source.next();
      // A source that was cancelled may end as if it were complete.
      this.#throwIfOver();
      return chunk;
    } catch (error) {
      if (error instanceof HttpFailure) throw this.#fail(error);
      throw this.#fail(this.#owner.ended ?? this.#source.classify(error));
    } finally {
      clearTimeout(timer);
    }
  }

  #throwIfOver(): void {
    if (this.#state instanceof HttpFailure) throw this.#state;
    if (this.#owner.ended !== undefined) throw this.#fail(this.#owner.ended);
  }

  #complete(): void {
    const { announcedLength } = this.#source;
    if (announcedLength !== undefined && this.#received < announcedLength) {
      const counts = `${this.#received} of ${announcedLength} bytes came`;
      const message = `Cannot read the reply of "${this.#owner.url.origin}": only ${counts}`;
      throw this.#fail(new HttpFailure("truncated", "unknown", message));
    }
    this.#state = "complete";
    this.#owner.finish();
  }

  #tooLarge(limit: number): HttpFailure {
    const message = `Cannot read the reply of "${this.#owner.url.origin}": ` +
      `it has more than ${limit} bytes`;
    const failure = this.#fail(new HttpFailure("too_large", "unknown", message));
    this.#source.cancel();
    return failure;
  }

  #fail(failure: HttpFailure): HttpFailure {
    if (this.#state instanceof HttpFailure) return this.#state;
    this.#state = failure;
    this.#owner.finish();
    return failure;
  }
}

/** The value of a `Content-Length` field, unless a `Content-Encoding` makes it count other bytes. */
export function announcedLength(
  length: string | undefined,
  encoding: string | undefined,
): number | undefined {
  if (length === undefined || (encoding !== undefined && encoding !== "identity")) return undefined;
  return /^[0-9]{1,15}$/.test(length) ? Number(length) : undefined;
}
