import { assertEquals, assertRejects } from "@std/assert";
import { readAssertionKey, signAssertion } from "../../../src/oauth/client_assertion.ts";
import { base64Url } from "../../../src/oauth/proof_key.ts";
import { CausewayError } from "../../../src/errors.ts";

const NOW = 1_700_000_000_000;

const ALGORITHMS = {
  ES256: {
    generate: { name: "ECDSA", namedCurve: "P-256" },
    verify: { name: "ECDSA", hash: "SHA-256" },
  },
  ES384: {
    generate: { name: "ECDSA", namedCurve: "P-384" },
    verify: { name: "ECDSA", hash: "SHA-384" },
  },
  RS256: {
    generate: {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    verify: { name: "RSASSA-PKCS1-v1_5" },
  },
  EdDSA: { generate: { name: "Ed25519" }, verify: { name: "Ed25519" } },
} as const;

type Algorithm = keyof typeof ALGORITHMS;

async function generate(algorithm: Algorithm): Promise<CryptoKeyPair> {
  const pair = await crypto.subtle.generateKey(ALGORITHMS[algorithm].generate, true, [
    "sign",
    "verify",
  ]);
  if (pair instanceof CryptoKey) throw new Error("not a pair");
  return pair;
}

async function pemOf(key: CryptoKey): Promise<string> {
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
  const text = btoa(String.fromCharCode(...der)).replace(/(.{64})/g, "$1\n");
  return `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`;
}

function parse(part: string | undefined): Record<string, unknown> {
  return JSON.parse(atob((part ?? "").replaceAll("-", "+").replaceAll("_", "/")));
}

async function verifies(algorithm: Algorithm, key: CryptoKey, jwt: string): Promise<boolean> {
  const [header, payload, signature] = jwt.split(".");
  const bytes = atob((signature ?? "").replaceAll("-", "+").replaceAll("_", "/"));
  return await crypto.subtle.verify(
    ALGORITHMS[algorithm].verify,
    key,
    Uint8Array.from(bytes, (char) => char.charCodeAt(0)),
    new TextEncoder().encode(`${header}.${payload}`),
  );
}

for (const algorithm of ["ES256", "ES384", "RS256", "EdDSA"] as const) {
  Deno.test(`signAssertion() signs with an ${algorithm} key from PEM`, async () => {
    const pair = await generate(algorithm);
    const key = await readAssertionKey(await pemOf(pair.privateKey));
    assertEquals(key.algorithm, algorithm);
    const claims = { clientId: "c", audience: "https://as.example", now: NOW };
    const jwt = await signAssertion(key, claims);
    assertEquals(await verifies(algorithm, pair.publicKey, jwt), true);
    assertEquals(parse(jwt.split(".")[0]), { alg: algorithm, typ: "JWT" });
    const { jti, ...rest } = parse(jwt.split(".")[1]);
    assertEquals(rest, {
      iss: "c",
      sub: "c",
      aud: "https://as.example",
      iat: 1_700_000_000,
      exp: 1_700_000_120,
    });
    assertEquals(typeof jti === "string" && jti.length, 43);
  });

  Deno.test(`readAssertionKey() reads an ${algorithm} key from a JWK with its id`, async () => {
    const pair = await generate(algorithm);
    const jwk = await crypto.subtle.exportKey("jwk", pair.privateKey);
    const text = JSON.stringify({ ...jwk, kid: "k1", use: "sig", key_ops: ["verify"] });
    const key = await readAssertionKey(text);
    assertEquals([key.algorithm, key.keyId], [algorithm, "k1"]);
    const jwt = await signAssertion(key, { clientId: "c", audience: "a", now: NOW });
    assertEquals(parse(jwt.split(".")[0]), { alg: algorithm, typ: "JWT", kid: "k1" });
    assertEquals(await verifies(algorithm, pair.publicKey, jwt), true);
  });
}

Deno.test("signAssertion() makes each assertion for one use", async () => {
  const key = await readAssertionKey(await pemOf((await generate("EdDSA")).privateKey));
  const sign = () => signAssertion(key, { clientId: "c", audience: "a", now: NOW });
  assertEquals(await sign() === await sign(), false);
});

const BAD: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["an old EC key", "-----BEGIN EC PRIVATE KEY-----\nCANARY\n-----END EC PRIVATE KEY-----"],
  ["an encrypted key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nCANARY"],
  ["broken base64", "-----BEGIN PRIVATE KEY-----\nCANARY=A\n-----END PRIVATE KEY-----"],
  ["a key of no known kind", "-----BEGIN PRIVATE KEY-----\nQ0FOQVJZ\n-----END PRIVATE KEY-----"],
  ["a public JWK", '{"kty":"OKP","crv":"Ed25519","x":"CANARY"}'],
  ["a symmetric JWK", '{"kty":"oct","k":"CANARY"}'],
];

for (const [what, text] of BAD) {
  Deno.test(`readAssertionKey() refuses ${what} without repeating it`, async () => {
    const error = await assertRejects(() => readAssertionKey(text), CausewayError);
    assertEquals([error.code, `${error.message}${error.hint}`.includes("CANARY")], [
      "usage",
      false,
    ]);
  });
}

Deno.test("base64Url() has no padding and no reserved character", () => {
  assertEquals(base64Url(new Uint8Array([0xfb, 0xff, 0xfe, 0xff])), "-__-_w");
});
