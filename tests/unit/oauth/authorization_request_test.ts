import { assertEquals } from "@std/assert";
import {
  type AuthorizationRequest,
  authorizationUrl,
  derivedParameter,
} from "../../../src/oauth/authorization_request.ts";
import { createProofKey, s256 } from "../../../src/oauth/proof_key.ts";

const REQUEST: AuthorizationRequest = {
  authorizationEndpoint: "https://as.example/authorize",
  clientId: "c",
  redirectUri: "http://127.0.0.1:1/cb",
  state: "s",
  codeChallenge: "x",
};

const STANDARD = [
  ["response_type", "code"],
  ["client_id", "c"],
  ["redirect_uri", "http://127.0.0.1:1/cb"],
  ["state", "s"],
  ["code_challenge", "x"],
  ["code_challenge_method", "S256"],
];

function parameters(url: string): string[][] {
  return [...new URL(url).searchParams];
}

Deno.test("authorizationUrl() has nothing but the standard's parameters", () => {
  assertEquals(parameters(authorizationUrl(REQUEST)), STANDARD);
});

Deno.test("authorizationUrl() adds scope and resource, each byte kept", () => {
  const url = authorizationUrl({ ...REQUEST, scope: "a b+c", resource: "HTTPS://A.example?x=%7e" });
  assertEquals(parameters(url), [
    ...STANDARD,
    ["scope", "a b+c"],
    ["resource", "HTTPS://A.example?x=%7e"],
  ]);
});

Deno.test("authorizationUrl() asks for consent with offline_access alone", () => {
  const url = authorizationUrl({ ...REQUEST, scope: "a offline_access" });
  assertEquals(new URL(url).searchParams.get("prompt"), "consent");
});

Deno.test("authorizationUrl() leaves the prompt to the user's parameter", () => {
  const extra = [["prompt", "login"], ["audience", "a b"]] as const;
  const url = authorizationUrl({ ...REQUEST, scope: "offline_access", extra });
  assertEquals(new URL(url).searchParams.getAll("prompt"), ["login"]);
  assertEquals(new URL(url).searchParams.get("audience"), "a b");
});

Deno.test("authorizationUrl() drops a derived parameter among the user's", () => {
  const extra = [["STATE", "evil"], ["redirect_uri", "https://evil.example"]] as const;
  assertEquals(authorizationUrl({ ...REQUEST, extra }), authorizationUrl(REQUEST));
});

const ENDPOINTS: readonly (readonly [string, string])[] = [
  ["https://as.example/a", "https://as.example/a?response_type"],
  ["https://as.example/a?x=%7E", "https://as.example/a?x=%7E&response_type"],
  ["https://as.example/a?", "https://as.example/a?response_type"],
  ["https://as.example/a?x&", "https://as.example/a?x&response_type"],
  ["https://as.example/a#f?g", "https://as.example/a?response_type"],
  ["https://as.example/%61", "https://as.example/%61?response_type"],
];

for (const [authorizationEndpoint, start] of ENDPOINTS) {
  Deno.test(`authorizationUrl() keeps the bytes of ${authorizationEndpoint}`, () => {
    const url = authorizationUrl({ ...REQUEST, authorizationEndpoint });
    assertEquals(url.slice(0, start.length), start);
  });
}

Deno.test("authorizationUrl() survives lone surrogates from the network", () => {
  const url = authorizationUrl({ ...REQUEST, clientId: "\ud800" });
  assertEquals(new URL(url).searchParams.get("client_id"), "\ufffd");
});

Deno.test("derivedParameter() names the flag that serves instead", () => {
  assertEquals(derivedParameter("Scope"), { name: "scope", flag: "--scope" });
  assertEquals(derivedParameter("state"), { name: "state" });
  assertEquals(derivedParameter("access_type"), undefined);
});

Deno.test("s256() is that of RFC 7636, appendix B", async () => {
  const challenge = await s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  assertEquals(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
});

Deno.test("createProofKey() makes a new verifier of legal length each time", async () => {
  const [one, two] = [await createProofKey(), await createProofKey()];
  assertEquals(one.codeVerifier.length, 43);
  assertEquals(one.codeVerifier === two.codeVerifier, false);
  assertEquals(one.codeChallenge, await s256(one.codeVerifier));
});
