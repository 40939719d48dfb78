import { HttpFailure, type HttpFailureKind } from "./http_client.ts";
import { describeTlsRefusal } from "./tls_refusal.ts";

/** What the runtime's `fetch` was doing when it failed. */
export interface FetchTarget {
  readonly url: URL;
  /** The proxy that was used, if any. */
  readonly proxy: URL | undefined;
}

interface Rule {
  readonly pattern: RegExp;
  readonly kind: HttpFailureKind;
  readonly reason: string;
}

/** Operating-system error numbers: Linux, macOS and BSD, Windows. */
const OS_REFUSED = [111, 61, 10061];
const OS_TIMED_OUT = [110, 60, 10060];

/** Failures of the connection itself, before a byte of the request could leave. */
const CONNECT_RULES: readonly Rule[] = [
  { pattern: /dns error/, kind: "dns", reason: "its host name has no address" },
  { pattern: osErrors(OS_REFUSED), kind: "refused", reason: "connection refused" },
  {
    pattern: osErrors(OS_TIMED_OUT),
    kind: "connect_timeout",
    reason: "nothing answered in time",
  },
  { pattern: /tcp connect error/, kind: "unreachable", reason: "there is no way to it" },
];

/** What a proxy says about a tunnel; only looked at when there is a proxy. */
const PROXY_RULES: readonly Rule[] = [
  {
    pattern: /proxy authentication required/,
    kind: "proxy",
    reason: "the proxy wants credentials (407)",
  },
  {
    pattern: /not allowed by ruleset/,
    kind: "proxy",
    reason: "the proxy refuses the credentials, or this target",
  },
  { pattern: /dns error/, kind: "proxy", reason: "the proxy's host name has no address" },
  {
    pattern: /tcp connect error|Proxy server unreachable/,
    kind: "proxy",
    reason: "the proxy cannot be reached",
  },
];

/** Failures once the request was (perhaps in part) on its way. */
const EXCHANGE_RULES: readonly Rule[] = [
  {
    pattern: /invalid HTTP|invalid content-length|invalid header|invalid chunk|head is too large/i,
    kind: "protocol",
    reason: "what came back is not HTTP",
  },
];

const CLOSED = "the connection was closed before a reply came";

/**
 * The runtime does not accept the server's certificate. It refuses one that is its own authority
 * even when that very certificate is trusted, so whoever trusts it has to connect by another way.
 */
export class CertificateRefusal extends HttpFailure {
  /** @param isOwnAuthority the certificate is its own authority */
  constructor({ kind, delivery, message, hint }: HttpFailure, readonly isOwnAuthority: boolean) {
    super(kind, delivery, message, hint === undefined ? {} : { hint });
  }
}

/**
 * Turns what `fetch` threw into a failure with a meaning. The runtime tells its cases apart only by
 * text, so this is the one place that reads it (Deno 2.4 to 2.9, all of them hyper and rustls).
 * The error itself is not kept as the cause: its text holds the whole URL, query and all.
 */
export function classifyFetchError(error: unknown, target: FetchTarget): HttpFailure {
  const text = textOf(error);
  const tls = describeTlsRefusal(text, target.url, target.proxy);
  if (tls !== undefined) {
    const refused = failure(target, "tls", "not_sent", tls.reason, tls.hint);
    if (!text.includes("invalid peer certificate")) return refused;
    return new CertificateRefusal(refused, text.includes("CaUsedAsEndEntity"));
  }
  // Anything wrong with the connector (name, socket, tunnel, handshake) has this mark.
  if (text.includes("(Connect)")) return connectFailure(text, target);
  if (/port \d+ (is|are) blocked/.test(text)) {
    const reason = "the runtime never connects to this port";
    return failure(target, "unreachable", "not_sent", reason);
  }
  if (/^Invalid header|not a valid ByteString/m.test(text)) {
    const reason = "a header field of the request has characters that HTTP does not allow";
    return failure(target, "protocol", "not_sent", reason);
  }
  // RFC 9113, section 8.7: the server says that it has not looked at the request.
  if (text.includes("refused stream before processing")) {
    return failure(target, "reset", "not_sent", "the server refused the stream");
  }
  for (const { pattern, kind, reason } of EXCHANGE_RULES) {
    if (pattern.test(text)) return failure(target, kind, "unknown", reason);
  }
  return failure(target, "reset", "unknown", CLOSED);
}

/**
 * Turns an error of reading a reply's body into a failure.
 * @param error what the body's stream threw
 */
export function classifyBodyError(error: unknown, url: URL): HttpFailure {
  const decoding = /gzip|deflate|brotli|corrupt|decompress|invalid/i.test(textOf(error));
  const [kind, reason]: [HttpFailureKind, string] = decoding
    ? ["protocol", "its content cannot be decoded"]
    : ["truncated", "the connection was closed within it"];
  return new HttpFailure(kind, "unknown", `Cannot read the reply of "${url.origin}": ${reason}`);
}

function connectFailure(text: string, target: FetchTarget): HttpFailure {
  if (target.proxy !== undefined) {
    const rule = PROXY_RULES.find(({ pattern }) => pattern.test(text));
    const reason = rule?.reason ?? "the proxy refused the connection";
    const hint = "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or name the host in NO_PROXY";
    return failure(target, "proxy", "not_sent", reason, hint);
  }
  const rule = CONNECT_RULES.find(({ pattern }) => pattern.test(text));
  if (rule !== undefined) return failure(target, rule.kind, "not_sent", rule.reason);
  return failure(target, "unreachable", "not_sent", "the connection could not be made");
}

function failure(
  { url, proxy }: FetchTarget,
  kind: HttpFailureKind,
  delivery: "not_sent" | "unknown",
  reason: string,
  hint?: string,
): HttpFailure {
  const way = proxy === undefined ? "" : ` through the proxy "${proxy.protocol}//${proxy.host}"`;
  const message = `Cannot reach "${url.origin}"${way}: ${reason}`;
  return new HttpFailure(kind, delivery, message, hint === undefined ? {} : { hint });
}

/**
 * The messages of an error and its causes (2.9 hides the story in `cause`, 2.6 does not), without
 * the URLs before the mark of the connector: a path may hold any of the words that are looked for.
 */
function textOf(error: unknown): string {
  const messages: string[] = [];
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    messages.push(e.message.slice(Math.max(0, e.message.lastIndexOf("client error ("))));
  }
  return messages.join("\n");
}

function osErrors(numbers: readonly number[]): RegExp {
  return new RegExp(`\\(os error (${numbers.join("|")})\\)`);
}
