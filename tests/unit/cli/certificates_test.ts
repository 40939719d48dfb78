import { assertEquals, assertStringIncludes } from "@std/assert";
import { readClientCertificate, readTrustedCertificates } from "../../../src/cli/certificates.ts";
import { causewayError, FakeFiles } from "./fake_platform.ts";

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const OTHER = "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
const files = new FakeFiles({
  "ca.pem": CERTIFICATE,
  "copy.pem": CERTIFICATE,
  "other.pem": OTHER,
  "key.pem": KEY,
  "rsa.pem": KEY.replaceAll("PRIVATE", "RSA PRIVATE"),
  "encrypted.pem": KEY.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"),
  "old.pem": "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n",
  "both.pem": CERTIFICATE + KEY,
  "ca.der": "0\u0082",
});
const nothing = (): undefined => undefined;

Deno.test("readTrustedCertificates() reads files of flags, then those of variables, each once", async () => {
  const variables: Readonly<Record<string, string>> = {
    NODE_EXTRA_CA_CERTS: "other.pem",
    SSL_CERT_FILE: "copy.pem",
  };
  const read = await readTrustedCertificates(["ca.pem"], files, (name) => variables[name]);
  assertEquals(read, { certificates: [CERTIFICATE, OTHER], warnings: [] });
});

Deno.test("readTrustedCertificates() takes an empty variable for one that is not set", async () => {
  const read = await readTrustedCertificates([], files, () => "");
  assertEquals(read, { certificates: [], warnings: [] });
});

Deno.test("readTrustedCertificates() only warns where a variable leads nowhere", async () => {
  const read = await readTrustedCertificates(
    [],
    files,
    (name) => name === "SSL_CERT_FILE" ? "gone.pem" : undefined,
  );
  assertEquals(read.certificates, []);
  assertEquals(read.warnings, [
    'Cannot read "gone.pem" of SSL_CERT_FILE: there is no such file; it is left out',
  ]);
});

for (
  const [path, reason] of [["gone.pem", "no such file"], ["ca.der", "PEM"], ["key.pem", "PEM"]]
) {
  Deno.test(`readTrustedCertificates() fails for --ca-cert ${path}`, async () => {
    const error = await causewayError(() => readTrustedCertificates([path ?? ""], files, nothing));
    assertEquals(error.code, "local-file");
    assertStringIncludes(error.message, `"${path}" of --ca-cert`);
    assertStringIncludes(error.message, reason ?? "");
  });
}

Deno.test("readClientCertificate() reads certificate and key, also from one file", async () => {
  assertEquals(await readClientCertificate("ca.pem", "key.pem", files), {
    certificate: CERTIFICATE,
    key: KEY,
  });
  const both = CERTIFICATE + KEY;
  assertEquals(await readClientCertificate("both.pem", "both.pem", files), {
    certificate: both,
    key: both,
  });
  assertEquals((await readClientCertificate("ca.pem", "rsa.pem", files))?.certificate, CERTIFICATE);
});

Deno.test("readClientCertificate() is nothing without both flags", async () => {
  assertEquals(await readClientCertificate(undefined, undefined, files), undefined);
});

const REFUSED: readonly {
  certificate?: string;
  key?: string;
  code: string;
  message: string;
}[] = [
  { certificate: "ca.pem", code: "usage", message: "--client-key is missing" },
  { key: "key.pem", code: "usage", message: "--client-cert is missing" },
  { certificate: "gone.pem", key: "key.pem", code: "local-file", message: '"gone.pem"' },
  { certificate: "ca.pem", key: "gone.pem", code: "local-file", message: '"gone.pem"' },
  { certificate: "key.pem", key: "key.pem", code: "local-file", message: "no certificate" },
  { certificate: "ca.pem", key: "ca.pem", code: "local-file", message: "no private key" },
  { certificate: "ca.pem", key: "encrypted.pem", code: "local-file", message: "encrypted" },
  { certificate: "ca.pem", key: "old.pem", code: "local-file", message: "encrypted" },
];

for (const { certificate, key, code, message } of REFUSED) {
  Deno.test(`readClientCertificate() refuses ${certificate} with ${key}`, async () => {
    const error = await causewayError(() => readClientCertificate(certificate, key, files));
    assertEquals(error.code, code);
    assertStringIncludes(error.message, message);
  });
}
