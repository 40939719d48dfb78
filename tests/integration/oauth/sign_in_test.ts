import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type FakeAuthorizationOptions } from "../../support/fake_authorization_server/options.ts";
import { startFakeAuthorizationServer } from "../../support/fake_authorization_server/fake_authorization_server.ts";
import { CausewayError } from "../../../src/errors.ts";
import type { SignInSettings } from "../../../src/oauth/sign_in.ts";
import { until } from "../../support/until.ts";
import { initialize, newMachine, startBridge } from "./bridges.ts";

type Options = Partial<FakeAuthorizationOptions>;

const WORKING: readonly (readonly [string, Options, Partial<SignInSettings>?])[] = [
  ["the plainest server", {}],
  ["an authorization server elsewhere", { origins: "separate" }],
  ["an issuer with a path", { origins: "separate", issuerPath: "/tenant" }],
  ["metadata at the path", { protectedResourceMetadata: "path", challenge: "none" }],
  ["metadata at the root", { protectedResourceMetadata: "root", challenge: "none" }],
  ["several challenges in odd case", { challenge: "several" }],
  ["OpenID metadata, appended", {
    issuerPath: "/tenant",
    authorizationServerMetadata: "oidc_appended",
  }],
  ["OpenID metadata, inserted", {
    issuerPath: "/tenant",
    authorizationServerMetadata: "oidc_inserted",
  }],
  ["OpenID metadata without a path", { authorizationServerMetadata: "oidc_appended" }],
  ["web pages for unknown paths", {
    htmlForUnknownPaths: true,
    protectedResourceMetadata: "root",
    challenge: "none",
  }],
  ["no protected resource metadata (2025-03-26)", {
    protectedResourceMetadata: "none",
    challenge: "none",
  }],
  ["no metadata at all (2025-03-26)", {
    protectedResourceMetadata: "none",
    challenge: "none",
    authorizationServerMetadata: "none",
  }],
  ["no metadata of the authorization server", { authorizationServerMetadata: "none" }],
  ["a server URL with a query", { mcpQuery: "?key=abc", protectedResourceMetadata: "path" }],
  ["a consent page", { authorizePage: "consent" }],
  ["iss, promised and right", { issInResponse: "right" }],
  ["a server that demands an application type", { demandsApplicationType: true }],
  ["no unknown authorization parameters", { refusesUnknownAuthorizeParameters: true }],
  ["a resource compared byte for byte", { resourceParameter: "byte_equal" }],
  ["a required resource", { resourceParameter: "required" }],
  ["a resource that is refused at authorization", {
    resourceParameter: "refused_at_authorization",
  }],
  ["a resource that is refused at the token endpoint", { resourceParameter: "refused_at_token" }],
  ["Entra", { resourceParameter: "entra" }],
  ["Basic only", { tokenEndpointAuthMethods: ["client_secret_basic"] }],
  ["Basic and the client's id in the form (the Python SDK)", {
    tokenEndpointAuthMethods: ["client_secret_basic"],
    clientIdBesideBasic: "demanded",
  }],
  ["Basic, and the client's id nowhere else (Okta)", {
    tokenEndpointAuthMethods: ["client_secret_basic"],
    clientIdBesideBasic: "refused",
  }],
  ["posted secrets only", { tokenEndpointAuthMethods: ["client_secret_post"] }],
  ["a registered method that is not listed", {
    tokenEndpointAuthMethods: ["client_secret_post"],
    registeredAuthMethod: "client_secret_basic",
  }],
  ["form-encoded tokens", { tokenAnswer: "form" }],
  ["no expiry told", { tellsExpiresIn: false }],
  ["no refresh tokens", { refreshTokens: "never" }],
  ["scopes", { challengeScope: "a b" }],
  ["a client metadata document", { clientIdMetadataDocument: true, registration: "off" }, {
    clientMetadataUrl: "https://client.example.com/causeway.json",
  }],
  ["a client of the user", {
    registration: "off",
    tokenEndpointAuthMethods: ["client_secret_basic"],
    preregistered: [{ clientId: "mine", clientSecret: "hush hush" }],
  }, { client: { clientId: "mine", clientSecret: "hush hush" } }],
  ["resource left away by the user", { resourceParameter: "entra" }, { omitResource: true }],
];

