import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { startFakeAuthorizationServer } from "../../support/fake_authorization_server/fake_authorization_server.ts";
import type { TokenFault } from "../../support/fake_authorization_server/options.ts";
import { until } from "../../support/until.ts";
import { CausewayError } from "../../../src/errors.ts";
import { HttpFailure } from "../../../src/platform/http_client.ts";
import { initialize, newMachine, post, signedIn, startBridge } from "./bridges.ts";

Deno.test("a token that the server refuses is refreshed, and the very same request repeated", async () => {
  const { server, machine } = await signedIn();
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  const { session = "" } = await initialize(bridge);
  server.expireAccessTokens();
  const reply = await post(bridge, "tools/call", {
    session,
    params: { name: "echo", arguments: { say: "hello" } },
  });
  assertMatch(reply.text, /hello/);
  const [refused, repeated] = server.requestsTo("/mcp").slice(-2);
  assertEquals(refused?.body, repeated?.body);
  assertEquals([server.counters.refreshGrants, machine.browser.tabs.length], [1, 1]);
});

Deno.test("a token is renewed before its known expiry", async () => {
  const { server, machine } = await signedIn({ accessTokenTtl: 600 });
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  await machine.clock.advance(539_000);
  await initialize(bridge);
  assertEquals(server.counters.refreshRequests, 0);
  await machine.clock.advance(2_000);
  await initialize(bridge);
  // One 401 only: that of the first sign-in.
  assertEquals([server.counters.refreshGrants, server.counters.unauthorized], [1, 1]);
});

Deno.test("a token whose expiry nobody told is refreshed on 401 alone", async () => {
  const { server, machine } = await signedIn({ tellsExpiresIn: false });
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  await machine.clock.advance(30 * 86_400_000);
  await initialize(bridge);
  assertEquals(server.counters.refreshRequests, 0);
  server.expireAccessTokens();
  await initialize(bridge);
  assertEquals([server.counters.refreshGrants, machine.browser.tabs.length], [1, 1]);
});

for (const refreshRotation of ["none", "single_use", "family"] as const) {
  Deno.test(`ten bridges refresh once, with refresh token rotation "${refreshRotation}"`, async () => {
    const { server, machine } = await signedIn({ refreshRotation });
    await using _server = server;
    const bridges = Array.from({ length: 10 }, () => startBridge(machine, server.mcpUrl));
    await Promise.all(bridges.map((bridge) => initialize(bridge)));
    server.expireAccessTokens();
    const replies = await Promise.all(
      bridges.flatMap((bridge) => [initialize(bridge), initialize(bridge)]),
    );
    assertEquals(replies.every(({ status }) => status === 200), true);
    const { refreshRequests, refreshGrants, familyRevocations } = server.counters;
    assertEquals([refreshRequests, refreshGrants, familyRevocations], [1, 1, 0]);
    assertEquals(machine.browser.tabs.length, 1);
    for (const bridge of bridges) bridge[Symbol.dispose]();
  });
}

Deno.test("ten bridges renew an expiring token once, before they use it", async () => {
  const { server, machine } = await signedIn({ refreshRotation: "family" });
  await using _server = server;
  await machine.clock.advance(3_580_000);
  const bridges = Array.from({ length: 10 }, () => startBridge(machine, server.mcpUrl));
  await Promise.all(bridges.map((bridge) => initialize(bridge)));
  assertEquals([server.counters.refreshRequests, server.counters.unauthorized], [1, 1]);
  for (const bridge of bridges) bridge[Symbol.dispose]();
});

for (const refreshFault of ["503", "html", "bad_gateway_html", "drop_before"] as TokenFault[]) {
  Deno.test(`a refresh that meets "${refreshFault}" keeps the tokens and opens no tab`, async () => {
    const { server, machine } = await signedIn();
    await using _server = server;
    using bridge = startBridge(machine, server.mcpUrl);
    server.expireAccessTokens();
    server.behave({ refreshFault });
    const before = machine.store.tokens();
    const error = await assertRejects(() => initialize(bridge), CausewayError);
    assertEquals(error.code, "server-unreachable");
    assertMatch(error.message, /cannot be refreshed now: the token endpoint "http:.*\/token"/);
    assertMatch(String(error.hint), /your sign-in is kept/);
    assertEquals([machine.store.tokens(), machine.browser.tabs.length], [before, 1]);
    server.behave({ refreshFault: "none" });
    assertEquals((await initialize(bridge)).status, 200);
    assertEquals(machine.browser.tabs.length, 1);
  });
}

