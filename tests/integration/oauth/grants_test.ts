import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { startFakeAuthorizationServer } from "../../support/fake_authorization_server/fake_authorization_server.ts";
import { until } from "../../support/until.ts";
import { CausewayError } from "../../../src/errors.ts";
import { readAssertionKey, signAssertion } from "../../../src/oauth/client_assertion.ts";
import { signOut } from "../../../src/oauth/sign_out.ts";
import { SYSTEM_CLOCK } from "../../../src/platform/system_clock.ts";
import {
  initialize,
  type Machine,
  newMachine,
  post,
  startBridge,
  type TestBridge,
} from "./bridges.ts";

async function callTool(bridge: TestBridge, name: string): Promise<number> {
  const { session = "" } = await initialize(bridge);
  return (await post(bridge, "tools/call", { session, params: { name } })).status;
}

function scopes(machine: Machine): (string | null)[] {
  return machine.browser.tabs.map((tab) => new URL(tab).searchParams.get("scope"));
}

Deno.test("a step-up asks for the union of scopes and answers the call", async () => {
  await using server = await startFakeAuthorizationServer({
    challengeScope: "basic",
    toolScopes: { write: "files:write" },
    scopesSupported: ["profile"],
  });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  assertEquals(await callTool(bridge, "write"), 200);
  assertEquals(scopes(machine), ["basic", "basic files:write"]);
  assertEquals(machine.store.tokens()[0]?.requestedScope, "basic files:write");
});

Deno.test("a step-up that is never satisfied ends with the server's answer", async () => {
  await using server = await startFakeAuthorizationServer({
    challengeScope: "basic",
    toolScopes: { write: "files:write" },
    stepUp: "stuck",
  });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  assertEquals(await callTool(bridge, "write"), 403);
  assertEquals(machine.browser.tabs.length, 2);
  assertEquals(await callTool(bridge, "write"), 403);
  assertEquals(machine.browser.tabs.length, 2);
});

Deno.test("a client registers the scope that it asks for, and anew when a step-up asks for more", async () => {
  await using server = await startFakeAuthorizationServer({
    challengeScope: "basic",
    toolScopes: { write: "files:write" },
    registeredScope: "ceiling",
  });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  assertEquals(await callTool(bridge, "write"), 200);
  assertEquals(scopes(machine), ["basic", "basic files:write"]);
  const registered = server.requestsTo("/register").map(({ body }) => JSON.parse(body).scope);
  assertEquals(registered, ["basic", "basic files:write"]);
});

Deno.test("a client registers anew when only its user hears that a step-up asks for more", async () => {
  await using server = await startFakeAuthorizationServer({
    challengeScope: "basic",
    toolScopes: { write: "files:write" },
    registeredScope: "ceiling_of_user",
  });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  assertEquals(await callTool(bridge, "write"), 200);
  assertEquals(scopes(machine), ["basic", "basic files:write", "basic files:write"]);
  assertEquals(server.counters.registrations, 2);
});

Deno.test("a client that registered for less asks for less before it registers anew", async () => {
  await using server = await startFakeAuthorizationServer({
    scopesSupported: ["a", "b"],
    refreshTokens: "never",
    registeredScope: "ceiling_of_user",
  });
  const machine = newMachine();
  using narrow = startBridge(machine, server.mcpUrl, { scope: "a" });
  assertEquals(await callTool(narrow, "whoami"), 200);
  server.expireAccessTokens();
  using wide = startBridge(machine, server.mcpUrl);
  assertEquals(await callTool(wide, "whoami"), 200);
  assertEquals(scopes(machine), ["a", "a b", null]);
  assertEquals(server.counters.registrations, 1);
});

Deno.test("a client is registered without the scope where that is refused", async () => {
  await using server = await startFakeAuthorizationServer({
    challengeScope: "basic",
    registeredScope: "refused",
  });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  assertEquals(await callTool(bridge, "whoami"), 200);
  assertEquals(scopes(machine), ["basic"]);
  assertEquals(server.counters.registrations, 1);
});

Deno.test("another bridge's step-up serves this one", async () => {
  await using server = await startFakeAuthorizationServer({
    challengeScope: "basic",
    toolScopes: { write: "files:write" },
  });
  const machine = newMachine();
  using one = startBridge(machine, server.mcpUrl);
  using two = startBridge(machine, server.mcpUrl);
  await initialize(one);
  await initialize(two);
  assertEquals(await callTool(one, "write"), 200);
  assertEquals(await callTool(two, "write"), 200);
  assertEquals(machine.browser.tabs.length, 2);
});

