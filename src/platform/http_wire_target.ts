/** What a URL means to the wire. */
export interface WireTarget {
  /** `http://host:port` (or `https:`) without user information, path or query: fit for messages, and the key of the pool. */
  readonly origin: string;
  /** A host name or IP literal, IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** What follows the method in the request line, its line end included. */
  readonly requestLineEnd: string;
  /** The `Host` field, its line end included. */
  readonly hostField: string;
}

/** The parts of a URL whose scheme is `http:` or `https:`. */
export function wireTarget(url: URL): WireTarget {
  const bracketed = url.hostname.startsWith("[");
  return {
    origin: url.origin,
    hostname: bracketed ? url.hostname.slice(1, -1) : url.hostname,
    port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
    requestLineEnd: ` ${url.pathname}${url.search} HTTP/1.1\r\n`,
    hostField: `host: ${url.host}\r\n`,
  };
}

const MOST_TARGETS = 64;

/** The targets of the URLs used last, because taking a URL apart costs more than looking it up. */
export class TargetCache {
  readonly #targets = new Map<string, WireTarget>();

  /** The target of a URL whose scheme is `http:` or `https:`. */
  get(url: URL): WireTarget {
    const known = this.#targets.get(url.href);
    if (known !== undefined) return known;
    const target = wireTarget(url);
    if (this.#targets.size >= MOST_TARGETS) this.#targets.clear();
    this.#targets.set(url.href, target);
    return target;
  }
}
