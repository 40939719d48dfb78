import { assertEquals, assertRejects } from "@std/assert";
import { HttpFailure, type HttpRequest } from "../../../src/platform/http_client.ts";
import { openSystemHttpClient } from "../../../src/platform/system_http_client.ts";
import { clientOptions } from "../../support/http_client_options.ts";

/** A request that has to wait until the client for it is loaded; nothing listens there. */
function request(signal?: AbortSignal): HttpRequest {
  return {
    method: "GET",
    url: new URL("https://127.0.0.1:1/mcp"),
    headers: [],
    ...(signal === undefined ? {} : { signal }),
  };
}

Deno.test("openSystemHttpClient() sends nothing when it is closed while it loads the fetch client", async () => {
  const client = openSystemHttpClient(clientOptions());
  const reply = client.exchange(request());
  client.close();
  const failure = await assertRejects(() => reply, HttpFailure);
  assertEquals(failure.kind, "cancelled");
});

Deno.test("openSystemHttpClient() sends nothing when the request is cancelled while it loads the fetch client", async () => {
  const client = openSystemHttpClient(clientOptions());
  const abort = new AbortController();
  const reply = client.exchange(request(abort.signal));
  abort.abort();
  const failure = await assertRejects(() => reply, HttpFailure);
  assertEquals([failure.kind, failure.delivery], ["cancelled", "not_sent"]);
  client.close();
});
