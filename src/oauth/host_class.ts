/**
 * Where a host is: on this machine, on the local link only (where cloud instances keep their metadata
 * endpoints), or anywhere else.
 */
export type HostClass = "loopback" | "link_local" | "other";

/**
 * Classifies the host of a URL by its spelling; no name is looked up. The URL parser has turned every
 * spelling of an IPv4 address (decimal, hexadecimal, short) into four decimals, and IPv6 addresses
 * into their canonical form (URL Standard, section 3.5).
 */
export function classifyHost(url: URL): HostClass {
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost")) return "loopback";
  if (host === "localhost.localdomain" || host.endsWith(".localhost.localdomain")) {
    return "loopback";
  }
  const v4 = parseIpv4(host);
  if (v4 !== undefined) return classifyIpv4(v4);
  if (host.startsWith("[")) return classifyIpv6(parseIpv6(host.slice(1, -1)));
  return "other";
}

function parseIpv4(host: string): readonly number[] | undefined {
  const match = /^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$/.exec(host);
  return match === null ? undefined : match.slice(1).map(Number);
}

/** 127/8 and 0/8 are this machine (RFC 6890); 169.254/16 is the link (RFC 3927). */
function classifyIpv4(bytes: readonly number[]): HostClass {
  const [first, second] = bytes;
  if (first === 127 || first === 0) return "loopback";
  return first === 169 && second === 254 ? "link_local" : "other";
}

/** The eight groups of an IPv6 address in canonical text form. */
function parseIpv6(text: string): readonly number[] {
  const [head = "", tail] = text.split("::");
  const before = groups(head);
  if (tail === undefined) return before;
  const after = groups(tail);
  const gap = Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: gap }, () => 0), ...after];
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

function classifyIpv6(address: readonly number[]): HostClass {
  const high = address.slice(0, 6);
  const embedded = embeddedIpv4(address);
  if (high.every((group) => group === 0)) {
    const [seventh = 0, eighth = 0] = address.slice(6);
    // "::" and "::1", and the long deprecated IPv4-compatible form.
    return seventh === 0 && eighth <= 1 ? "loopback" : classifyIpv4(embedded);
  }
  const mapped = high.slice(0, 5).every((group) => group === 0) && high[5] === 0xffff;
  const translated = high[0] === 0x64 && high[1] === 0xff9b &&
    high.slice(2).every((group) => group === 0);
  if (mapped || translated) return classifyIpv4(embedded);
  return ((address[0] ?? 0) & 0xffc0) === 0xfe80 ? "link_local" : "other";
}

function embeddedIpv4(address: readonly number[]): readonly number[] {
  const [seventh = 0, eighth = 0] = address.slice(6);
  return [seventh >> 8, seventh & 0xff, eighth >> 8, eighth & 0xff];
}
