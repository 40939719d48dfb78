import { CausewayError } from "../errors.ts";
import { parseJsonObject, stringMember } from "./network_text.ts";
import { base64Url, randomText } from "./proof_key.ts";

/** A signature algorithm of client assertions (RFC 7518 section 3.1, RFC 8037). */
export type AssertionAlgorithm = "ES256" | "ES384" | "RS256" | "EdDSA";

/** A private key that signs client assertions. */
export interface AssertionKey {
  readonly algorithm: AssertionAlgorithm;
  readonly keyId?: string;
  readonly key: CryptoKey;
}

interface SignatureScheme {
  readonly algorithm: AssertionAlgorithm;
  /** The object identifiers in a PKCS #8 key, DER as hexadecimal text (RFC 5958, RFC 8410). */
  readonly identifiers: string;
  /** `kty` and `crv` of a JWK. */
  readonly jwk: readonly [type: string, curve: string | undefined];
  readonly importing: RsaHashedImportParams | EcKeyImportParams | { readonly name: "Ed25519" };
  readonly signing: EcdsaParams | { readonly name: string };
}

const EC = "06072a8648ce3d0201";

const SCHEMES: readonly SignatureScheme[] = [
  {
    algorithm: "ES256",
    identifiers: `${EC}06082a8648ce3d030107`,
    jwk: ["EC", "P-256"],
    importing: { name: "ECDSA", namedCurve: "P-256" },
    signing: { name: "ECDSA", hash: "SHA-256" },
  },
  {
    algorithm: "ES384",
    identifiers: `${EC}06052b81040022`,
    jwk: ["EC", "P-384"],
    importing: { name: "ECDSA", namedCurve: "P-384" },
    signing: { name: "ECDSA", hash: "SHA-384" },
  },
  {
    algorithm: "RS256",
    identifiers: "06092a864886f70d010101",
    jwk: ["RSA", undefined],
    importing: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    signing: { name: "RSASSA-PKCS1-v1_5" },
  },
  {
    algorithm: "EdDSA",
    identifiers: "06032b6570",
    jwk: ["OKP", "Ed25519"],
    importing: { name: "Ed25519" },
    signing: { name: "Ed25519" },
  },
];

/** The identifiers stand in the first bytes: length, version, algorithm. */
const ALGORITHM_BYTES = 40;

/** How long an assertion is valid, seconds: long enough for clocks that differ. */
const LIFETIME = 120;

/**
 * Reads a private key: PEM (PKCS #8) or a JWK. The algorithm follows from the key.
 * @throws {CausewayError} `usage` when it is neither; the text of the key is never in the message
 */
export async function readAssertionKey(text: string): Promise<AssertionKey> {
  const jwk = parseJsonObject(text);
  const found = jwk === undefined ? await importPem(text) : await importJwk(jwk);
  if (found !== undefined) return found;
  const old = /-----BEGIN (?:EC|RSA) PRIVATE KEY-----/.test(text);
  const encrypted = /ENCRYPTED/.test(text);
  throw new CausewayError(
    "usage",
    "Cannot read the private key of the client: it is no PKCS #8 PEM and no JWK with a P-256, " +
      "P-384, RSA or Ed25519 private key",
    {
      hint: old || encrypted
        ? "convert it: openssl pkcs8 -topk8 -nocrypt -in key.pem -out key-pkcs8.pem"
        : "make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
    },
  );
}

async function importPem(text: string): Promise<AssertionKey | undefined> {
  const match = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(
    text,
  );
  if (match?.[1] === undefined) return undefined;
  let der: Uint8Array<ArrayBuffer>;
  try {
    der = Uint8Array.from(atob(match[1].replace(/\s/g, "")), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
  const start = [...der.subarray(0, ALGORITHM_BYTES)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  // Never by trying: some releases of the runtime crash on a key of another kind than asked for.
  const scheme = SCHEMES.find(({ identifiers }) => start.includes(identifiers));
  return await load(
    scheme,
    (importing) => crypto.subtle.importKey("pkcs8", der, importing, false, ["sign"]),
  );
}

async function importJwk(
  jwk: { readonly [member: string]: unknown },
): Promise<AssertionKey | undefined> {
  const keyId = stringMember(jwk, "kid");
  // "use", "key_ops" and "alg" of a key set may contradict what we ask for; the key decides.
  const { use: _use, key_ops: _operations, alg: _algorithm, ext: _ext, ...bare } = jwk;
  const scheme = SCHEMES.find(({ jwk: [type, curve] }) =>
    bare["kty"] === type && (curve === undefined || bare["crv"] === curve)
  );
  const found = stringMember(jwk, "d") === undefined
    ? undefined
    : await load(scheme, (importing) =>
      crypto.subtle.importKey("jwk", bare as JsonWebKey, importing, false, ["sign"]));
  return found === undefined || keyId === undefined ? found : { ...found, keyId };
}

async function load(
  scheme: SignatureScheme | undefined,
  importKey: (importing: SignatureScheme["importing"]) => Promise<CryptoKey>,
): Promise<AssertionKey | undefined> {
  if (scheme === undefined) return undefined;
  try {
    return { algorithm: scheme.algorithm, key: await importKey(scheme.importing) };
  } catch {
    return undefined;
  }
}

/** What an assertion says. */
export interface AssertionClaims {
  readonly clientId: string;
  /** The issuer identifier, or the token endpoint where no issuer is known. */
  readonly audience: string;
  /** Wall-clock time, milliseconds since the Unix epoch. */
  readonly now: number;
}

/** Makes a client assertion (RFC 7523 section 3): a JWT by and about the client, good for one use. */
export async function signAssertion(key: AssertionKey, claims: AssertionClaims): Promise<string> {
  const issuedAt = Math.floor(claims.now / 1000);
  const header = {
    alg: key.algorithm,
    typ: "JWT",
    ...(key.keyId === undefined ? {} : { kid: key.keyId }),
  };
  const payload = {
    iss: claims.clientId,
    sub: claims.clientId,
    aud: claims.audience,
    jti: randomText(),
    iat: issuedAt,
    exp: issuedAt + LIFETIME,
  };
  const text = `${encodePart(header)}.${encodePart(payload)}`;
  const scheme = SCHEMES.find(({ algorithm }) => algorithm === key.algorithm);
  const signing = scheme?.signing ?? { name: key.key.algorithm.name };
  const signature = await crypto.subtle.sign(signing, key.key, new TextEncoder().encode(text));
  return `${text}.${base64Url(new Uint8Array(signature))}`;
}

function encodePart(part: unknown): string {
  return base64Url(new TextEncoder().encode(JSON.stringify(part)));
}
