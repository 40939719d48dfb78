import { HttpFailure, type HttpRequest } from "./http_client.ts";
import type { BodyOwner } from "./reply_body.ts";

/** One request and its reply, to the end of the body: everything that may end it early meets here. */
export class HttpExchange implements BodyOwner {
  readonly request: HttpRequest;
  readonly #onFinish: () => void;
  readonly #abort = new AbortController();
  #ended: HttpFailure | undefined;
  #finished = false;

  /** @param onFinish called once, when the body has been read, given up or has failed */
  constructor(request: HttpRequest, onFinish: () => void) {
    this.request = request;
    this.#onFinish = onFinish;
    request.signal?.addEventListener("abort", this.#onCancel);
    if (request.signal?.aborted) this.end(cancelled(request.url, "not_sent"));
  }

  get url(): URL {
    return this.request.url;
  }

  get bodyTimeout(): number {
    return this.request.bodyTimeout ?? 0;
  }

  get ended(): HttpFailure | undefined {
    return this.#ended;
  }

  /** Aborted when the exchange is ended from this side. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  end(failure: HttpFailure): void {
    if (this.#finished || this.#ended !== undefined) return;
    this.#ended = failure;
    this.#abort.abort();
  }

  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.request.signal?.removeEventListener("abort", this.#onCancel);
    this.#onFinish();
  }

  /**
   * Waits for the header section of the reply.
   * @param send sends the request
   * @param classify what an error of `send` means
   * @throws {HttpFailure} never anything else
   */
  async headers<T>(send: () => Promise<T>, classify: (error: unknown) => HttpFailure): Promise<T> {
    const timer = this.#startHeadersTimer();
    try {
      if (this.#ended !== undefined) throw this.#ended;
      return await send();
    } catch (error) {
      this.finish();
      throw this.#ended ?? (error instanceof HttpFailure ? error : classify(error));
    } finally {
      clearTimeout(timer);
    }
  }

  #startHeadersTimer(): ReturnType<typeof setTimeout> | undefined {
    const limit = this.request.headersTimeout ?? 0;
    if (limit === 0) return undefined;
    return setTimeout(() => {
      const message = `Cannot reach "${this.url.origin}": no reply came within ${limit} ms`;
      this.end(new HttpFailure("headers_timeout", "unknown", message));
    }, limit);
  }

  readonly #onCancel = () => this.end(cancelled(this.url, "unknown"));
}

/** The failure of everything that was under way when a client was closed. */
export function clientClosed(url: URL): HttpFailure {
  const message = `Cannot reach "${url.origin}": the HTTP client was closed`;
  return new HttpFailure("cancelled", "unknown", message);
}

function cancelled(url: URL, delivery: "not_sent" | "unknown"): HttpFailure {
  return new HttpFailure("cancelled", delivery, `Cannot reach "${url.origin}": it was cancelled`);
}
