import { assertEquals } from "@std/assert";
import { judgeTokenReply } from "../../../src/oauth/token_reply.ts";
import { PAGE, type ReplyRow, textReply } from "./text_reply.ts";

const error = (code: string, description?: string) => ({
  error: code,
  ...(description === undefined ? {} : { error_description: description }),
});

const REFUSALS: readonly (readonly [string, ReplyRow, string])[] = [
  ["invalid_grant", { status: 400, body: error("invalid_grant") }, "dead_grant"],
  ["invalid_grant with 401", { status: 401, body: error("invalid_grant") }, "dead_grant"],
  ["GitHub's dead token in a 200", { body: error("bad_refresh_token") }, "dead_grant"],
  ["GitHub's dead code, form-encoded", {
    body: "error=bad_verification_code&error_description=The+code",
    mediaType: "application/x-www-form-urlencoded",
  }, "dead_grant"],
  ["HubSpot's dead token", { status: 400, body: { status: "BAD_REFRESH_TOKEN" } }, "dead_grant"],
  ["Slack's dead token", {
    body: { ok: false, error: "invalid_refresh_token" },
  }, "dead_grant"],
  ["Entra's interaction_required", {
    status: 400,
    body: error("interaction_required"),
  }, "dead_grant"],
  ["invalid_client", { status: 401, body: error("invalid_client") }, "invalid_client"],
  ["unauthorized_client", { status: 400, body: error("unauthorized_client") }, "invalid_client"],
  ["invalid_target", { status: 400, body: error("invalid_target") }, "invalid_target"],
  ["Entra's AADSTS9010010", {
    status: 400,
    body: error("invalid_request", "AADSTS9010010: The resource parameter"),
  }, "invalid_target"],
  ["Entra's AADSTS901002", {
    status: 400,
    body: error("invalid_grant", "AADSTS901002: The 'resource' request parameter"),
  }, "invalid_target"],
  ["another Entra error", {
    status: 400,
    body: error("invalid_request", "AADSTS90100100: x"),
  }, "refused"],
  ["invalid_scope", { status: 400, body: error("invalid_scope") }, "invalid_scope"],
  ["authorization_pending", { status: 400, body: error("authorization_pending") }, "pending"],
  ["slow_down", { status: 400, body: error("slow_down") }, "slow_down"],
  ["access_denied", { status: 400, body: error("access_denied") }, "denied"],
  ["expired_token", { status: 400, body: error("expired_token") }, "dead_grant"],
  ["invalid_request", { status: 400, body: error("invalid_request") }, "refused"],
  ["an inherited property name", { status: 400, body: error("constructor") }, "refused"],
  ["temporarily_unavailable", { status: 400, body: error("temporarily_unavailable") }, "transient"],
  ["500", { status: 500, body: error("invalid_grant") }, "transient"],
  ["503 without a body", { status: 503 }, "transient"],
  ["429", { status: 429, body: error("invalid_client") }, "transient"],
  ["408", { status: 408 }, "transient"],
  ["a web page with 200", { body: PAGE, mediaType: "text/html" }, "transient"],
  ["a web page with 403", { status: 403, body: PAGE, mediaType: "text/html" }, "transient"],
  ["an empty 200", {}, "transient"],
  ["broken JSON", { body: '{"access_token":"a"' }, "transient"],
  ["a redirect", { status: 302, location: "https://evil.example" }, "refused"],
  ["400 without an error code", { status: 400, body: { message: "no" } }, "refused"],
  ["a 200 without a token", { body: {} }, "refused"],
  ["a token of another type", { body: { access_token: "a", token_type: "DPoP" } }, "refused"],
  ["a token with a line break", { body: { access_token: "a\r\nx: y" } }, "refused"],
  ["a token with a blank", { body: { access_token: "a b" } }, "refused"],
  ["an ID token with a line break", { body: { access_token: "a", id_token: "a\nb" } }, "refused"],
];

for (const [what, row, kind] of REFUSALS) {
  Deno.test(`judgeTokenReply() says ${kind} for ${what}`, () => {
    assertEquals(judgeTokenReply(textReply(row)).kind, kind);
  });
}

Deno.test("judgeTokenReply() reads everything that a token answer may hold", () => {
  const body = {
    access_token: "a",
    token_type: "bearer",
    expires_in: 60,
    refresh_token: "r",
    id_token: "i",
    scope: "s t",
  };
  assertEquals(judgeTokenReply(textReply({ body })), {
    kind: "tokens",
    tokens: { accessToken: "a", refreshToken: "r", idToken: "i", expiresIn: 60, scope: "s t" },
  });
});

Deno.test("judgeTokenReply() reads form-encoded answers, whatever their content type", () => {
  const body = "access_token=a&token_type=bearer&expires_in=60&scope=s%2Ct&refresh_token=r";
  for (const mediaType of ["application/x-www-form-urlencoded", "text/plain", ""]) {
    assertEquals(judgeTokenReply(textReply({ body, mediaType })), {
      kind: "tokens",
      tokens: { accessToken: "a", refreshToken: "r", expiresIn: 60, scope: "s,t" },
    });
  }
});

const LIFETIMES: readonly (readonly [unknown, number | undefined])[] = [
  [3600, 3600],
  ["3600", 3600],
  [0, undefined],
  [-1, undefined],
  ["soon", undefined],
  [null, undefined],
  [Number.MAX_VALUE, 10 * 365 * 24 * 3600],
];

for (const [value, expected] of LIFETIMES) {
  Deno.test(`judgeTokenReply() takes an expires_in of ${JSON.stringify(value)} for ${expected}`, () => {
    const reply = judgeTokenReply(textReply({ body: { access_token: "a", expires_in: value } }));
    assertEquals(reply.kind === "tokens" ? reply.tokens.expiresIn : reply, expected);
  });
}

Deno.test("judgeTokenReply() tells people what the server said, printable", () => {
  const body = error("invalid_grant", "Token\nexpired\x1b[0m");
  const reply = judgeTokenReply(textReply({ status: 400, body }));
  assertEquals("why" in reply ? reply.why : "", "invalid_grant: Token expired [0m");
});
