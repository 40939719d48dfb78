import { CausewayError } from "../errors.ts";
import { type ConnectProbe, SILENT_PROBE, startConnectProbe } from "./connect_probe.ts";
import { fetchReply } from "./fetch_reply.ts";
import { FetchRoute } from "./fetch_route.ts";
import {
  type HttpClient,
  type HttpClientOptions,
  HttpFailure,
  type HttpReply,
  type HttpRequest,
} from "./http_client.ts";
import { clientClosed, HttpExchange } from "./http_exchange.ts";

/**
 * Opens an HTTP client over the runtime's `fetch`: HTTP/2, TLS and proxies come with it. Of itself
 * it adds to a request `accept-encoding: gzip,br` (replies are decompressed), and where the caller
 * gave none `user-agent: causeway` and `accept` and `accept-language` fields that allow anything.
 * `WWW-Authenticate` fields come joined with ", ": `fetch` shows them in no other way.
 */
export function openFetchHttpClient(options: HttpClientOptions): HttpClient {
  return new FetchHttpClient(options);
}

class FetchHttpClient implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #routes = new Map<string, FetchRoute>();
  readonly #running = new Set<HttpExchange>();
  /** The origins that have ever answered. */
  readonly #knownOrigins = new Set<string>();
  #closed = false;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  async exchange(request: HttpRequest): Promise<HttpReply> {
    const { url } = request;
    if (this.#closed) throw clientClosed(url);
    const route = this.#routeTo(request);
    const exchange = new HttpExchange(request, () => this.#running.delete(exchange));
    this.#running.add(exchange);
    const probe = this.#startProbe(exchange, route);
    try {
      const reply = await fetchReply(exchange, route);
      route.provenOrigins.add(url.origin);
      this.#knownOrigins.add(url.origin);
      return reply;
    } finally {
      probe.stop();
    }
  }

  dropIdleConnections(): void {
    // Running exchanges hold on to the connections that they use.
    for (const route of this.#routes.values()) route.close();
    this.#routes.clear();
  }

  close(): void {
    this.#closed = true;
    for (const exchange of this.#running) exchange.end(clientClosed(exchange.url));
    this.dropIdleConnections();
  }

  /** `fetch` has no limit of its own for connecting, and does not tell how far it is. */
  #startProbe(exchange: HttpExchange, route: FetchRoute): ConnectProbe {
    const { origin } = exchange.url;
    if (route.provenOrigins.has(origin) || exchange.ended !== undefined) return SILENT_PROBE;
    const target = {
      url: route.proxy ?? exchange.url,
      withHandshake: !this.#knownOrigins.has(origin),
    };
    return startConnectProbe(target, this.#options.connectTimeout, (failure) => {
      exchange.end(failure);
    });
  }

  #routeTo({ url, headers }: HttpRequest): FetchRoute {
    const proxy = chooseProxy(url, this.#options);
    const hasOwnHost = headers.some(([name]) => name.toLowerCase() === "host");
    const choice = { url, proxy, hasOwnHost };
    const key = FetchRoute.key(choice);
    let route = this.#routes.get(key);
    if (route === undefined) {
      route = new FetchRoute(this.#options, choice);
      this.#routes.set(key, route);
    }
    return route;
  }
}

/** The proxy for a URL; a setting that makes no sense is a failure of the exchange. */
function chooseProxy(url: URL, options: HttpClientOptions): URL | undefined {
  try {
    return options.proxyFor(url);
  } catch (error) {
    if (!(error instanceof CausewayError)) throw error;
    throw new HttpFailure("proxy", "not_sent", error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}