Deno.test("offline_access is asked for where it is advertised, with consent", async () => {
  await using server = await startFakeAuthorizationServer({
    challengeScope: "basic",
    refreshTokens: "offline_access",
    metadataOverrides: { scopes_supported: ["basic", "offline_access"] },
  });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  await initialize(bridge);
  assertEquals(scopes(machine), ["basic offline_access"]);
  assertEquals(new URL(machine.browser.tabs[0] ?? "").searchParams.get("prompt"), "consent");
  assertEquals(typeof machine.store.tokens()[0]?.refreshToken, "string");
});

Deno.test("five cold starts open one tab", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  const bridges = Array.from({ length: 5 }, () => startBridge(machine, server.mcpUrl));
  const replies = await Promise.all(bridges.map((bridge) => initialize(bridge)));
  assertEquals(replies.map(({ status }) => status), [200, 200, 200, 200, 200]);
  assertEquals([machine.browser.tabs.length, server.counters.registrations], [1, 1]);
  for (const bridge of bridges) bridge[Symbol.dispose]();
});

Deno.test("five bridges whose user says no ask once", async () => {
  await using server = await startFakeAuthorizationServer({ authorizePage: "deny" });
  const machine = newMachine();
  machine.browser.act = async (url, browser) => {
    // All others wait behind the first when it fails, and have waited a while.
    await until("the other bridges", () => machine.lock.busy === 5);
    await machine.clock.advance(10_000);
    await browser.signIn(url);
  };
  const bridges = Array.from({ length: 5 }, () => startBridge(machine, server.mcpUrl));
  const replies = await Promise.allSettled(bridges.map((bridge) => initialize(bridge)));
  assertEquals(replies.map(({ status }) => status), Array.from({ length: 5 }, () => "rejected"));
  assertEquals(machine.browser.tabs.length, 1);
  for (const bridge of bridges) bridge[Symbol.dispose]();
});

Deno.test("what another program stored is taken over without a tab", async () => {
  await using server = await startFakeAuthorizationServer();
  const elsewhere = newMachine();
  using before = startBridge(elsewhere, server.mcpUrl);
  await initialize(before);
  const [tokens] = elsewhere.store.tokens();
  const [client] = elsewhere.store.clients();
  server.expireAccessTokens();
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl, {}, {
    foreign: {
      read: () =>
        Promise.resolve({
          accessToken: tokens?.accessToken ?? "",
          refreshToken: tokens?.refreshToken ?? "",
          clientId: client?.clientId ?? "",
          redirectUri: client?.redirectUri ?? "",
        }),
    },
  });
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals([machine.browser.tabs.length, server.counters.refreshGrants], [0, 1]);
});

Deno.test("the device grant shows a code and waits for the user", async () => {
  await using server = await startFakeAuthorizationServer({ deviceFlow: true });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl, { method: "device" });
  const answered = initialize(bridge);
  await until("the code", () => bridge.presenter.prompts.length === 1);
  await machine.clock.advance(3_000);
  await until("a poll", () => server.counters.devicePolls > 0);
  server.decideDevice("approved");
  await untilSettled(answered, machine);
  assertEquals((await answered).status, 200);
  const [prompt] = bridge.presenter.prompts;
  assertEquals(prompt?.kind, "device");
  assertEquals([machine.browser.tabs.length, bridge.presenter.waiting], [0, 0]);
  server.expireAccessTokens();
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals(server.counters.refreshGrants, 1);
});

Deno.test("the device grant says so when the user refuses", async () => {
  await using server = await startFakeAuthorizationServer({ deviceFlow: true });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl, { method: "device_if_offered" });
  const answered = initialize(bridge).catch((error) => error);
  await until("the code", () => bridge.presenter.prompts.length === 1);
  server.decideDevice("denied");
  await untilSettled(answered, machine);
  assertMatch(String(await answered), /the sign-in was refused/);
});

Deno.test("without a device endpoint, device_if_offered takes the browser", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl, { method: "device_if_offered" });
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals(machine.browser.tabs.length, 1);
});

/** Lets time pass until the promise is settled. */
async function untilSettled(promise: Promise<unknown>, machine: Machine): Promise<void> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  await until("the end of the polls", async () => {
    await machine.clock.advance(500);
    return settled;
  });
}

const CLIENT = { clientId: "robot", clientSecret: "hush hush" };

for (const method of ["client_secret_basic", "client_secret_post"]) {
  Deno.test(`client credentials work with ${method}, and are asked for again when they expire`, async () => {
    await using server = await startFakeAuthorizationServer({
      clientCredentials: true,
      preregistered: [CLIENT],
      tokenEndpointAuthMethods: [method],
      challengeScope: "a",
    });
    const machine = newMachine();
    using bridge = startBridge(machine, server.mcpUrl, {
      method: "client_credentials",
      client: CLIENT,
    });
    await initialize(bridge);
    server.expireAccessTokens();
    assertEquals((await initialize(bridge)).status, 200);
    assertEquals([server.counters.clientCredentialsGrants, machine.browser.tabs.length], [2, 0]);
    const body = server.requestsTo("/token")[0]?.body ?? "";
    assertEquals(new URLSearchParams(body).get("scope"), "a");
  });
}

