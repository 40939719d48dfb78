import { CausewayError } from "../errors.ts";
import type { Environment } from "./environment.ts";
import { isExempt } from "./no_proxy.ts";

const PROXY_PROTOCOLS = ["http:", "https:", "socks5:", "socks5h:"];

/**
 * The proxy for a URL as the environment names it: `HTTPS_PROXY` or `HTTP_PROXY` by the URL's
 * scheme, else `ALL_PROXY`; the lower-case spelling wins, an empty value counts as none. Never for
 * loopback, nor for what `NO_PROXY` names. A value without a scheme means `http://`.
 *
 * @returns the proxy, its credentials in the URL; `undefined` for a direct connection
 * @throws {CausewayError} usage when the value for this URL makes no sense
 */
export function proxyFor(url: URL, environment: Pick<Environment, "get">): URL | undefined {
  if (isLoopback(url)) return undefined;
  const read = (name: string) => nonEmpty(environment.get(name));
  const names = [url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY", "ALL_PROXY"];
  const name = names.flatMap((name) => [name.toLowerCase(), name]).find((name) => read(name));
  if (name === undefined) return undefined;
  const exempt = read("no_proxy") ?? read("NO_PROXY");
  if (exempt !== undefined && isExempt(url, exempt)) return undefined;
  return parseProxy(name, read(name) ?? "");
}

function parseProxy(name: string, value: string): URL {
  const hint = "Write it as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT";
  // The value itself stays out of the messages: it may hold a password.
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (url === null || url.hostname === "") {
    throw new CausewayError("usage", `Cannot use the proxy of "${name}": it is no URL`, { hint });
  }
  if (!PROXY_PROTOCOLS.includes(url.protocol)) {
    const reason = `proxies of the kind "${url.protocol}" are not supported`;
    throw new CausewayError("usage", `Cannot use the proxy of "${name}": ${reason}`, { hint });
  }
  if (decoded(url.username) === undefined || decoded(url.password) === undefined) {
    const reason = "its user name or password is not percent-encoded";
    throw new CausewayError("usage", `Cannot use the proxy of "${name}": ${reason}`, {
      hint: 'Write "%25" for "%"',
    });
  }
  return url;
}

/** `localhost`, `*.localhost`, 127.0.0.0/8 and `::1`: a proxy elsewhere means another machine by them. */
function isLoopback(url: URL): boolean {
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(host);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed === "" ? undefined : trimmed;
}