for (const [what, options, settings] of WORKING) {
  Deno.test(`a sign-in works with ${what}`, async () => {
    await using server = await startFakeAuthorizationServer(options);
    const machine = newMachine();
    using bridge = startBridge(machine, server.mcpUrl, settings);
    const reply = await initialize(bridge);
    await machine.browser.idle();
    assertEquals([reply.status, server.counters.codeGrants], [200, 1]);
    assertEquals(machine.receiver.pages.at(-1), "success");
    assertEquals(machine.browser.tabs.length <= 2 && machine.receiver.strays, 0);
    assertEquals(bridge.presenter.waiting, 0);
    assertEquals([machine.store.tokens().length, machine.store.pending().length], [1, 0]);

    // What was learned is remembered: the next start needs one request, and no new sign-in.
    const before = server.requests.length;
    using second = startBridge(machine, server.mcpUrl, settings);
    assertEquals((await initialize(second)).status, 200);
    assertEquals(server.requests.length - before, 1);
  });
}

const FAILING: readonly (readonly [
  string,
  Options,
  RegExp,
  { readonly settings?: Partial<SignInSettings>; readonly tabs?: number }?,
])[] = [
  ["metadata of another issuer", { issuerInMetadata: "wrong" }, /RFC 8414 section 3\.3/],
  ["no PKCE", { codeChallengeMethods: undefined }, /PKCE with S256/],
  ["plain PKCE only", { codeChallengeMethods: ["plain"] }, /PKCE with S256/],
  [
    "a resource of another origin",
    { publishedResource: "https://evil.example.com/mcp" },
    /metadata is for "https:\/\/evil\.example\.com\/mcp"/,
  ],
  [
    "a token endpoint on a link-local address",
    { metadataOverrides: { token_endpoint: "https://169.254.169.254/token" } },
    /token_endpoint .* refused: it leads to a link-local address/,
  ],
  [
    "an authorization endpoint that is a script",
    { metadataOverrides: { authorization_endpoint: "javascript:alert(1)" } },
    /authorization_endpoint .* refused/,
  ],
  [
    "a token endpoint over plain http",
    { metadataOverrides: { token_endpoint: "http://as.example.com/token" } },
    /plain http/,
  ],
  [
    "metadata of the resource by way of a link-local address",
    { protectedResourceOverrides: { authorization_servers: ["http://169.254.169.254/"] } },
    /"http:\/\/169\.254\.169\.254\/" that ".*" names is refused/,
  ],
  ["no registration", { registration: "off" }, /registers no clients/],
  ["registration that is forbidden", { registration: "forbidden" }, /cannot be registered/],
  ["a user who says no", { authorizePage: "deny" }, /access_denied/, { tabs: 1 }],
  ["the wrong iss", { issInResponse: "wrong" }, /another issuer/, { tabs: 1 }],
  ["a missing iss that was promised", { issInResponse: "missing" }, /RFC 9207/, { tabs: 1 }],
  ["a dead code", { codeFault: "invalid_grant" }, /invalid_grant/, { tabs: 1 }],
  ["tokens of another type", { tokenType: "DPoP" }, /not Bearer/, { tabs: 1 }],
  [
    "a missing ID token that is wanted",
    {},
    /sent no ID token/,
    { tabs: 1, settings: { useIdToken: true } },
  ],
];

for (const [what, options, message, { settings = {}, tabs = 0 } = {}] of FAILING) {
  Deno.test(`a sign-in fails with ${what}, and says so`, async () => {
    await using server = await startFakeAuthorizationServer(options);
    const machine = newMachine();
    using bridge = startBridge(machine, server.mcpUrl, settings);
    const error = await assertRejects(() => initialize(bridge), CausewayError);
    await machine.browser.idle();
    assertEquals(error.code, "authorization-failed");
    assertMatch(error.message, /^Cannot sign in to "http:\/\/127\.0\.0\.1:[0-9]+\/mcp": /);
    assertMatch(error.message, message);
    assertEquals(typeof error.hint, "string");
    assertEquals(machine.browser.tabs.length, tabs);
    assertEquals(machine.store.tokens(), []);
    assertEquals(machine.store.pending(), []);
    for (const page of machine.receiver.pages) assertMatch(page, /^failure: Cannot sign in/);
    for (const secret of server.secrets) {
      assertEquals(`${error.message}${error.hint}`.includes(secret), false);
    }
    // No storm of tabs: who tries again at once fails at once.
    const before = server.requests.length;
    await assertRejects(() => initialize(bridge), CausewayError);
    assertEquals([machine.browser.tabs.length, server.requests.length - before], [tabs, 1]);
  });
}

