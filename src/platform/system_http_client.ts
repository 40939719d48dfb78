import type { HttpClient, HttpClientOptions, HttpReply, HttpRequest } from "./http_client.ts";
import { clientClosed } from "./http_exchange.ts";
import { openWireHttpClient } from "./http_wire_client.ts";

/**
 * Opens the HTTP client of this program, which makes no connection before the first exchange. Each
 * request goes the quickest way that can serve it: `http:` without a proxy over the wire of our own,
 * all else by the runtime's `fetch`, whose client is loaded when the first such request comes.
 */
export function openSystemHttpClient(options: HttpClientOptions): HttpClient {
  return new SystemHttpClient(options);
}

class SystemHttpClient implements HttpClient {
  readonly #options: HttpClientOptions;
  #wire: HttpClient | undefined;
  #fetch: HttpClient | undefined;
  #closed = false;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  exchange(request: HttpRequest): Promise<HttpReply> {
    const { url } = request;
    if (this.#closed) return Promise.reject(clientClosed(url));
    if (this.#isPlain(url)) {
      this.#wire ??= openWireHttpClient(this.#options);
      return this.#wire.exchange(request);
    }
    return this.#fetch?.exchange(request) ?? this.#loadAndFetch(request);
  }

  dropIdleConnections(): void {
    this.#wire?.dropIdleConnections();
    this.#fetch?.dropIdleConnections();
  }

  close(): void {
    this.#closed = true;
    this.#wire?.close();
    this.#fetch?.close();
  }

  #isPlain(url: URL): boolean {
    if (url.protocol !== "http:") return false;
    try {
      return this.#options.proxyFor(url) === undefined;
    } catch {
      // A proxy setting that makes no sense: the other client says what is wrong with it.
      return false;
    }
  }

  async #loadAndFetch(request: HttpRequest): Promise<HttpReply> {
    const { openFetchFirstClient } = await import("./fetch_first_client.ts");
    // Much may have happened meanwhile.
    if (this.#closed) throw clientClosed(request.url);
    this.#fetch ??= openFetchFirstClient(this.#options);
    return await this.#fetch.exchange(request);
  }
}
