/** A TLS failure in words for people. */
export interface TlsRefusal {
  /** Whose certificate or handshake, and what is wrong with it. */
  readonly reason: string;
  /** What mends it, where anything does. */
  readonly hint?: string;
}

const TRUST_HINT =
  "If you trust this server, hand its certificate authority over with --ca-cert FILE or NODE_EXTRA_CA_CERTS";
const TRUST_SELF_HINT =
  "If you trust this server, hand its certificate over with --ca-cert FILE or NODE_EXTRA_CA_CERTS";
const CLIENT_HINT = "Hand a certificate over with --client-cert FILE and --client-key FILE";
const CLOCK_HINT = "The server's owner must renew it (or this machine's clock is wrong)";

/** What rustls says of the server's certificate, and what it means. */
const CERTIFICATE_RULES: readonly (readonly [RegExp, string, string?])[] = [
  // First, since this text also holds names that the server chose.
  [
    /not valid for name|NotValidForName/,
    "it was made out to another host name",
    "Check the host in the URL; the server's owner must get a certificate that names it",
  ],
  [/UnknownIssuer/, "its issuer is unknown", TRUST_HINT],
  [/CaUsedAsEndEntity/, "it is signed by itself", TRUST_SELF_HINT],
  [/certificate expired|\bExpired\b/, "it has expired", CLOCK_HINT],
  [/not valid yet|NotValidYet/, "it is not valid yet", CLOCK_HINT],
  [/Revoked/, "it was revoked"],
];

/** Alerts with which a server refuses the client's certificate, or the lack of one. */
const CLIENT_ALERTS: readonly (readonly [RegExp, string])[] = [
  [/CertificateRequired/, "the server wants a client certificate"],
  [
    /BadCertificate|UnknownCA|CertificateUnknown|UnsupportedCertificate|AccessDenied|DecryptError/,
    "the server does not accept the client certificate (or wants one)",
  ],
  [/CertificateExpired/, "the server says that the client certificate has expired"],
  [/CertificateRevoked/, "the server says that the client certificate was revoked"],
];

/**
 * Says what is wrong when an error's text tells of a failed TLS handshake. In each such case no
 * byte of the request has reached the server's application.
 * @param text the messages of the error and its causes
 * @returns `undefined` when it tells of something else
 */
export function describeTlsRefusal(
  text: string,
  url: URL,
  proxy: URL | undefined,
): TlsRefusal | undefined {
  if (text.includes("invalid peer certificate")) return certificateRefusal(text, url, proxy);
  const alert = /received fatal alert: (\w+)/.exec(text)?.[1];
  if (alert !== undefined) return alertRefusal(alert, text);
  if (!text.includes("(Connect)")) return undefined;
  if (text.includes("received corrupt message")) {
    return {
      reason: "what answers there does not speak TLS",
      hint: "Check the port, and whether the URL should begin with http://",
    };
  }
  if (/tls handshake eof|peer is incompatible|peer misbehaved/i.test(text)) {
    return { reason: "the TLS handshake failed" };
  }
  return undefined;
}

function certificateRefusal(text: string, url: URL, proxy: URL | undefined): TlsRefusal {
  const alternative = proxy?.protocol === "https:" ? ` (or of the proxy "${proxy.host}")` : "";
  const subject = `the certificate of "${url.hostname}"${alternative} is refused`;
  for (const [pattern, reason, hint] of CERTIFICATE_RULES) {
    if (!pattern.test(text)) continue;
    return { reason: `${subject}: ${reason}`, ...(hint === undefined ? {} : { hint }) };
  }
  return { reason: `${subject}: it is not valid` };
}

function alertRefusal(alert: string, text: string): TlsRefusal | undefined {
  const client = CLIENT_ALERTS.find(([pattern]) => pattern.test(alert));
  if (client !== undefined) return { reason: client[1], hint: CLIENT_HINT };
  // Any other alert counts only within the handshake: later, the request may have been read.
  if (!text.includes("(Connect)")) return undefined;
  const known: Record<string, string> = {
    UnrecognisedName: "the server knows no host of this name",
    ProtocolVersion: "the server offers only old versions of TLS",
    HandshakeFailure: "the server found no common way to encrypt (or wants a client certificate)",
  };
  return { reason: known[alert] ?? "the server refused the TLS handshake" };
}