Deno.test("a response with the wrong state changes nothing", async () => {
  await using server = await startFakeAuthorizationServer({ stateInResponse: "wrong" });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  const first = initialize(bridge);
  await until("the tab", () => machine.browser.tabs.length === 1);
  await machine.browser.idle();
  assertEquals([machine.receiver.strays, machine.receiver.pages], [1, []]);
  server.behave({ stateInResponse: "right" });
  await machine.browser.act(machine.browser.tabs[0] ?? "", new (await scripted())());
  assertEquals((await first).status, 200);
});

async function scripted() {
  return (await import("../../support/scripted_browser.ts")).ScriptedBrowser;
}

Deno.test("an answer that comes before the browser's opener has ended is not lost", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  machine.browser.blocks = true;
  using bridge = startBridge(machine, server.mcpUrl);
  assertEquals((await initialize(bridge)).status, 200);
  await machine.browser.idle();
  assertEquals([machine.receiver.pages, machine.receiver.strays], [["success"], 0]);
});

Deno.test("an open server costs one request and loads no sign-in code", async () => {
  await using server = await startFakeAuthorizationServer({ anonymous: true });
  using bridge = startBridge(newMachine(), server.mcpUrl);
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals([server.requests.length, bridge.loaded], [1, false]);
});

Deno.test("--auth always signs in before the first request", async () => {
  await using server = await startFakeAuthorizationServer({
    anonymous: true,
    protectedResourceMetadata: "path",
  });
  using bridge = startBridge(newMachine(), server.mcpUrl, {}, { always: true });
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals([server.counters.codeGrants, server.counters.mcpRequests], [1, 1]);
});

Deno.test("the resource goes byte for byte into every request", async () => {
  await using server = await startFakeAuthorizationServer({ resourceParameter: "byte_equal" });
  const machine = newMachine();
  const published = `${server.resourceOrigin}/%6Dcp`.replace("%6D", "m");
  server.behave({ publishedResource: published });
  using bridge = startBridge(machine, server.mcpUrl);
  await initialize(bridge);
  const sent = new URL(machine.browser.tabs[0] ?? "").searchParams.get("resource");
  assertEquals(sent, published);
  server.expireAccessTokens();
  assertEquals((await initialize(bridge)).status, 200);
  const bodies = server.requests.filter(({ body }) => body.includes("grant_type="));
  assertEquals(bodies.map(({ body }) => new URLSearchParams(body).get("resource")), [
    published,
    published,
  ]);
});

for (const unknownClientAnswer of [400, 401, 422, "html"] as const) {
  Deno.test(`a forgotten client is registered anew when authorization says ${unknownClientAnswer}`, async () => {
    await using server = await startFakeAuthorizationServer({ unknownClientAnswer });
    const machine = newMachine();
    using bridge = startBridge(machine, server.mcpUrl);
    await initialize(bridge);
    server.forgetClients();
    server.revokeGrants();
    assertEquals((await initialize(bridge)).status, 200);
    assertEquals([server.counters.registrations, machine.browser.tabs.length], [2, 2]);
  });
}

Deno.test("a sign-in that times out with a stored client registers anew the next time", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  await initialize(bridge);
  server.behave({ authorizePage: "silent" });
  server.revokeGrants();
  const failing = initialize(bridge).catch((error) => error);
  await until("the second tab", () => machine.browser.tabs.length === 2);
  await machine.browser.idle();
  await machine.clock.advance(300_000);
  const error = await failing;
  assertMatch(String(error), /nobody finished signing in within 300 seconds/);
  assertEquals([machine.store.clients(), machine.store.pending()], [[], []]);
  await machine.clock.advance(31_000);
  server.behave({ authorizePage: "approve" });
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals(server.counters.registrations, 2);
});

Deno.test("an expired client secret is replaced before it is used", async () => {
  await using server = await startFakeAuthorizationServer({
    tokenEndpointAuthMethods: ["client_secret_basic"],
    clientSecretTtl: 60,
  });
  const machine = newMachine();
  // The server's clock is the real one; the secret expires by the bridge's.
  machine.clock.jumpWall(Date.now() - machine.clock.wallTime());
  using bridge = startBridge(machine, server.mcpUrl);
  await initialize(bridge);
  machine.clock.jumpWall(120_000);
  server.revokeGrants();
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals(server.counters.registrations, 2);
});
