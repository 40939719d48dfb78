import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { CausewayError } from "../../../src/errors.ts";
import { AuthorizationFailures } from "../../../src/http/authorization_failures.ts";
import { type HttpClient, HttpFailure } from "../../../src/platform/http_client.ts";

function failingWith(error: unknown): HttpClient {
  return {
    exchange: () => Promise.reject(error),
    dropIdleConnections: () => {},
    close: () => {},
  };
}

async function failureOf(error: unknown): Promise<HttpFailure> {
  const client = new AuthorizationFailures(failingWith(error));
  const request = { method: "GET", url: new URL("http://127.0.0.1/"), headers: [] } as const;
  return await assertRejects(() => client.exchange(request), HttpFailure);
}

Deno.test("AuthorizationFailures makes a failed sign-in a failed exchange that was not sent", async () => {
  const hint = "do this";
  const failure = await failureOf(new CausewayError("authorization-failed", "No", { hint }));
  assertEquals([failure.kind, failure.delivery], ["authorization", "not_sent"]);
  assertEquals([failure.message, failure.hint], ["No", hint]);
});

Deno.test("AuthorizationFailures passes a failed exchange on as it is", async () => {
  const reset = new HttpFailure("reset", "unknown", "gone");
  assertStrictEquals(await failureOf(reset), reset);
});

Deno.test("AuthorizationFailures makes any other error a failed exchange, and does not tell its text", async () => {
  const failure = await failureOf(new TypeError("the secret is s3cr3t"));
  assertEquals([failure.kind, failure.delivery], ["authorization", "unknown"]);
  assertEquals(failure.message, "signing in met an internal error (TypeError)");
});