Deno.test("a token that is about to expire is used when it cannot be renewed now", async () => {
  const { server, machine } = await signedIn({ accessTokenTtl: 600, refreshFault: "503" });
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  await machine.clock.advance(550_000);
  assertEquals((await initialize(bridge)).status, 200);
});

Deno.test("a refresh whose answer was lost costs one new sign-in", async () => {
  const { server, machine } = await signedIn({ refreshFault: "drop_after" });
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  server.expireAccessTokens();
  // Whether the first try fails or already leads to the sign-in is up to the HTTP client beneath.
  await initialize(bridge).catch(() => {});
  server.behave({ refreshFault: "none" });
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals(machine.browser.tabs.length, 2);
});

Deno.test("a dead grant ends the grant: one tab, then the request is answered", async () => {
  const { server, machine } = await signedIn();
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  await initialize(bridge);
  server.revokeGrants();
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals([machine.browser.tabs.length, machine.store.tokens().length], [2, 1]);
});

Deno.test("a refreshed token that the server refuses leads to one sign-in, then to an error", async () => {
  const { server, machine } = await signedIn();
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  // From now on the protected resource takes ID tokens only.
  server.behave({ bearer: "id_token" });
  const error = await assertRejects(() => initialize(bridge), CausewayError);
  assertMatch(error.message, /refuses the token that its authorization server has just issued/);
  const { refreshGrants, codeGrants } = server.counters;
  assertEquals([refreshGrants, codeGrants, machine.browser.tabs.length], [1, 2, 2]);
  await assertRejects(() => initialize(bridge), CausewayError);
  assertEquals(machine.browser.tabs.length, 2);
});

Deno.test("a server that moved to another authorization server is signed in to anew there", async () => {
  const { server, machine } = await signedIn();
  await using _server = server;
  await using other = await startFakeAuthorizationServer();
  const [old] = machine.store.clients();
  server.behave({
    refreshFault: "503",
    protectedResourceOverrides: { authorization_servers: [other.issuer] },
  });
  server.expireAccessTokens();
  using bridge = startBridge(machine, server.mcpUrl);
  // The fake resource takes its own authorization server's tokens only.
  await assertRejects(() => initialize(bridge), CausewayError, "has just issued");
  assertEquals([other.counters.registrations, other.counters.codeGrants], [1, 1]);
  const seen = other.requests.map(({ target, body, headers }) =>
    `${target} ${body} ${headers["authorization"]}`
  ).join("\n");
  assertEquals(seen.includes(old?.clientId ?? "none"), false);
  assertEquals(machine.store.tokens().map((tokens) => tokens.authorizationServer.issuer), [
    other.issuer,
  ]);
});

Deno.test("a client of the user is not shown to another authorization server", async () => {
  const client = { clientId: "mine", clientSecret: "hush hush" };
  await using server = await startFakeAuthorizationServer({
    preregistered: [client],
    refreshTokens: "never",
  });
  await using other = await startFakeAuthorizationServer();
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl, { client });
  await initialize(bridge);
  server.behave({ protectedResourceOverrides: { authorization_servers: [other.issuer] } });
  server.revokeGrants();
  const error = await assertRejects(() => initialize(bridge), CausewayError);
  assertMatch(
    error.message,
    /client "mine" was registered at .* now uses the authorization server/,
  );
  assertEquals(other.requests.some(({ target }) => target.includes("mine")), false);
  assertEquals(machine.browser.tabs.length, 1);
});

Deno.test("a wrong secret of the user does not end the grant", async () => {
  const client = { clientId: "mine", clientSecret: "hush hush" };
  await using server = await startFakeAuthorizationServer({ preregistered: [client] });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl, { client });
  await initialize(bridge);
  server.expireAccessTokens();
  using wrong = startBridge(machine, server.mcpUrl, {
    client: { clientId: "mine", clientSecret: "mistyped" },
  });
  const error = await assertRejects(() => initialize(wrong), CausewayError);
  assertMatch(error.message, /invalid_client/);
  assertEquals([machine.store.tokens().length, machine.browser.tabs.length], [1, 1]);
  assertEquals((await initialize(bridge)).status, 200);
});

