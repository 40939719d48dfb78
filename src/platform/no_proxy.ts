/**
 * Whether `NO_PROXY` names the URL's host, by the rules that curl and Go share: entries are separated
 * by commas or blanks; `*` is every host; a name is that host and all below it, with or without a
 * leading `.` or `*.`; an address is that address; `10.0.0.0/8` is a range (IPv4); `:8080` at the end
 * restricts an entry to that port.
 */
export function isExempt(url: URL, noProxy: string): boolean {
  return noProxy.split(/[\s,]+/).some((entry) => entry !== "" && matches(url, entry));
}

function matches(url: URL, entry: string): boolean {
  if (entry === "*") return true;
  const { host, port } = splitEntry(entry.toLowerCase());
  if (port !== undefined && port !== portOf(url)) return false;
  const hostname = withoutFinalDot(url.hostname.toLowerCase());
  if (host.includes("/")) return isInRange(hostname, host);
  if (host.startsWith("[")) return hostname === normalized(host);
  const name = withoutFinalDot(host.replace(/^\*?\./, ""));
  return name !== "" && (hostname === name || hostname.endsWith(`.${name}`));
}

function splitEntry(entry: string): { readonly host: string; readonly port?: string } {
  const bare = entry.replace(/^[a-z]+:\/\//, "");
  const bracketed = /^(\[.*\])(?::(\d+))?$/.exec(bare);
  const parts = bracketed ?? /^([^:]*)(?::(\d+))?$/.exec(bare);
  // What is left has several colons: an IPv6 address without brackets.
  if (parts === null) return { host: `[${bare}]` };
  const [, host = "", port] = parts;
  return port === undefined ? { host } : { host, port };
}

/** Whether an IPv4 address lies in a range such as `10.0.0.0/8` (RFC 4632, section 3.1). */
function isInRange(hostname: string, range: string): boolean {
  const [base = "", length = ""] = range.split("/");
  const address = addressBits(hostname);
  const start = addressBits(base);
  if (address === undefined || start === undefined || !/^\d{1,2}$/.test(length)) return false;
  const bits = Number(length);
  if (bits > 32) return false;
  const size = 2 ** (32 - bits);
  return Math.floor(address / size) === Math.floor(start / size);
}

function addressBits(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((bits, part) => bits * 256 + part, 0);
}

/** An IPv6 address in the one spelling that URLs have. */
function normalized(bracketed: string): string {
  return URL.parse(`http://${bracketed}/`)?.hostname ?? bracketed;
}

function portOf(url: URL): string {
  if (url.port !== "") return url.port;
  return url.protocol === "https:" ? "443" : "80";
}

function withoutFinalDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
