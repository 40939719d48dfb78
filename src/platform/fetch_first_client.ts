import { CertificateRefusal } from "./fetch_error.ts";
import type { HttpClient, HttpClientOptions, HttpReply, HttpRequest } from "./http_client.ts";
import { clientClosed } from "./http_exchange.ts";
import { openFetchHttpClient } from "./http_fetch_client.ts";
import { openWireHttpClient } from "./http_wire_client.ts";

/**
 * Opens an HTTP client over the runtime's `fetch`. To servers whose certificate is itself a trusted one
 * it goes over the wire of our own, by connections of another kind, loaded only when `fetch` has
 * refused such a certificate.
 */
export function openFetchFirstClient(options: HttpClientOptions): HttpClient {
  return new FetchFirstClient(options);
}

class FetchFirstClient implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #fetch: HttpClient;
  /** The clients for the origins whose certificate is itself a trusted one. */
  readonly #pinned = new Map<string, HttpClient>();
  #closed = false;

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#fetch = openFetchHttpClient(options);
  }

  exchange(request: HttpRequest): Promise<HttpReply> {
    const { url } = request;
    if (this.#closed) return Promise.reject(clientClosed(url));
    const pinned = this.#pinned.get(url.origin);
    return pinned === undefined ? this.#byFetch(request) : this.#byPin(request, pinned);
  }

  dropIdleConnections(): void {
    for (const client of this.#clients()) client.dropIdleConnections();
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#clients()) client.close();
  }

  async #byFetch(request: HttpRequest): Promise<HttpReply> {
    try {
      return await this.#fetch.exchange(request);
    } catch (refusal) {
      const mayBePinned = refusal instanceof CertificateRefusal &&
        this.#options.trustedCertificates.length > 0;
      if (!mayBePinned || request.signal?.aborted) throw refusal;
      return await this.#afterRefusal(request, refusal);
    }
  }

  /** Tries the server once more with its certificate compared to the trusted ones. */
  async #afterRefusal(request: HttpRequest, refusal: CertificateRefusal): Promise<HttpReply> {
    const { CertificateHidden, NotPinned, PinnedConnector } = await import("./pinned_connector.ts");
    const { url } = request;
    if (this.#closed) throw clientClosed(url);
    const pinned = this.#pinned.get(url.origin) ??
      openWireHttpClient(this.#options, new PinnedConnector(url, this.#options), "https:");
    this.#pinned.set(url.origin, pinned);
    try {
      return await pinned.exchange(request);
    } catch (error) {
      // A foreign certificate: what the runtime said of it in the first place is right.
      const isForeign = error instanceof NotPinned ||
        (error instanceof CertificateHidden && !refusal.isOwnAuthority);
      if (isForeign) this.#forget(url, pinned);
      throw isForeign ? refusal : error;
    }
  }

  async #byPin(request: HttpRequest, pinned: HttpClient): Promise<HttpReply> {
    try {
      return await pinned.exchange(request);
    } catch (error) {
      const { NotPinned } = await import("./pinned_connector.ts");
      if (!(error instanceof NotPinned)) throw error;
      // The server has another certificate now; nothing was sent.
      this.#forget(request.url, pinned);
      return await this.#byFetch(request);
    }
  }

  #forget({ origin }: URL, pinned: HttpClient): void {
    if (this.#pinned.get(origin) === pinned) this.#pinned.delete(origin);
    pinned.dropIdleConnections();
  }

  #clients(): readonly HttpClient[] {
    return [this.#fetch, ...this.#pinned.values()];
  }
}
