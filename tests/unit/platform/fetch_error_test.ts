import { assertEquals } from "@std/assert";
import {
  CertificateRefusal,
  classifyBodyError,
  classifyFetchError,
} from "../../../src/platform/fetch_error.ts";

const SERVER = new URL("https://server.example/mcp?key=secret");
const PROXY = new URL("http://user:secret@proxy.example:3128");
const CONNECT =
  "error sending request for url (https://server.example/mcp?key=secret): client error (Connect): ";
const SENT =
  "error sending request from 10.0.0.1:1 for https://server.example/mcp?key=secret (10.0.0.2:443): client error (SendRequest): ";

interface Row {
  readonly text: string;
  readonly kind: string;
  readonly delivery: string;
  readonly message: string;
  readonly proxy?: URL;
}

const HOST = 'Cannot reach "https://server.example": ';
const CERTIFICATE = `${HOST}the certificate of "server.example" is refused: `;
const VIA = 'Cannot reach "https://server.example" through the proxy "http://proxy.example:3128": ';

/** What Deno 2.4.2, 2.6.8 and 2.9.6 were seen to say. */
const ROWS: readonly Row[] = [
  row(
    `${CONNECT}tcp connect error: Connection refused (os error 111)`,
    "refused",
    "connection refused",
  ),
  row(`${CONNECT}tcp connect error: refused (os error 10061)`, "refused", "connection refused"),
  row(
    `${CONNECT}tcp connect error: No route to host (os error 113)`,
    "unreachable",
    "there is no way to it",
  ),
  row(
    `${CONNECT}tcp connect error: Connection timed out (os error 110)`,
    "connect_timeout",
    "nothing answered in time",
  ),
  row(
    `${CONNECT}dns error: failed to lookup address information: Name or service not known`,
    "dns",
    "its host name has no address",
  ),
  row(`${CONNECT}something new`, "unreachable", "the connection could not be made"),
  row(
    "Fetch failed: Requests to port 6000 are blocked",
    "unreachable",
    "the runtime never connects to this port",
  ),
  row(
    'Invalid header value: "secret"',
    "protocol",
    "a header field of the request has characters that HTTP does not allow",
  ),
  row(
    "Failed to construct 'Request': 'headers' of 'RequestInit' (Argument 2), index 0, index 1 is not a valid ByteString",
    "protocol",
    "a header field of the request has characters that HTTP does not allow",
  ),
  unknown(`${SENT}invalid HTTP header parsed`, "protocol", "what came back is not HTTP"),
  row(`${CONNECT}tls handshake eof`, "tls", "the TLS handshake failed"),
  row(
    `${CONNECT}received corrupt message of type InvalidContentType`,
    "tls",
    "what answers there does not speak TLS",
  ),
  row(
    `${CONNECT}received fatal alert: UnrecognisedName`,
    "tls",
    "the server knows no host of this name",
  ),
  row(
    `${CONNECT}received fatal alert: InternalError`,
    "tls",
    "the server refused the TLS handshake",
  ),
  row("received fatal alert: CertificateRequired", "tls", "the server wants a client certificate"),
  row(
    `${SENT}connection error: received fatal alert: UnknownCA`,
    "tls",
    "the server does not accept the client certificate (or wants one)",
  ),
  certificate("UnknownIssuer", "its issuer is unknown"),
  certificate("Other(OtherError(CaUsedAsEndEntity))", "it is signed by itself"),
  certificate(
    "certificate expired: verification time 1795258009 (UNIX), but certificate is not valid after 1577923200",
    "it has expired",
  ),
  certificate("certificate not valid yet: verification time 1 (UNIX)", "it is not valid yet"),
  certificate(
    'certificate not valid for name "server.example"; certificate is only valid for DnsName("UnknownIssuer")',
    "it was made out to another host name",
  ),
  certificate("BadEncoding", "it is not valid"),
  unknown(
    `${SENT}connection closed before message completed`,
    "reset",
    "the connection was closed before a reply came",
  ),
  unknown(
    `${SENT}connection error: Connection reset by peer (os error 104)`,
    "reset",
    "the connection was closed before a reply came",
  ),
  unknown(
    `${SENT}connection error: received fatal alert: InternalError`,
    "reset",
    "the connection was closed before a reply came",
  ),
  unknown(`${SENT}invalid HTTP version parsed`, "protocol", "what came back is not HTTP"),
  unknown(`${SENT}message head is too large`, "protocol", "what came back is not HTTP"),
  row(
    `${SENT}http2 error: stream error received: refused stream before processing any application logic`,
    "reset",
    "the server refused the stream",
  ),
  viaProxy("tcp connect error: Connection refused (os error 111)", "the proxy cannot be reached"),
  viaProxy(
    "dns error: failed to lookup address information",
    "the proxy's host name has no address",
  ),
  viaProxy("proxy authentication required", "the proxy wants credentials (407)"),
  viaProxy(
    "Connection not allowed by ruleset",
    "the proxy refuses the credentials, or this target",
  ),
  viaProxy("unsuccessful tunnel", "the proxy refused the connection"),
  viaProxy("unexpected eof while tunneling", "the proxy refused the connection"),
];

