import { type HttpClientOptions, HttpFailure } from "./http_client.ts";
import { splitPem } from "./pem.ts";
import { ProxyRelay } from "./proxy_relay.ts";

/** The variables by which the runtime would choose a proxy for itself. */
const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

/** What decides about the way of a request. */
export interface RouteChoice {
  readonly url: URL;
  /** The proxy, or `undefined` for a direct connection. */
  readonly proxy: URL | undefined;
  /**
   * Whether the request names a host of its own. Then it goes over HTTP/1.1, since in HTTP/2 the name
   * in the URL would stand beside it and count.
   */
  readonly hasOwnHost: boolean;
}

/** One way out, direct or through one proxy, with its pool of connections. */
export class FetchRoute {
  readonly proxy: URL | undefined;
  readonly client: Deno.HttpClient;
  /** The origins that have answered over this route, so that a connection to them is possible. */
  readonly provenOrigins = new Set<string>();
  readonly #relay: ProxyRelay | undefined;

  /** What tells the routes of a client apart. */
  static key({ url, proxy, hasOwnHost }: RouteChoice): string {
    const version = hasOwnHost ? "1" : "2";
    if (proxy === undefined) return version;
    return `${version} ${needsRelay(url, proxy) ? "relayed" : "plain"} ${proxy.href}`;
  }

  /** @throws {HttpFailure} `tls` when the certificates cannot be used */
  constructor(options: HttpClientOptions, choice: RouteChoice) {
    const { url, proxy } = choice;
    this.proxy = proxy;
    if (proxy !== undefined && needsRelay(url, proxy)) this.#relay = new ProxyRelay(proxy);
    try {
      const via = this.#relay?.settings ?? (proxy === undefined ? undefined : proxyOf(proxy));
      this.client = createClient(options, choice, via);
    } catch (error) {
      this.#relay?.close();
      throw error;
    }
  }

  /** Closes the idle connections; running exchanges go on. */
  close(): void {
    this.client.close();
    this.#relay?.close();
  }
}

/**
 * Whether the credentials of a proxy need our own help: the runtime would send those of an `http:`
 * proxy not only to the proxy, but through the tunnel to the server, too.
 */
function needsRelay(url: URL, proxy: URL): boolean {
  return url.protocol === "https:" && proxy.protocol === "http:" &&
    (proxy.username !== "" || proxy.password !== "");
}

function createClient(
  options: HttpClientOptions,
  { url, hasOwnHost }: RouteChoice,
  proxy: Deno.Proxy | undefined,
): Deno.HttpClient {
  const create = (caCerts: string[]) =>
    withoutProxyVariables(() => {
      return Deno.createHttpClient({
        allowHost: true,
        http2: !hasOwnHost,
        caCerts,
        ...(proxy === undefined ? {} : { proxy }),
        ...(options.ipv4Only ? { localAddress: "0.0.0.0" } : {}),
        ...(options.clientCertificate === undefined ? {} : {
          cert: options.clientCertificate.certificate,
          key: options.clientCertificate.key,
        }),
      });
    });
  try {
    return create([...options.trustedCertificates]);
  } catch (error) {
    // One odd certificate in a bundle of hundreds must not cost the others.
    const certificates = options.trustedCertificates.flatMap(splitPem);
    const usable = certificates.filter(isUsable);
    if (usable.length < certificates.length) return create(usable);
    const reason = error instanceof Error ? error.message : String(error);
    throw new HttpFailure("tls", "not_sent", `Cannot reach "${url.origin}": ${reason}`, {
      hint: "Check the files of --client-cert and --client-key",
    });
  }
}

function isUsable(certificate: string): boolean {
  try {
    Deno.createHttpClient({ caCerts: [certificate] }).close();
    return true;
  } catch {
    return false;
  }
}

function proxyOf(proxy: URL): Deno.Proxy {
  const url = `${proxy.protocol}//${proxy.host}`;
  if (proxy.username === "" && proxy.password === "") return { url };
  const username = decodeURIComponent(proxy.username);
  const password = decodeURIComponent(proxy.password);
  return { url, basicAuth: { username, password } };
}

/**
 * The runtime reads its own choice of proxies from the environment into every client, also into one
 * that was given a proxy, and by other rules than ours; so it must see none. All of it happens
 * within one turn: nobody else sees the environment without them.
 */
function withoutProxyVariables<T>(act: () => T): T {
  const saved = PROXY_VARIABLES.flatMap((name): [string, string][] => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  for (const [name] of saved) Deno.env.delete(name);
  try {
    return act();
  } finally {
    for (const [name, value] of saved) Deno.env.set(name, value);
  }
}