Deno.test("client credentials work with a private key", async () => {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  const publicKey = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const key = await readAssertionKey(
    JSON.stringify(await crypto.subtle.exportKey("jwk", pair.privateKey)),
  );
  await using server = await startFakeAuthorizationServer({
    clientCredentials: true,
    preregistered: [{ clientId: "robot", publicKey }],
    tokenEndpointAuthMethods: ["private_key_jwt"],
  });
  const assertion = (audience: string) =>
    signAssertion(key, { clientId: "robot", audience, now: SYSTEM_CLOCK.wallTime() });
  using bridge = startBridge(newMachine(), server.mcpUrl, {
    method: "client_credentials",
    client: { clientId: "robot", assertion },
  });
  assertEquals((await initialize(bridge)).status, 200);
});

Deno.test("client credentials with a token endpoint discover nothing", async () => {
  await using server = await startFakeAuthorizationServer({
    clientCredentials: true,
    preregistered: [CLIENT],
    authorizationServerMetadata: "none",
    protectedResourceMetadata: "none",
    challenge: "none",
  });
  using bridge = startBridge(newMachine(), server.mcpUrl, {
    method: "client_credentials",
    client: CLIENT,
    tokenEndpoint: `${server.authorizationOrigin}/token`,
  });
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals(server.requests.map(({ path }) => path), ["/mcp", "/token", "/mcp"]);
});

Deno.test("client credentials that are wrong say so, without the secret", async () => {
  await using server = await startFakeAuthorizationServer({
    clientCredentials: true,
    preregistered: [CLIENT],
  });
  using bridge = startBridge(newMachine(), server.mcpUrl, {
    method: "client_credentials",
    client: { clientId: "robot", clientSecret: "mistyped" },
  });
  const error = await assertRejects(() => initialize(bridge), CausewayError);
  assertMatch(error.message, /invalid_client/);
  assertEquals(`${error.message}${error.hint}`.includes("mistyped"), false);
});

Deno.test("the ID token is sent when it is wanted", async () => {
  await using server = await startFakeAuthorizationServer({ idToken: "jwt", bearer: "id_token" });
  using bridge = startBridge(newMachine(), server.mcpUrl, { useIdToken: true, scope: "openid" });
  assertEquals((await initialize(bridge)).status, 200);
});

Deno.test("signOut() revokes the tokens and forgets them", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  await initialize(bridge);
  assertEquals(await signOut(bridge.settings, bridge.ports), { kind: "revoked" });
  assertEquals([machine.store.tokens(), await machine.store.servers()], [[], []]);
  assertEquals(server.counters.revocations > 0, true);
  assertEquals(await signOut(bridge.settings, bridge.ports), { kind: "not_signed_in" });
});

Deno.test("signOut() forgets the tokens also where nothing can be revoked", async () => {
  await using server = await startFakeAuthorizationServer({ revocation: false });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  await initialize(bridge);
  assertEquals((await signOut(bridge.settings, bridge.ports)).kind, "unsupported");
  assertEquals(machine.store.tokens(), []);
});

Deno.test("TokenSource.signIn() signs in anew, whatever is stored", async () => {
  await using server = await startFakeAuthorizationServer({ protectedResourceMetadata: "path" });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  await bridge.tokens.signIn();
  await bridge.tokens.signIn();
  assertEquals([server.counters.codeGrants, server.counters.mcpRequests], [2, 0]);
});

Deno.test("the user's header fields go to their own origin alone", async () => {
  await using server = await startFakeAuthorizationServer({ origins: "separate" });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl, {}, {
    headersFor: (url) => url.origin === server.resourceOrigin ? [["x-key", "CANARY"]] : [],
  });
  await initialize(bridge);
  const saw = (origin: string) =>
    server.requests.filter((request) => request.origin === origin && "x-key" in request.headers)
      .length;
  assertEquals([saw(server.authorizationOrigin), saw(server.resourceOrigin)], [0, 1]);
});

Deno.test("a 401 about an unknown session is left to the transport", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("unknown session", { status: 401 }),
  );
  const machine = newMachine();
  using bridge = startBridge(machine, `http://127.0.0.1:${server.addr.port}/mcp`);
  const reply = await post(bridge, "tools/list", { session: "gone" });
  assertEquals([reply.status, reply.text], [401, "unknown session"]);
  assertEquals(bridge.loaded, false);
});

Deno.test("a 401 that asks for Basic is passed on", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("no", { status: 401, headers: { "www-authenticate": 'Basic realm="r"' } }),
  );
  const machine = newMachine();
  using bridge = startBridge(machine, `http://127.0.0.1:${server.addr.port}/mcp`);
  assertEquals((await initialize(bridge)).status, 401);
  assertEquals(machine.browser.tabs, []);
});
