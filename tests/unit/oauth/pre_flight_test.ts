import { assertEquals } from "@std/assert";
import { judgePreFlightReply } from "../../../src/oauth/pre_flight.ts";
import { PAGE, type ReplyRow, textReply } from "./text_reply.ts";

const BACK = "http://127.0.0.1:4000/cb";
const LOGIN = '<html><form method=post><input name=u><input type="password"></form>';

const ROWS: readonly (readonly [string, ReplyRow, string])[] = [
  ["a sign-in page", { body: LOGIN, mediaType: "text/html" }, "known"],
  ["an application without a form", { body: PAGE, mediaType: "text/html" }, "known"],
  ["a sign-in page with 401", { status: 401, body: LOGIN, mediaType: "text/html" }, "known"],
  ["a redirect to the sign-in page", { status: 303, location: "/login?redirect=x" }, "known"],
  ["a redirect back with a code", { status: 302, location: `${BACK}?code=c&state=s` }, "known"],
  ["a redirect back with access_denied", {
    status: 302,
    location: `${BACK}?error=access_denied`,
  }, "known"],
  ["a redirect back with invalid_scope", {
    status: 302,
    location: `${BACK}?error=invalid_scope`,
  }, "forgotten"],
  ["a redirect back with invalid_client", {
    status: 302,
    location: `${BACK}?error=invalid_client`,
  }, "forgotten"],
  ["a redirect elsewhere with that word", {
    status: 302,
    location: "/login?error=invalid_client",
  }, "known"],
  ["JSON with invalid_client", { status: 401, body: { error: "invalid_client" } }, "forgotten"],
  ["JSON with invalid_client and 200", { body: { error: "invalid_client" } }, "forgotten"],
  ["JSON with unauthorized_client and 403", {
    status: 403,
    body: { error: "unauthorized_client" },
  }, "forgotten"],
  ["Supabase's 422", { status: 422, body: { message: "Unrecognized client_id" } }, "forgotten"],
  ["400 with a page", { status: 400, body: PAGE, mediaType: "text/html" }, "forgotten"],
  ["400 without a body", { status: 400 }, "forgotten"],
  ["401 with text", { status: 401, body: "no such client", mediaType: "text/plain" }, "forgotten"],
  ["404", { status: 404, body: PAGE, mediaType: "text/html" }, "forgotten"],
  ["a bot check with 403", { status: 403, body: PAGE, mediaType: "text/html" }, "undecided"],
  ["405", { status: 405 }, "undecided"],
  ["429", { status: 429 }, "undecided"],
  ["503", { status: 503 }, "undecided"],
];

for (const [what, row, expected] of ROWS) {
  Deno.test(`judgePreFlightReply() says ${expected} for ${what}`, () => {
    assertEquals(judgePreFlightReply(textReply(row), BACK), expected);
  });
}
