import { assertEquals, assertMatch } from "@std/assert";
import { authorizationServerLocations } from "../../../src/oauth/authorization_server.ts";
import {
  assumedMetadata,
  judgeAuthorizationServerReply,
  supportsS256,
} from "../../../src/oauth/authorization_server_metadata.ts";
import { PAGE, type ReplyRow, textReply } from "./text_reply.ts";

Deno.test("authorizationServerLocations() of an issuer without a path", () => {
  for (const issuer of ["https://a.example", "https://a.example/"]) {
    assertEquals(authorizationServerLocations(new URL(issuer)).map(({ href }) => href), [
      "https://a.example/.well-known/oauth-authorization-server",
      "https://a.example/.well-known/openid-configuration",
    ]);
  }
});

Deno.test("authorizationServerLocations() of an issuer with a path, in the order of the specification", () => {
  for (const issuer of ["https://a.example/t/1", "https://a.example/t/1/"]) {
    assertEquals(authorizationServerLocations(new URL(issuer)).map(({ href }) => href), [
      "https://a.example/.well-known/oauth-authorization-server/t/1",
      "https://a.example/.well-known/openid-configuration/t/1",
      "https://a.example/t/1/.well-known/openid-configuration",
    ]);
  }
});

const SERVER = new URL("https://mcp.example.com/mcp");
const ISSUER = "https://auth.example.com";
const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize?x=%7e`,
  token_endpoint: `${ISSUER}/token`,
  code_challenge_methods_supported: ["S256"],
};

const REPLIES: readonly (readonly [string, ReplyRow, string])[] = [
  ["the right issuer", { body: METADATA }, "metadata"],
  ["another issuer", { body: { ...METADATA, issuer: "https://evil.example" } }, "refused"],
  ["a final slash", { body: { ...METADATA, issuer: `${ISSUER}/` } }, "metadata"],
  ["two final slashes", { body: { ...METADATA, issuer: `${ISSUER}//` } }, "refused"],
  ["a path", { body: { ...METADATA, issuer: `${ISSUER}/other` } }, "refused"],
  ["another case", { body: { ...METADATA, issuer: "https://AUTH.example.com" } }, "refused"],
  ["a default port", { body: { ...METADATA, issuer: `${ISSUER}:443` } }, "refused"],
  ["no issuer", { body: { ...METADATA, issuer: undefined } }, "absent"],
  ["a web page", { body: PAGE, mediaType: "text/html" }, "absent"],
  ["404", { status: 404, body: METADATA }, "absent"],
  ["500", { status: 500, body: METADATA }, "unavailable"],
  ["plain http", { body: { ...METADATA, token_endpoint: "http://auth.example.com/" } }, "refused"],
  ["a loopback target", { body: { ...METADATA, token_endpoint: "https://127.0.0.1/" } }, "refused"],
  ["a script", { body: { ...METADATA, authorization_endpoint: "javascript:x" } }, "refused"],
  ["metadata services", {
    body: { ...METADATA, registration_endpoint: "https://169.254.169.254/r" },
  }, "refused"],
  ["a private network over https", {
    body: { ...METADATA, token_endpoint: "https://10.0.0.1/token" },
  }, "metadata"],
];

for (const [what, row, kind] of REPLIES) {
  Deno.test(`judgeAuthorizationServerReply() says ${kind} for ${what}`, () => {
    assertEquals(judgeAuthorizationServerReply(textReply(row), ISSUER, SERVER).kind, kind);
  });
}

Deno.test("judgeAuthorizationServerReply() keeps the bytes of endpoints", () => {
  const verdict = judgeAuthorizationServerReply(textReply({ body: METADATA }), ISSUER, SERVER);
  const metadata = verdict.kind === "metadata" ? verdict.metadata : undefined;
  assertEquals(metadata?.authorizationEndpoint, `${ISSUER}/authorize?x=%7e`);
  assertEquals(metadata?.issParameterSupported, false);
});

Deno.test("judgeAuthorizationServerReply() names the member and the reason of a refusal", () => {
  const body = { ...METADATA, token_endpoint: "https://localhost/t?secret=1" };
  const verdict = judgeAuthorizationServerReply(textReply({ body }), ISSUER, SERVER);
  assertMatch(
    verdict.kind === "refused" ? verdict.why : "",
    /token_endpoint "https:\/\/localhost\/t" is refused: it leads to this machine/,
  );
});

Deno.test("supportsS256() demands that a document says so, and trusts a server without any", () => {
  const metadata = { ...assumedMetadata(ISSUER), source: "document" } as const;
  assertEquals(
    supportsS256({ ...metadata, codeChallengeMethodsSupported: ["plain", "S256"] }),
    true,
  );
  assertEquals(supportsS256({ ...metadata, codeChallengeMethodsSupported: ["plain"] }), false);
  assertEquals(supportsS256(metadata), false);
  assertEquals(supportsS256(assumedMetadata(ISSUER)), true);
});

Deno.test("assumedMetadata() puts the endpoints of 2025-03-26 at the root of the origin", () => {
  const { authorizationEndpoint, tokenEndpoint, registrationEndpoint } = assumedMetadata(
    "https://a.example/tenant",
  );
  assertEquals([authorizationEndpoint, tokenEndpoint, registrationEndpoint], [
    "https://a.example/authorize",
    "https://a.example/token",
    "https://a.example/register",
  ]);
});
