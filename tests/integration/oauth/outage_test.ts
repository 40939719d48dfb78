import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { startFakeAuthorizationServer } from "../../support/fake_authorization_server/fake_authorization_server.ts";
import type { TokenFault } from "../../support/fake_authorization_server/options.ts";
import { untilPassing } from "../../support/fake_clock.ts";
import { until } from "../../support/until.ts";
import { CausewayError } from "../../../src/errors.ts";
import {
  HttpFailure,
  type HttpReply,
  type HttpRequest,
} from "../../../src/platform/http_client.ts";
import { FetchClient } from "./doubles.ts";
import { initialize, newMachine, signedIn, startBridge } from "./bridges.ts";

Deno.test("a refresh that hangs is given up after fifteen seconds, and the tokens are kept", async () => {
  const { server, machine } = await signedIn();
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  server.expireAccessTokens();
  server.behave({ refreshFault: "hang" });
  const before = machine.store.tokens();
  let settled = false;
  const failing = assertRejects(() => initialize(bridge), CausewayError).finally(() => {
    settled = true;
  });
  await until("the refresh", () => server.counters.refreshRequests === 1);
  await machine.clock.advance(14_999);
  assertEquals(settled, false);
  await machine.clock.advance(1);
  const error = await failing;
  assertMatch(error.message, /\/token" answered nothing within 15 seconds/);
  assertEquals(error.code, "server-unreachable");
  assertEquals([machine.store.tokens(), machine.browser.tabs.length], [before, 1]);
});

Deno.test("requests whose token has expired wait once for a refresh that hangs", async () => {
  const { server, machine } = await signedIn({ accessTokenTtl: 600 });
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  await machine.clock.advance(600_000);
  server.expireAccessTokens();
  server.behave({ refreshFault: "hang" });
  const failing = Promise.all([1, 2, 3].map(() => assertRejects(() => initialize(bridge))));
  await until("the refresh", () => server.counters.refreshRequests === 1);
  await machine.clock.advance(15_000);
  await failing;
  assertEquals(server.counters.refreshRequests, 1);
  await machine.clock.advance(5_000);
  server.behave({ refreshFault: "none" });
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals(machine.browser.tabs.length, 1);
});

Deno.test("a request that may not ask the user opens no tab when the grant is dead", async () => {
  const { server, machine } = await signedIn();
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  server.revokeGrants();
  const { url, headers } = { url: new URL(server.mcpUrl), headers: [] };
  const reply = await bridge.http.exchange({ method: "GET", url, headers, mayAskUser: false });
  reply.body.cancel();
  assertEquals([reply.status, machine.browser.tabs.length], [401, 1]);
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals(machine.browser.tabs.length, 2);
});

for (const codeFault of ["503", "html"] as TokenFault[]) {
  Deno.test(`a code that meets "${codeFault}" opens one tab, however often it is tried`, async () => {
    await using server = await startFakeAuthorizationServer({ codeFault });
    const machine = newMachine();
    using bridge = startBridge(machine, server.mcpUrl);
    let failed = false;
    const failing = assertRejects(() => initialize(bridge), CausewayError).finally(() => {
      failed = true;
    });
    await untilPassing(machine.clock, "the end of the attempts", () => failed);
    const error = await failing;
    await machine.browser.idle();
    assertEquals([error.code, server.requestsTo("/token").length], ["authorization-failed", 3]);
    assertMatch(error.message, /the token endpoint "http:.*\/token" answered /);
    assertMatch(String(error.hint), /sign in again in a moment/);
    await assertRejects(() => initialize(bridge), CausewayError);
    assertEquals(machine.browser.tabs.length, 1);
  });
}

Deno.test("a store that cannot be written opens one tab, however often it is tried", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  machine.store.beforeTokensAreWritten = () => {
    throw new CausewayError("local-file", "Cannot write: disk full");
  };
  await assertRejects(() => initialize(bridge), CausewayError, "disk full");
  await machine.browser.idle();
  await assertRejects(() => initialize(bridge), CausewayError, "disk full");
  assertEquals(machine.browser.tabs.length, 1);
});

Deno.test("a user who wants another attempt gets it at once", async () => {
  await using server = await startFakeAuthorizationServer({ authorizePage: "deny" });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  const refusal = {
    status: 401,
    bearer: undefined,
    challenges: [],
    text: "",
    after: undefined,
    mayAskUser: true,
  } as const;
  server.behave({ protectedResourceMetadata: "path" });
  await assertRejects(() => bridge.tokens.renew(refusal), CausewayError, "access_denied");
  server.behave({ authorizePage: "approve" });
  await assertRejects(() => bridge.tokens.renew(refusal), CausewayError, "access_denied");
  assertEquals((await bridge.tokens.renew({ ...refusal, wanted: true })).kind, "renewed");
  await machine.browser.idle();
  assertEquals(machine.browser.tabs.length, 2);
});

/** Cuts the connection of the first refresh: before the server has it, or when it has answered. */
class CutOnce extends FetchClient {
  readonly #when: "before" | "after";
  #done = false;

  constructor(when: "before" | "after") {
    super();
    this.#when = when;
  }

  override async exchange(request: HttpRequest): Promise<HttpReply> {
    const body = new TextDecoder().decode(request.body);
    if (this.#done || !body.includes("grant_type=refresh_token")) {
      return await super.exchange(request);
    }
    this.#done = true;
    if (this.#when === "after") (await super.exchange(request)).body.cancel();
    throw new HttpFailure("reset", "unknown", "the connection was reset");
  }
}

for (
  const [when, refreshRotation] of [["before", "family"], ["after", "none"]] as const
) {
  Deno.test(`a refresh that is cut ${when} the server has answered is tried once more at once`, async () => {
    const { server, machine } = await signedIn({ refreshRotation });
    await using _server = server;
    using bridge = startBridge(machine, server.mcpUrl, {}, { http: new CutOnce(when) });
    server.expireAccessTokens();
    assertEquals((await initialize(bridge)).status, 200);
    assertEquals([server.counters.authorizations, machine.browser.tabs.length], [1, 1]);
  });
}

/** Its metadata never comes to its end, though there is never silence for long either. */
class Dripping extends FetchClient {
  override async exchange(request: HttpRequest): Promise<HttpReply> {
    const reply = await super.exchange(request);
    if (!request.url.pathname.startsWith("/.well-known/")) return reply;
    const bytes = () => {
      return new Promise<never>((_, reject) => {
        const cancelled = new HttpFailure("cancelled", "unknown", "the signal was aborted");
        request.signal?.addEventListener("abort", () => reject(cancelled));
      });
    };
    reply.body.cancel();
    return { ...reply, body: { bytes, read: bytes, cancel: () => {} } };
  }
}

Deno.test("metadata that drips is given up after fifteen seconds in all", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl, {}, { http: new Dripping() });
  let error: Error | undefined;
  const failing = initialize(bridge).catch((thrown) => error = thrown);
  await untilPassing(machine.clock, "the end", () => error !== undefined);
  await failing;
  assertMatch(`${error?.message}`, /cannot be had \(http.*: body timeout\)/);
  assertEquals([(error as CausewayError).code, machine.browser.tabs.length], [
    "server-unreachable",
    0,
  ]);
});
