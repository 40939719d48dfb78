/** One cookie as kept for an origin. */
interface Cookie {
  readonly value: string;
  readonly path: string;
  readonly secure: boolean;
  /** Wall-clock time in milliseconds after which it is gone. */
  readonly expiresAt: number;
}

/** Bounds what a hostile server can make us keep. */
const MAX_COOKIES = 64;
const MAX_COOKIE_BYTES = 4096;

/**
 * Cookies of one exact origin, in memory only, for servers behind a load balancer that pins a session
 * by a cookie (RFC 6265, without `Domain`: nothing travels to another host).
 */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>();
  readonly #wallTime: () => number;

  constructor(wallTime: () => number) {
    this.#wallTime = wallTime;
  }

  /** Keeps what the `Set-Cookie` fields of a reply from `url` set, and forgets what they expire. */
  store(url: URL, setCookies: readonly string[]): void {
    for (const field of setCookies) {
      if (field.length > MAX_COOKIE_BYTES) continue;
      const parsed = parseSetCookie(url, field, this.#wallTime());
      if (parsed === undefined) continue;
      this.#cookies.delete(parsed.name);
      if (parsed.cookie.expiresAt <= this.#wallTime()) continue;
      if (this.#cookies.size < MAX_COOKIES) this.#cookies.set(parsed.name, parsed.cookie);
    }
  }

  /** The `Cookie` field's value for a request to `url`; `undefined` when there is nothing to send. */
  header(url: URL): string | undefined {
    const pairs: string[] = [];
    for (const [name, cookie] of this.#cookies) {
      if (cookie.expiresAt <= this.#wallTime()) this.#cookies.delete(name);
      else if (matches(cookie, url)) pairs.push(`${name}=${cookie.value}`);
    }
    return pairs.length === 0 ? undefined : pairs.join("; ");
  }
}

function matches(cookie: Cookie, url: URL): boolean {
  if (cookie.secure && url.protocol !== "https:") return false;
  const { path } = cookie;
  if (!url.pathname.startsWith(path)) return false;
  return path.endsWith("/") || url.pathname.length === path.length ||
    url.pathname[path.length] === "/";
}

/** Bytes that RFC 6265 section 4.1.1 does not allow, quotes aside (servers do use them). */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\x00-\x20\x7f;,\\]/;

function parseSetCookie(
  url: URL,
  field: string,
  now: number,
): { readonly name: string; readonly cookie: Cookie } | undefined {
  const [pair = "", ...attributes] = field.split(";");
  const equals = pair.indexOf("=");
  if (equals < 1) return undefined;
  const name = pair.slice(0, equals).trim();
  const value = pair.slice(equals + 1).trim();
  if (name === "" || FORBIDDEN.test(name) || FORBIDDEN.test(value)) return undefined;
  let path = url.pathname.slice(0, Math.max(1, url.pathname.lastIndexOf("/")));
  let secure = false;
  let expires: number | undefined;
  let maxAge: number | undefined;
  for (const attribute of attributes) {
    const [key = "", argument = ""] = attribute.split("=", 2).map((part) => part.trim());
    switch (key.toLowerCase()) {
      case "path":
        if (argument.startsWith("/")) path = argument;
        break;
      case "secure":
        secure = true;
        break;
      case "max-age":
        if (/^-?[0-9]+$/.test(argument)) maxAge = now + Number(argument) * 1000;
        break;
      case "expires":
        expires = Date.parse(argument);
        break;
    }
  }
  const until = maxAge ?? (expires === undefined || Number.isNaN(expires) ? Infinity : expires);
  return { name, cookie: { value, path, secure, expiresAt: until } };
}