function row(text: string, kind: string, reason: string): Row {
  return { text, kind, delivery: "not_sent", message: HOST + reason };
}

function unknown(text: string, kind: string, reason: string): Row {
  return { text, kind, delivery: "unknown", message: HOST + reason };
}

function certificate(text: string, reason: string): Row {
  const refusal = `${CONNECT}invalid peer certificate: ${text}`;
  return { text: refusal, kind: "tls", delivery: "not_sent", message: CERTIFICATE + reason };
}

function viaProxy(text: string, reason: string): Row {
  const whole = CONNECT + text;
  return { text: whole, kind: "proxy", delivery: "not_sent", message: VIA + reason, proxy: PROXY };
}

const SHAPES: readonly (readonly [name: string, shape: (text: string) => Error])[] = [
  ["itself", (text) => new TypeError(text)],
  ["in its cause", (text) => new TypeError("fetch failed", { cause: new Error(text) })],
];

for (const { text, kind, delivery, message, proxy } of ROWS) {
  for (const [name, shape] of SHAPES) {
    const told = text.slice(text.indexOf("client error"));
    Deno.test(`classifyFetchError() says ${kind}, ${delivery} for "${told}" (${name})`, () => {
      const failure = classifyFetchError(shape(text), { url: SERVER, proxy });
      assertEquals([failure.kind, failure.delivery, failure.message], [kind, delivery, message]);
      assertEquals(JSON.stringify([failure.message, failure.hint]).includes("secret"), false);
      assertEquals(failure.cause, undefined);
    });
  }
}

Deno.test("classifyFetchError() is not misled by words within the URL", () => {
  const url = new URL("https://server.example/(Connect)/tls/refused");
  const text = `error sending request from 10.0.0.1:1 for ${url.href} (10.0.0.2:443): ` +
    "client error (SendRequest): connection closed before message completed";
  const failure = classifyFetchError(new TypeError(text), { url, proxy: undefined });
  assertEquals([failure.kind, failure.delivery], ["reset", "unknown"]);
});

Deno.test("classifyFetchError() marks the refusals of certificates", () => {
  const verdict = (text: string) => {
    const failure = classifyFetchError(new Error(text), { url: SERVER, proxy: undefined });
    return failure instanceof CertificateRefusal ? failure.isOwnAuthority : "no refusal";
  };
  const refused = `${CONNECT}invalid peer certificate: `;
  assertEquals(verdict(`${refused}Other(OtherError(CaUsedAsEndEntity))`), true);
  assertEquals(verdict(`${refused}UnknownIssuer`), false);
  assertEquals(verdict("received fatal alert: CertificateRequired"), "no refusal");
});

Deno.test("classifyFetchError() says reset and unknown for what it does not know", () => {
  const failure = classifyFetchError("what", { url: SERVER, proxy: undefined });
  assertEquals([failure.kind, failure.delivery], ["reset", "unknown"]);
});

Deno.test("classifyBodyError() tells broken content from a broken connection", () => {
  const closed = classifyBodyError(new TypeError("error reading a body from connection"), SERVER);
  assertEquals([closed.kind, closed.delivery], ["truncated", "unknown"]);
  const broken = classifyBodyError(new TypeError("invalid gzip header"), SERVER);
  assertEquals([broken.kind, broken.delivery], ["protocol", "unknown"]);
});
