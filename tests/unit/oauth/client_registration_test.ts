import { assertEquals } from "@std/assert";
import {
  judgeRegistrationReply,
  registrationRequest,
} from "../../../src/oauth/client_registration.ts";
import { PAGE, type ReplyRow, textReply } from "./text_reply.ts";

const REDIRECT = "http://127.0.0.1:4000/oauth/callback";

Deno.test("registrationRequest() asks for a native client with one redirect URI", () => {
  const wish = {
    clientName: "Causeway",
    redirectUri: REDIRECT,
    grantTypes: ["authorization_code", "refresh_token"],
  };
  assertEquals(registrationRequest(wish), {
    client_name: "Causeway",
    redirect_uris: [REDIRECT],
    response_types: ["code"],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "none",
    application_type: "native",
  });
});

Deno.test("registrationRequest() merges the user's metadata over its own, but for the redirect URI", () => {
  const request = registrationRequest({
    clientName: "Causeway",
    redirectUri: REDIRECT,
    grantTypes: ["authorization_code"],
    overrides: { client_name: "Mine", scope: "a", redirect_uris: ["https://evil.example"] },
  });
  assertEquals(request["client_name"], "Mine");
  assertEquals(request["scope"], "a");
  assertEquals(request["redirect_uris"], [REDIRECT]);
});

Deno.test("registrationRequest() names the scope that will be asked for, unless the user does", () => {
  const wish = { clientName: "c", redirectUri: REDIRECT, grantTypes: [], scope: "a b" };
  assertEquals(registrationRequest(wish)["scope"], "a b");
  assertEquals(registrationRequest({ ...wish, overrides: { scope: "c" } })["scope"], "c");
});

const METHODS: readonly (readonly [string[] | undefined, string])[] = [
  [undefined, "none"],
  [["client_secret_basic", "none"], "none"],
  [["client_secret_post"], "client_secret_post"],
  [["client_secret_post", "client_secret_basic"], "client_secret_post"],
  [["tls_client_auth", "client_secret_basic", "client_secret_post"], "client_secret_basic"],
  [["private_key_jwt"], "none"],
];

for (const [supported, expected] of METHODS) {
  Deno.test(`registrationRequest() asks for ${expected} where ${supported} is listed`, () => {
    const request = registrationRequest({
      clientName: "c",
      redirectUri: REDIRECT,
      grantTypes: [],
      ...(supported === undefined ? {} : { supportedMethods: supported }),
    });
    assertEquals(request["token_endpoint_auth_method"], expected);
  });
}

Deno.test("registrationRequest() names no redirect for the device grant", () => {
  const request = registrationRequest({ clientName: "c", grantTypes: ["d"] });
  assertEquals([request["redirect_uris"], request["response_types"]], [undefined, []]);
});

const KEY = { issuer: "https://as.example", redirectUri: REDIRECT };

Deno.test("judgeRegistrationReply() keeps what the server says, seconds turned into milliseconds", () => {
  const body = {
    client_id: "c",
    client_secret: "s",
    client_secret_expires_at: 100,
    token_endpoint_auth_method: "none",
  };
  assertEquals(judgeRegistrationReply(textReply({ status: 201, body }), KEY, 5), {
    kind: "registered",
    client: {
      version: 1,
      ...KEY,
      clientId: "c",
      clientSecret: "s",
      tokenEndpointAuthMethod: "none",
      clientSecretExpiresAt: 100_000,
      registeredAt: 5,
    },
  });
});

Deno.test("judgeRegistrationReply() takes an expiry of 0 for never", () => {
  const body = { client_id: "c", client_secret: "s", client_secret_expires_at: 0 };
  const verdict = judgeRegistrationReply(textReply({ body }), KEY, 5);
  assertEquals(
    verdict.kind === "registered" ? verdict.client.clientSecretExpiresAt : "not registered",
    undefined,
  );
});

const REFUSALS: readonly (readonly [string, ReplyRow, string, string])[] = [
  [
    "an OAuth error",
    {
      status: 400,
      body: { error: "invalid_redirect_uri", error_description: "No loopback" },
    },
    "refused",
    "it answered HTTP 400: No loopback",
  ],
  [
    "registration that is off",
    {
      status: 403,
      body: { error: "invalid_request", error_description: "Registration is disabled" },
    },
    "refused",
    "it answered HTTP 403: Registration is disabled",
  ],
  ["a web page", { body: PAGE, mediaType: "text/html" }, "refused", "it answered with a web page"],
  ["no client_id", { status: 201, body: {} }, "refused", "its answer holds no client_id"],
  ["404", { status: 404, body: PAGE }, "refused", "it answered HTTP 404"],
  ["503", { status: 503 }, "unavailable", "it answered HTTP 503"],
];

for (const [what, row, kind, why] of REFUSALS) {
  Deno.test(`judgeRegistrationReply() says ${kind} for ${what}`, () => {
    const verdict = judgeRegistrationReply(textReply(row), KEY, 0);
    assertEquals([verdict.kind, "why" in verdict ? verdict.why : ""], [kind, why]);
  });
}
