import { assertEquals } from "@std/assert";
import { expiresSoon, refreshedTokenSet, tokenSetOf } from "../../../src/oauth/grant_record.ts";
import { expiryOfJwt } from "../../../src/oauth/id_token.ts";
import { base64Url } from "../../../src/oauth/proof_key.ts";

const SUMMARY = {
  issuer: "https://as.example",
  tokenEndpoint: "https://as.example/token",
  issParameterSupported: false,
};

function jwt(payload: unknown): string {
  return `e30.${base64Url(new TextEncoder().encode(JSON.stringify(payload)))}.sig`;
}

const EXPIRIES: readonly (readonly [string, string, number | undefined])[] = [
  ["an expiry", jwt({ exp: 100, name: "Zoë" }), 100_000],
  ["none", jwt({}), undefined],
  ["text", jwt({ exp: "100" }), undefined],
  ["no JWT", "opaque", undefined],
  ["broken base64", "a.!.b", undefined],
  ["no JSON", "a.YQ.b", undefined],
];

for (const [what, token, expected] of EXPIRIES) {
  Deno.test(`expiryOfJwt() reads ${what}`, () => assertEquals(expiryOfJwt(token), expected));
}

/** Lifetime in seconds, age in seconds, whether it expires soon. */
const AGES: readonly (readonly [number | undefined, number, boolean])[] = [
  [3600, 0, false],
  [3600, 3539, false],
  [3600, 3540, true],
  [3600, 9999, true],
  [60, 47, false],
  [60, 48, true],
  [undefined, 1e9, false],
];

for (const [lifetime, age, expected] of AGES) {
  Deno.test(`expiresSoon() says ${expected} for ${age} s of ${lifetime} s`, () => {
    const tokens = tokenSetOf(
      { accessToken: "a", ...(lifetime === undefined ? {} : { expiresIn: lifetime }) },
      { now: 1_000, clientId: "c", authorizationServer: SUMMARY },
    );
    assertEquals(expiresSoon(tokens, false, 1_000 + age * 1000), expected);
  });
}

Deno.test("expiresSoon() looks at the ID token when that one is sent", () => {
  const issued = { accessToken: "a", expiresIn: 10, idToken: jwt({ exp: 3600 }) };
  const tokens = tokenSetOf(issued, { now: 0, clientId: "c", authorizationServer: SUMMARY });
  assertEquals(expiresSoon(tokens, true, 100_000), false);
  assertEquals(expiresSoon(tokens, true, 3_600_000), true);
  assertEquals(expiresSoon(tokens, false, 100_000), true);
});

Deno.test("refreshedTokenSet() keeps what the answer leaves out, and no old expiry or ID token", () => {
  const first = tokenSetOf(
    { accessToken: "a", refreshToken: "r", scope: "s", expiresIn: 60, idToken: "i" },
    {
      now: 0,
      clientId: "c",
      redirectUri: "http://127.0.0.1/",
      requestedScope: "s t",
      resourceParameter: "https://mcp.example",
      authorizationServer: SUMMARY,
    },
  );
  assertEquals(refreshedTokenSet(first, { accessToken: "b" }, 5), {
    version: 1,
    accessToken: "b",
    refreshToken: "r",
    scope: "s",
    issuedAt: 5,
    clientId: "c",
    redirectUri: "http://127.0.0.1/",
    requestedScope: "s t",
    resourceParameter: "https://mcp.example",
    authorizationServer: SUMMARY,
  });
  assertEquals(
    refreshedTokenSet(first, { accessToken: "b", refreshToken: "r2" }, 5).refreshToken,
    "r2",
  );
});
