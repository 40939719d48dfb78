import { CausewayError } from "../errors.ts";
import {
  type HttpClient,
  HttpFailure,
  type HttpReply,
  type HttpRequest,
} from "../platform/http_client.ts";

/** Header fields whose values may change while a bridge runs. */
export interface RenewableHeaders {
  /** Another number after each change of a value. */
  readonly version: number;
  /**
   * Brings the values up to date for a request.
   * @throws {CausewayError} when there is none where one is needed
   */
  refresh(): Promise<void>;
  /**
   * Makes the values anew, unless they are others already than those that were refused.
   * @param refused The version that the server refused
   * @returns Whether there are other values now
   * @throws {CausewayError} when that fails
   */
  renew(refused: number): Promise<boolean>;
}

/**
 * Brings the user's own header fields up to date before each request to the server's origin, and
 * once more on a 401: where that changes a value, the very same request is repeated once. The fields
 * themselves are added further in, where redirects are followed, so that none reaches another origin.
 */
export class LiveHeadersClient implements HttpClient {
  readonly #client: HttpClient;
  readonly #headers: RenewableHeaders;
  readonly #server: URL;

  constructor(client: HttpClient, headers: RenewableHeaders, server: URL) {
    this.#client = client;
    this.#headers = headers;
    this.#server = server;
  }

  async exchange(request: HttpRequest): Promise<HttpReply> {
    if (request.url.origin !== this.#server.origin) return await this.#client.exchange(request);
    await settled(this.#headers.refresh(), request.signal);
    const { version } = this.#headers;
    const reply = await this.#client.exchange(request);
    if (reply.status !== 401) return reply;
    try {
      if (!await settled(this.#headers.renew(version), request.signal)) return reply;
    } catch (error) {
      reply.body.cancel();
      throw error;
    }
    reply.body.cancel();
    return await this.#client.exchange(request);
  }

  dropIdleConnections(): void {
    this.#client.dropIdleConnections();
  }

  close(): void {
    this.#client.close();
  }
}

/**
 * What the work comes to, but no longer than the request is wanted; the work goes on for others.
 * @throws {HttpFailure} `authorization` with the `CausewayError` as cause, or `cancelled`
 */
async function settled<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => {
    aborted.reject(new HttpFailure("cancelled", "not_sent", "the request was cancelled"));
  };
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([aborted.promise, work]);
  } catch (cause) {
    if (!(cause instanceof CausewayError)) throw cause;
    const hint = cause.hint === undefined ? {} : { hint: cause.hint };
    throw new HttpFailure("authorization", "not_sent", cause.clause, { cause, ...hint });
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
