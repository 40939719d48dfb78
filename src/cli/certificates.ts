import { CausewayError } from "../errors.ts";
import type { Files } from "../platform/files.ts";
import type { ClientCertificate } from "../platform/http_client.ts";
import type { LookUp } from "./header_fields.ts";

/** Variables with the path of a PEM file to trust, as Node and OpenSSL read them. */
const TRUST_VARIABLES = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"] as const;

const CERTIFICATE = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/;
const PRIVATE_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;
const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** Certificates to trust, and what the user should know about them. */
export interface TrustedCertificates {
  /** PEM texts, each with one certificate or more. */
  readonly certificates: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads the files of `--ca-cert`, then those that environment variables name. A variable that leads
 * nowhere is a warning, since it is often set for other programs.
 *
 * @throws {CausewayError} local-file for a `--ca-cert` that cannot be read or is no PEM certificate
 */
export async function readTrustedCertificates(
  paths: readonly string[],
  files: Files,
  lookUp: LookUp,
): Promise<TrustedCertificates> {
  const certificates: string[] = [];
  for (const path of paths) {
    certificates.push(await readPem(path, "--ca-cert", CERTIFICATE, "certificate", files));
  }
  const warnings: string[] = [];
  for (const variable of TRUST_VARIABLES) {
    const path = lookUp(variable);
    if (path === undefined || path === "" || paths.includes(path)) continue;
    try {
      certificates.push(await readPem(path, variable, CERTIFICATE, "certificate", files));
    } catch (error) {
      if (!(error instanceof CausewayError)) throw error;
      warnings.push(`${error.message}; it is left out`);
    }
  }
  return { certificates: [...new Set(certificates)], warnings };
}

/**
 * Reads `--client-cert` and `--client-key`: both or none.
 *
 * @throws {CausewayError} usage when one is missing, local-file when one cannot be used
 */
export async function readClientCertificate(
  certificatePath: string | undefined,
  keyPath: string | undefined,
  files: Files,
): Promise<ClientCertificate | undefined> {
  if (certificatePath === undefined && keyPath === undefined) return undefined;
  if (certificatePath === undefined || keyPath === undefined) {
    const [given, missing] = keyPath === undefined
      ? ["--client-cert", "--client-key"]
      : ["--client-key", "--client-cert"];
    throw new CausewayError("usage", `Cannot use "${given}": ${missing} is missing`, {
      hint: `add ${missing} PATH; where one file holds both, give its path twice`,
    });
  }
  return {
    certificate: await readPem(certificatePath, "--client-cert", CERTIFICATE, "certificate", files),
    key: await readKey(keyPath, files),
  };
}

async function readKey(path: string, files: Files): Promise<string> {
  const text = await readFile(path, "--client-key", files);
  if (ENCRYPTED_KEY.test(text)) {
    throw new CausewayError("local-file", `Cannot use "${path}" of --client-key: it is encrypted`, {
      hint: `write a key without passphrase: openssl pkey -in "${path}" -out plain.pem`,
    });
  }
  return requirePem(text, {
    path,
    origin: "--client-key",
    marker: PRIVATE_KEY,
    what: "private key",
  });
}

async function readPem(
  path: string,
  origin: string,
  marker: RegExp,
  what: string,
  files: Files,
): Promise<string> {
  return requirePem(await readFile(path, origin, files), { path, origin, marker, what });
}

function requirePem(
  text: string,
  expected: { path: string; origin: string; marker: RegExp; what: string },
): string {
  if (expected.marker.test(text)) return text;
  const { path, origin, what } = expected;
  throw new CausewayError(
    "local-file",
    `Cannot use "${path}" of ${origin}: it holds no ${what} in PEM form`,
    what === "certificate"
      ? { hint: `convert it: openssl x509 -inform der -in "${path}" -out ca.pem` }
      : {},
  );
}

async function readFile(path: string, origin: string, files: Files): Promise<string> {
  const text = await files.readText(path);
  if (text !== undefined) return text;
  throw new CausewayError(
    "local-file",
    `Cannot read "${path}" of ${origin}: there is no such file`,
  );
}
