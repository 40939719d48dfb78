import { assertEquals } from "@std/assert";
import type { OAuthClient } from "../../../src/oauth/client_authentication.ts";
import { OAuthExchange } from "../../../src/oauth/oauth_exchange.ts";
import { requestTokens, tokenForm } from "../../../src/oauth/token_request.ts";
import type { HttpReply, HttpRequest } from "../../../src/platform/http_client.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("tokenForm() of a code names its redirect URI and verifier, and no scope", () => {
  const form = tokenForm({
    grant: { kind: "authorization_code", code: "c", redirectUri: "http://x/", codeVerifier: "v" },
    resource: "https://A.example",
    scope: "s",
  });
  assertEquals([...form], [
    ["grant_type", "authorization_code"],
    ["code", "c"],
    ["redirect_uri", "http://x/"],
    ["code_verifier", "v"],
    ["resource", "https://A.example"],
  ]);
});

Deno.test("tokenForm() of a refresh repeats the resource, and no scope", () => {
  const grant = { kind: "refresh_token", refreshToken: "r" } as const;
  assertEquals([...tokenForm({ grant, resource: "https://a", scope: "s" })], [
    ["grant_type", "refresh_token"],
    ["refresh_token", "r"],
    ["resource", "https://a"],
  ]);
});

Deno.test("tokenForm() of a device code uses the grant type of RFC 8628", () => {
  assertEquals([...tokenForm({ grant: { kind: "device_code", deviceCode: "d" } })], [
    ["grant_type", "urn:ietf:params:oauth:grant-type:device_code"],
    ["device_code", "d"],
  ]);
});

Deno.test("tokenForm() of client credentials says the scope", () => {
  assertEquals([...tokenForm({ grant: { kind: "client_credentials" }, scope: "s" })], [
    ["grant_type", "client_credentials"],
    ["scope", "s"],
  ]);
});

/** What a token endpoint is sent whose first answer is `refusal`, and whose second one holds tokens. */
async function sentTo(refusal: string, client: OAuthClient): Promise<readonly URLSearchParams[]> {
  const sent: URLSearchParams[] = [];
  const exchange = ({ body }: HttpRequest): Promise<HttpReply> => {
    sent.push(new URLSearchParams(new TextDecoder().decode(body)));
    const text = sent.length === 1 ? refusal : '{"access_token":"a"}';
    return Promise.resolve({
      status: sent.length === 1 ? 401 : 200,
      headers: { get: () => undefined, all: () => [] },
      body: {
        read: () => Promise.resolve(undefined),
        bytes: () => Promise.resolve(new TextEncoder().encode(text)),
        cancel: () => {},
      },
    });
  };
  const http = { exchange, dropIdleConnections: () => {}, close: () => {} };
  const server = new URL("https://mcp.example.com/mcp");
  await requestTokens(new OAuthExchange(http, { clock: new FakeClock(), server }), {
    server: {
      issuer: "https://auth.example.com",
      tokenEndpoint: "https://auth.example.com/token",
      issParameterSupported: false,
    },
    client,
    request: { grant: { kind: "refresh_token", refreshToken: "r" } },
  });
  return sent;
}

const CONFIDENTIAL: OAuthClient = { clientId: "c", clientSecret: "s" };

const MISSED: readonly (readonly [string, string])[] = [
  ["the Python SDK's", '{"error":"invalid_client","error_description":"Missing client_id"}'],
  ["a mismatch", '{"error":"invalid_client","error_description":"Client ID does not match"}'],
  ["Pydantic's", '{"detail":[{"loc":["body","client_id"],"msg":"Field required"}]}'],
  [
    "Zod's",
    '{"error":"invalid_request","error_description":"[{\\"received\\":\\"undefined\\",\\"path\\":[\\"client_id\\"]}]"}',
  ],
];
for (const [what, refusal] of MISSED) {
  Deno.test(`requestTokens() names the client in the form after ${what} refusal of Basic`, async () => {
    const forms = await sentTo(refusal, CONFIDENTIAL);
    assertEquals(forms.map((form) => form.get("client_id")), [null, "c"]);
    assertEquals(forms.map((form) => form.get("client_secret")), [null, null]);
  });
}

const NOT_MISSED: readonly (readonly [string, string, OAuthClient?])[] = [
  [
    "Okta's",
    '{"error":"invalid_client","error_description":"Invalid value for \'client_id\' parameter."}',
  ],
  ["a wrong secret's", '{"error":"invalid_client","error_description":"Missing secret"}'],
  ["a dead grant's", '{"error":"invalid_grant","error_description":"client_id does not match"}'],
  ["a public client's", '{"error":"invalid_client","error_description":"Missing client_id"}', {
    clientId: "c",
  }],
];
for (const [what, refusal, client = CONFIDENTIAL] of NOT_MISSED) {
  Deno.test(`requestTokens() asks once after ${what} refusal`, async () => {
    assertEquals((await sentTo(refusal, client)).length, 1);
  });
}
