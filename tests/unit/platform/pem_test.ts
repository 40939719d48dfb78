import { assertEquals } from "@std/assert";
import { certificatesOf, splitPem } from "../../../src/platform/pem.ts";

function pem(bytes: readonly number[], label = "CERTIFICATE"): string {
  const content = btoa(String.fromCharCode(...bytes)).replace(/.{64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`;
}

const SHORT = [0x30, 2, 5, 0];
const LONG = [0x30, 0x81, 0x90, ...new Array(0x90).fill(7)];

Deno.test("certificatesOf() finds each certificate of a bundle, whatever stands around it", () => {
  const text = `# A comment\r\n${pem(SHORT)}\nsubject=x\n${pem(LONG).replaceAll("\n", "\r\n")}`;
  assertEquals(certificatesOf(text).map((der) => [...der]), [SHORT, LONG]);
});

Deno.test("certificatesOf() leaves out keys, broken base64 and broken DER", () => {
  const broken = "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n";
  const parts = [pem(SHORT, "PRIVATE KEY"), broken, pem([4, 1, 1]), pem([0x30, 9, 1]), pem([0x30])];
  assertEquals(certificatesOf(parts.join("")), []);
  assertEquals(certificatesOf(""), []);
});

Deno.test("certificatesOf() reads OpenSSL's trusted form without its settings", () => {
  const text = pem([...SHORT, 0x30, 0], "TRUSTED CERTIFICATE") + pem(SHORT, "X509 CERTIFICATE");
  assertEquals(certificatesOf(text).map((der) => [...der]), [SHORT, SHORT]);
});

Deno.test("splitPem() gives one clean PEM text for each certificate", () => {
  assertEquals(splitPem(`x\n${pem(SHORT)}y\n${pem(LONG)}`), [pem(SHORT), pem(LONG)]);
});
