import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HttpFailure } from "../../../src/platform/http_client.ts";
import { BackOff } from "../../../src/transport/back_off.ts";
import { extractText } from "../../../src/transport/body_extract.ts";
import {
  endedWithoutAnswer,
  exchangeFailed,
  notMcp,
  refusedByStatus,
  startTimedOut,
} from "../../../src/transport/failure_errors.ts";
import { parseEndpoint } from "../../../src/transport/http_sse/endpoint.ts";
import { RetryPolicy } from "../../../src/transport/streamable_http/retry_policy.ts";

const request = { method: "tools/call", url: new URL("https://a.example/mcp?key=secret") };

Deno.test("every error of ours names the method, the URL without its query, and what to do", () => {
  const errors = [
    exchangeFailed(request, new HttpFailure("refused", "not_sent", "connection refused")),
    exchangeFailed(request, new HttpFailure("reset", "unknown", "the connection was reset")),
    endedWithoutAnswer(request, "the connection was lost"),
    notMcp(request, { status: 200, what: "a web page" }),
    notMcp(request, {
      status: 200,
      what: "a web page",
      redirectedTo: new URL("https://b.example/?key=secret"),
    }),
    refusedByStatus(request, 502, "bad gateway"),
    refusedByStatus(request, 401, ""),
    startTimedOut(request, 10_000, "connection refused"),
  ];
  for (const { message } of errors) {
    assertStringIncludes(message, '"tools/call"');
    assertStringIncludes(message, '"https://a.example/mcp?..."');
    assertStringIncludes(message, "Hint: ");
    assert(!message.includes("secret"), message);
  }
});

Deno.test("notMcp() names where redirects led", () => {
  const redirectedTo = new URL("https://b.example/?key=secret");
  const { message } = notMcp(request, { status: 200, what: "a web page", redirectedTo });
  assertStringIncludes(message, 'redirects to "https://b.example/?...", which answered HTTP 200');
});

Deno.test("exchangeFailed() says whether the call may have run", () => {
  const seen = exchangeFailed(request, new HttpFailure("reset", "unknown", "reset"));
  const unseen = exchangeFailed(request, new HttpFailure("refused", "not_sent", "refused"));
  assertStringIncludes(seen.message, "may have run");
  assert(!unseen.message.includes("may have run"));
});

Deno.test("refusedByStatus() tells the status by name, what the server said and when to come back", () => {
  const { message } = refusedByStatus(request, 503, "maintenance", 1500);
  assertStringIncludes(message, "HTTP 503 (Service Unavailable): maintenance");
  assertStringIncludes(message, "2 s");
});

Deno.test("refusedByStatus() blames no credentials for a 403 that may be about Host or Origin", () => {
  const { message } = refusedByStatus(request, 403, "Invalid Host header: localhost:7107");
  assertStringIncludes(message, "check the host name in the URL, the headers and the account");
  assert(!message.includes("credentials"), message);
});

const EXTRACTS: readonly (readonly [body: string, type: string, text: string])[] = [
  ['{"message":"signed out","detail":"no cookie"}', "application/json", "signed out: no cookie"],
  [
    '{"error":"invalid_token","error_description":"expired"}',
    "application/json",
    "expired: invalid_token",
  ],
  ['{"error":{"code":1,"message":"inner"}}', "application/json", "inner"],
  ['{"a":1}', "application/json", '{"a":1}'],
  ["not json", "application/json", "not json"],
  ["<!doctype html><title>Log in</title>", "text/html", 'a web page titled "Log in"'],
  ["<html><body>x</body></html>", "", "a web page"],
  ["line one\nline\u001b[31m two\u202e", "text/plain", "line one line [31m two"],
  ["x".repeat(400), "text/plain", `${"x".repeat(300)}...`],
];

for (const [body, type, text] of EXTRACTS) {
  Deno.test(`extractText() makes "${text.slice(0, 40)}" of a body`, () =>
    assertEquals(extractText(body, type), text));
}

const ENDPOINTS: readonly (readonly [data: string, url: string | undefined])[] = [
  ["/messages?sessionId=1", "https://a.example/messages?sessionId=1"],
  ["messages", "https://a.example/x/messages"],
  ["https://a.example/m", "https://a.example/m"],
  ["https://evil.example/m", undefined],
  ["//evil.example/m", undefined],
  ["http://a.example/m", undefined],
  ["javascript:alert(1)", undefined],
  ["", undefined],
];

for (const [data, url] of ENDPOINTS) {
  Deno.test(`parseEndpoint() ${url === undefined ? "refuses" : "takes"} "${data}"`, () => {
    const endpoint = parseEndpoint(data, new URL("https://a.example/x/sse"));
    assertEquals(endpoint.kind === "endpoint" ? endpoint.url.href : undefined, url);
  });
}

Deno.test("BackOff doubles up to its longest, with jitter, and starts again after a reset", () => {
  const even = new BackOff(100, 500, () => 0.5);
  assertEquals([even.next(), even.next(), even.next(), even.next(), even.next()], [
    100,
    200,
    400,
    500,
    500,
  ]);
  even.reset();
  assertEquals(even.next(), 100);
  assertEquals([
    new BackOff(100, 500, () => 0).next(),
    new BackOff(100, 500, () => 0.999).next() < 125,
  ], [75, true]);
});

const failed = (kind: "refused" | "reset" | "tls", delivery: "not_sent" | "unknown") =>
  ({ kind: "failed", failure: new HttpFailure(kind, delivery, "") }) as const;
const refused = (status: number, retryAfter?: number) =>
  ({
    kind: "refused",
    refusal: status === 500 ? "refused" : "unavailable",
    status,
    error: undefined,
    extract: "",
    retryAfter,
  }) as const;

const RETRIES = [
  ["a call that was not sent", "tools/call", failed("refused", "not_sent"), true],
  ["a call of unknown fate", "tools/call", failed("reset", "unknown"), false],
  ["a call refused with 503", "tools/call", refused(503, 1000), false],
  ["an unknown method of unknown fate", "x/y", failed("reset", "unknown"), false],
  ["a list of unknown fate", "tools/list", failed("reset", "unknown"), true],
  ["a list refused with 503", "tools/list", refused(503, 1000), true],
  ["a list refused with 500", "tools/list", refused(500), false],
  ["a list told to wait for an hour", "tools/list", refused(429, 3_600_000), false],
  ["a list after a TLS failure", "tools/list", failed("tls", "not_sent"), false],
] as const;

for (const [name, method, outcome, again] of RETRIES) {
  Deno.test(`RetryPolicy ${again ? "repeats" : "does not repeat"} ${name}`, () => {
    const wait = new RetryPolicy(method, () => 0.5).waitAfter(outcome);
    assertEquals(wait !== undefined, again);
    if (again && outcome.kind === "refused") assert((wait ?? 0) >= 1000);
  });
}

Deno.test("RetryPolicy gives up after a few tries", () => {
  const policy = new RetryPolicy("tools/list", () => 0.5);
  const waits = Array.from({ length: 6 }, () => policy.waitAfter(failed("refused", "not_sent")));
  assertEquals(waits.map((wait) => wait !== undefined), [true, true, true, true, false, false]);
});