Deno.test("a request that is cancelled while the user signs in does not disturb the sign-in", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  const gate = Promise.withResolvers<void>();
  machine.browser.act = async (url, browser) => {
    await gate.promise;
    await browser.signIn(url);
  };
  using bridge = startBridge(machine, server.mcpUrl);
  const end = new AbortController();
  const cancelled = initialize(bridge, end.signal);
  const patient = initialize(bridge);
  await until("the tab", () => machine.browser.tabs.length === 1);
  end.abort();
  const failure = await assertRejects(() => cancelled, HttpFailure);
  assertEquals([failure.kind, failure.delivery], ["cancelled", "not_sent"]);
  gate.resolve();
  assertEquals((await patient).status, 200);
  assertEquals(machine.browser.tabs.length, 1);
});

Deno.test("tokens go to the server's origin and to no other", async () => {
  const { server, machine } = await signedIn();
  await using _server = server;
  await using other = await startFakeAuthorizationServer({ anonymous: true });
  using bridge = startBridge(machine, server.mcpUrl);
  await initialize(bridge);
  const body = new TextEncoder().encode('{"jsonrpc":"2.0","id":1,"method":"ping"}');
  const reply = await bridge.http.exchange({
    method: "POST",
    url: new URL(other.mcpUrl),
    headers: [["content-type", "application/json"]],
    body,
  });
  reply.body.cancel();
  assertEquals(other.requests.map(({ headers }) => headers["authorization"]), [undefined]);
});

Deno.test("a request with an Authorization field of its own passes untouched", async () => {
  const { server, machine } = await signedIn();
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  const reply = await bridge.http.exchange({
    method: "POST",
    url: new URL(server.mcpUrl),
    headers: [["Authorization", "Bearer mine"], ["content-type", "application/json"]],
    body: new TextEncoder().encode("{}"),
  });
  reply.body.cancel();
  assertEquals([reply.status, machine.browser.tabs.length], [401, 1]);
  assertEquals(server.requestsTo("/mcp").at(-1)?.headers["authorization"], "Bearer mine");
});

Deno.test("two profiles hold two grants", async () => {
  const { server, machine } = await signedIn();
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl, { profile: "work" });
  await initialize(bridge);
  assertEquals([machine.browser.tabs.length, machine.store.tokens().length], [2, 2]);
  const [one, two] = machine.store.tokens();
  assertNotEquals(one?.accessToken, two?.accessToken);
});

Deno.test("a bridge that ends lets a refresh under way come to its end", async () => {
  const { server, machine } = await signedIn({ refreshRotation: "family" });
  await using _server = server;
  const bridge = startBridge(machine, server.mcpUrl);
  server.expireAccessTokens();
  const release = server.holdRefreshes();
  const waiting = initialize(bridge).catch((error) => error.kind);
  await until("the refresh", () => server.counters.refreshRequests === 1);
  const before = machine.store.tokens();
  const ended = bridge.tokens.close();
  release("served");
  await ended;
  assertNotEquals(machine.store.tokens(), before);
  assertEquals(server.counters.refreshGrants, 1);
  bridge[Symbol.dispose]();
  await waiting;
});

Deno.test("tokens that cannot be stored serve the bridge that has them, and are stored when they can", async () => {
  const { server, machine } = await signedIn({ refreshRotation: "family" });
  await using _server = server;
  using bridge = startBridge(machine, server.mcpUrl);
  const before = machine.store.tokens();
  machine.store.beforeTokensAreWritten = () => {
    throw new CausewayError("local-file", "Cannot write: disk full");
  };
  for (let refreshes = 1; refreshes <= 3; refreshes++) {
    server.expireAccessTokens();
    assertEquals((await initialize(bridge)).status, 200);
    assertEquals(server.counters.refreshGrants, refreshes);
  }
  assertEquals(machine.store.tokens(), before);
  machine.store.beforeTokensAreWritten = () => {};
  server.expireAccessTokens();
  assertEquals((await initialize(bridge)).status, 200);
  using other = startBridge(machine, server.mcpUrl);
  assertEquals((await initialize(other)).status, 200);
  assertEquals([server.counters.refreshGrants, machine.browser.tabs.length], [4, 1]);
});
