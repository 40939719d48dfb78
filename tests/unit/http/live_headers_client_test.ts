import { assertEquals, assertRejects } from "@std/assert";
import { CausewayError } from "../../../src/errors.ts";
import { LiveHeadersClient, type RenewableHeaders } from "../../../src/http/live_headers_client.ts";
import {
  type HttpClient,
  HttpFailure,
  type HttpReply,
  type HttpRequest,
} from "../../../src/platform/http_client.ts";

const SERVER = new URL("https://server.example/mcp");

/** A client that answers with these statuses in turn, and remembers what happens. */
class ScriptedClient implements HttpClient {
  readonly events: string[] = [];
  readonly requests: HttpRequest[] = [];
  readonly #statuses: number[];

  constructor(...statuses: number[]) {
    this.#statuses = statuses;
  }

  exchange(request: HttpRequest): Promise<HttpReply> {
    this.requests.push(request);
    const status = this.#statuses.shift() ?? 0;
    this.events.push(`sent: ${status}`);
    return Promise.resolve({
      status,
      headers: { get: () => undefined, all: () => [] },
      body: {
        read: () => Promise.resolve(undefined),
        bytes: () => Promise.resolve(new Uint8Array()),
        cancel: () => void this.events.push(`dropped: ${status}`),
      },
    });
  }

  dropIdleConnections(): void {
    this.events.push("idle dropped");
  }

  close(): void {
    this.events.push("closed");
  }
}

function headers(
  client: ScriptedClient,
  acts: { readonly refresh?: () => Promise<void>; readonly renew?: () => Promise<boolean> } = {},
): RenewableHeaders {
  return {
    version: 7,
    refresh: () => {
      client.events.push("refresh");
      return acts.refresh?.() ?? Promise.resolve();
    },
    renew: (refused) => {
      client.events.push(`renew ${refused}`);
      return acts.renew?.() ?? Promise.resolve(true);
    },
  };
}

function request(url = SERVER, signal?: AbortSignal): HttpRequest {
  const base = { method: "POST" as const, url, headers: [], body: new Uint8Array([1]) };
  return signal === undefined ? base : { ...base, signal };
}

for (const status of [200, 403, 404, 503]) {
  Deno.test(`LiveHeadersClient brings headers up to date and hands on a ${status}`, async () => {
    const inner = new ScriptedClient(status);
    const client = new LiveHeadersClient(inner, headers(inner), SERVER);
    assertEquals((await client.exchange(request())).status, status);
    assertEquals(inner.events, ["refresh", `sent: ${status}`]);
  });
}

for (const second of [200, 401]) {
  Deno.test(`LiveHeadersClient repeats the very same request once after a 401 (then ${second})`, async () => {
    const inner = new ScriptedClient(401, second);
    const client = new LiveHeadersClient(inner, headers(inner), SERVER);
    const asked = request();
    assertEquals((await client.exchange(asked)).status, second);
    assertEquals(inner.events, [
      "refresh",
      "sent: 401",
      "renew 7",
      "dropped: 401",
      `sent: ${second}`,
    ]);
    assertEquals(inner.requests.every((sent) => sent === asked), true);
  });
}

Deno.test("LiveHeadersClient hands on a 401 that no other value could mend", async () => {
  const inner = new ScriptedClient(401);
  const client = new LiveHeadersClient(
    inner,
    headers(inner, { renew: () => Promise.resolve(false) }),
    SERVER,
  );
  assertEquals((await client.exchange(request())).status, 401);
  assertEquals(inner.events, ["refresh", "sent: 401", "renew 7"]);
});

Deno.test("LiveHeadersClient leaves requests to other origins alone", async () => {
  const inner = new ScriptedClient(401);
  const client = new LiveHeadersClient(inner, headers(inner), SERVER);
  await client.exchange(request(new URL("https://other.example/mcp")));
  await client.exchange(request(new URL("https://server.example:8443/mcp")));
  assertEquals(inner.events, ["sent: 401", "sent: 0"]);
});

const FAILURE = new CausewayError("authorization-failed", "no value", { hint: "do this" });

Deno.test("LiveHeadersClient sends nothing without a value, and says why", async () => {
  const inner = new ScriptedClient();
  const refresh = () => Promise.reject(FAILURE);
  const client = new LiveHeadersClient(inner, headers(inner, { refresh }), SERVER);
  const failure = await assertRejects(() => client.exchange(request()), HttpFailure);
  assertEquals(
    [failure.kind, failure.delivery, failure.message, failure.hint, failure.cause],
    ["authorization", "not_sent", "no value", "do this", FAILURE],
  );
  assertEquals(inner.events, ["refresh"]);
});

Deno.test("LiveHeadersClient says why a refused value could not be replaced", async () => {
  const inner = new ScriptedClient(401);
  const renew = () => Promise.reject(FAILURE);
  const client = new LiveHeadersClient(inner, headers(inner, { renew }), SERVER);
  const failure = await assertRejects(() => client.exchange(request()), HttpFailure);
  assertEquals([failure.kind, failure.cause], ["authorization", FAILURE]);
  assertEquals(inner.events, ["refresh", "sent: 401", "renew 7", "dropped: 401"]);
});

Deno.test("LiveHeadersClient does not hide a bug behind a failure of HTTP", async () => {
  const inner = new ScriptedClient();
  const refresh = () => Promise.reject(new TypeError("bug"));
  const client = new LiveHeadersClient(inner, headers(inner, { refresh }), SERVER);
  await assertRejects(() => client.exchange(request()), TypeError, "bug");
});

for (const when of ["before", "while"] as const) {
  Deno.test(`LiveHeadersClient gives up a request that is cancelled ${when} its value is made`, async () => {
    const inner = new ScriptedClient();
    const aborting = new AbortController();
    if (when === "before") aborting.abort();
    const refresh = () => new Promise<void>(() => {});
    const client = new LiveHeadersClient(inner, headers(inner, { refresh }), SERVER);
    const exchange = client.exchange(request(SERVER, aborting.signal));
    aborting.abort();
    const failure = await assertRejects(() => exchange, HttpFailure);
    assertEquals([failure.kind, failure.delivery], ["cancelled", "not_sent"]);
    assertEquals(inner.events, ["refresh"]);
  });
}

Deno.test("LiveHeadersClient drops and closes what is within", () => {
  const inner = new ScriptedClient();
  const client = new LiveHeadersClient(inner, headers(inner), SERVER);
  client.dropIdleConnections();
  client.close();
  assertEquals(inner.events, ["idle dropped", "closed"]);
});
