import { assertEquals } from "@std/assert";
import { judgeAuthorizationResponse } from "../../../src/oauth/authorization_response.ts";

const ISSUER = "https://as.example";

/** What the redirect says; what is judged with `iss` not promised, and with it promised. */
const ROWS: readonly (readonly [string, string, string])[] = [
  ["", "stray", "stray"],
  ["code=c", "stray", "stray"],
  ["error=access_denied", "stray", "stray"],
  ["code=c&state=wrong", "stray", "stray"],
  ["code=c&state=", "stray", "stray"],
  ["code=c&state=s&state=s", "stray", "stray"],
  ["code=c&state=s&state=wrong", "stray", "stray"],
  ["code=c&state=s", "code", "invalid"],
  [`code=c&state=s&iss=${ISSUER}`, "code", "code"],
  [`code=c&state=s&iss=${ISSUER}/`, "invalid", "invalid"],
  ["code=c&state=s&iss=https://AS.example", "invalid", "invalid"],
  ["code=c&state=s&iss=https://as.example:443", "invalid", "invalid"],
  ["code=c&state=s&iss=https://evil.example", "invalid", "invalid"],
  ["code=c&state=s&iss=", "invalid", "invalid"],
  [`code=c&state=s&iss=${ISSUER}&iss=${ISSUER}`, "invalid", "invalid"],
  ["error=access_denied&state=s", "error", "invalid"],
  [`error=access_denied&state=s&iss=${ISSUER}`, "error", "error"],
  ["error=access_denied&state=s&iss=https://evil.example", "invalid", "invalid"],
  ["state=s", "invalid", "invalid"],
  ["code=&state=s", "invalid", "invalid"],
  ["code=a&code=b&state=s", "invalid", "invalid"],
  [`code=a&error=e&state=s&iss=${ISSUER}`, "error", "error"],
];

for (const [query, unpromised, promised] of ROWS) {
  for (const issParameterSupported of [false, true]) {
    const expected = issParameterSupported ? promised : unpromised;
    const promise = issParameterSupported ? "promised" : "not promised";
    Deno.test(`judgeAuthorizationResponse() says ${expected} for "${query}", iss ${promise}`, () => {
      const verdict = judgeAuthorizationResponse(new URLSearchParams(query), {
        state: "s",
        issuer: ISSUER,
        issParameterSupported,
      });
      assertEquals(verdict.kind === "stray" ? "stray" : verdict.answer.kind, expected);
    });
  }
}

Deno.test("judgeAuthorizationResponse() shows nothing of a response from another issuer", () => {
  const query = "error=CANARY&error_description=CANARY&state=s&iss=https://evil.example/CANARY";
  const verdict = judgeAuthorizationResponse(new URLSearchParams(query), {
    state: "s",
    issuer: ISSUER,
    issParameterSupported: true,
  });
  assertEquals(JSON.stringify(verdict).includes("CANARY"), false);
});

Deno.test("judgeAuthorizationResponse() makes the server's words printable", () => {
  const query = new URLSearchParams({ error: "a\x1b[2Jb", error_description: "c\nd", state: "s" });
  const verdict = judgeAuthorizationResponse(query, {
    state: "s",
    issuer: ISSUER,
    issParameterSupported: false,
  });
  assertEquals(verdict, {
    kind: "answer",
    answer: { kind: "error", error: "a [2Jb", description: "c d" },
  });
});
