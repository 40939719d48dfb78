/** What a TLS socket tells of the server's certificate, as `node:tls` names it. */
export interface PeerCertificate {
  /** The certificate itself, DER. */
  readonly raw?: Uint8Array;
  readonly subject?: { readonly CN?: string | string[] };
  /** Such as `DNS:localhost, IP Address:127.0.0.1`. */
  readonly subjectaltname?: string;
  /** Such as `Nov 21 11:01:57 2026 GMT`. */
  readonly valid_from?: string;
  readonly valid_to?: string;
}

/** What is to be thought of a server's certificate that may be a trusted one itself. */
export type PinVerdict =
  | "trusted"
  /** It is none of the trusted ones. */
  | "other"
  /** The runtime does not show it. */
  | "hidden"
  | "wrong_name"
  | "expired"
  | "not_yet_valid";

/**
 * Judges a certificate that needs no issuer because it may be, byte for byte, one of the trusted
 * ones. Host name and dates count as they do for any other: whoever trusts the certificate of one
 * host has not agreed to meet its key at another, and Node with NODE_EXTRA_CA_CERTS does the same.
 * @param peer the certificate; an empty object where there is none
 * @param hostname the host of the URL, an IPv6 address in brackets
 * @param wallTime milliseconds since the Unix epoch
 */
export function judgePinned(
  peer: PeerCertificate,
  trusted: readonly Uint8Array[],
  { hostname, wallTime }: { readonly hostname: string; readonly wallTime: number },
): PinVerdict {
  const { raw } = peer;
  if (raw === undefined || raw.length === 0) return "hidden";
  if (!trusted.some((certificate) => isEqual(certificate, raw))) return "other";
  if (!namesHost(peer, hostname)) return "wrong_name";
  // Written this way round, a date that cannot be read refuses.
  if (!(wallTime >= Date.parse(peer.valid_from ?? ""))) return "not_yet_valid";
  if (!(wallTime <= Date.parse(peer.valid_to ?? ""))) return "expired";
  return "trusted";
}

/** Whether a certificate was made out to a host (RFC 9525; the common name where it has no other). */
function namesHost(peer: PeerCertificate, hostname: string): boolean {
  const names = (peer.subjectaltname ?? "").split(", ").filter((name) => name !== "");
  const address = addressOf(hostname.replace(/^\[(.*)\]$/, "$1"));
  if (address !== undefined) {
    return names.some((name) => {
      const text = /^IP Address:(.*)$/.exec(name)?.[1];
      return text !== undefined && addressOf(text) === address;
    });
  }
  const hosts = names.flatMap((name) => name.startsWith("DNS:") ? [name.slice(4)] : []);
  const commonNames = names.length === 0 ? [peer.subject?.CN ?? []].flat() : [];
  return [...hosts, ...commonNames].some((name) => matchesHost(name, hostname));
}

function matchesHost(pattern: string, hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  const name = pattern.toLowerCase().replace(/\.$/, "");
  if (!name.startsWith("*.")) return name === host;
  const dot = host.indexOf(".");
  return dot > 0 && host.slice(dot) === name.slice(1);
}

/**
 * An IP address in one spelling, `undefined` for anything else. Deno 2.6 shows an address in a
 * certificate as the hexadecimal digits of its bytes.
 */
function addressOf(text: string): string | undefined {
  if (/^[0-9A-F]{8}$/.test(text)) {
    return [0, 2, 4, 6].map((i) => parseInt(text.slice(i, i + 2), 16)).join(".");
  }
  if (/^[0-9A-F]{32}$/.test(text)) return addressOf(text.replace(/.{4}(?!$)/g, "$&:"));
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return text;
  if (!/^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(text)) return undefined;
  return URL.parse(`http://[${text}]/`)?.hostname;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
