import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import type { FakeAuthorizationOptions } from "../support/fake_authorization_server/options.ts";
import { startTrap } from "../support/fake_authorization_server/recording_server.ts";
import { until } from "../support/until.ts";
import { callText, errorOf, startOpening, UserMachine, WAIT } from "../support/user_machine.ts";

const CANARY = "canary-header-of-the-user";

const TARGETS: readonly (readonly [string, Partial<FakeAuthorizationOptions>])[] = [
  ["a link-local issuer", {
    protectedResourceOverrides: { authorization_servers: ["https://169.254.169.254/latest"] },
  }],
  ["a plain http issuer", {
    protectedResourceOverrides: { authorization_servers: ["http://as.example"] },
  }],
  ["a link-local token endpoint", {
    metadataOverrides: { token_endpoint: "http://169.254.169.254/latest/meta-data" },
  }],
  ["a plain http token endpoint", { metadataOverrides: { token_endpoint: "http://as.example/t" } }],
  ["a plain http registration endpoint", {
    metadataOverrides: { registration_endpoint: "http://as.example/r" },
  }],
  ["a plain http authorization endpoint", {
    metadataOverrides: { authorization_endpoint: "http://as.example/a" },
  }],
  ["a script as authorization endpoint", {
    metadataOverrides: { authorization_endpoint: "javascript:alert(1)//" },
  }],
  ["a file as authorization endpoint", {
    metadataOverrides: { authorization_endpoint: "file:///etc/passwd" },
  }],
  ["a program as authorization endpoint", {
    metadataOverrides: { authorization_endpoint: "vscode://run?x=1" },
  }],
  ["credentials in the authorization endpoint", {
    metadataOverrides: { authorization_endpoint: "https://user:pass@as.example/a" },
  }],
  ["an authorization endpoint with characters that no URL has", {
    metadataOverrides: { authorization_endpoint: 'https://as.example/a?b="|calc&c=`id` $(x)' },
  }],
  ["an authorization endpoint that is no text", {
    metadataOverrides: { authorization_endpoint: ["https://as.example/a"] },
  }],
];
for (const [name, options] of TARGETS) {
  Deno.test(`causeway follows no metadata to ${name}`, async () => {
    await using server = await startFakeAuthorizationServer(options);
    await using machine = await UserMachine.make();
    await using proxy = await startTrap();
    const env = { HTTP_PROXY: proxy.origin, HTTPS_PROXY: proxy.origin };
    const bridge = machine.start(server.mcpUrl, { args: WAIT, env });
    errorOf(await bridge.peer.initialize());
    assertEquals(machine.opener.tabs(), []);
    // All but loopback goes through the proxy: whatever left this machine would have been seen there.
    assertEquals(proxy.requests.map(({ target }) => target), []);
  });
}

Deno.test("causeway hands the opener the bytes of the URL and starts no shell", async () => {
  const query = "?a=%41%2f&b='$(touch%20pwned)'&c=;x&d=!*~&e=%25";
  await using server = await startFakeAuthorizationServer();
  server.behave({
    metadataOverrides: { authorization_endpoint: `${server.issuer}/authorize${query}` },
  });
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: WAIT });
  const opening = startOpening(bridge);
  const tab = await machine.opener.tab();
  assert(tab.startsWith(`${server.issuer}/authorize${query}&`), tab);
  await until("the link is shown, too", () => bridge.stderr.includes(tab));
  await machine.browser.signIn(tab);
  await opening;
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
});

Deno.test("causeway sends the user's headers to the server's origin only", async () => {
  await using server = await startFakeAuthorizationServer({ origins: "separate" });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl, {
    args: ["--header", `X-Secret-Key: ${CANARY}`],
  });
  server.expireAccessTokens();
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
  const carried = (origin: string) =>
    server.requests.filter((request) => request.origin === origin)
      .map((request) => request.headers["x-secret-key"] ?? "");
  assertEquals(new Set(carried(server.authorizationOrigin)), new Set([""]));
  assertEquals(new Set(carried(server.resourceOrigin)), new Set([CANARY]));
});

const REDIRECTED = ["/token", "/register", "/mcp", "/.well-known/oauth-authorization-server"];
for (const path of REDIRECTED) {
  Deno.test(`causeway carries nothing secret across a redirect of ${path}`, async () => {
    await using trap = await startTrap();
    await using server = await startFakeAuthorizationServer();
    await using machine = await UserMachine.make();
    const bridge = await machine.startSignedIn(server.mcpUrl, {
      args: ["--header", `X-Secret-Key: ${CANARY}`],
    });
    server.behave({ redirects: { [path]: `${trap.origin}/steal` } });
    server.revokeGrants();
    server.forgetClients();
    await using _following = machine.followTabs();
    await bridge.peer.call("whoami");
    const seen = JSON.stringify(trap.requests);
    for (const secret of [...server.secrets, CANARY]) {
      assert(!seen.includes(secret), `${secret} went to ${path}'s target`);
    }
    for (const request of trap.requests) {
      assertEquals([request.headers["authorization"], request.headers["cookie"]], [
        undefined,
        undefined,
      ]);
    }
  });
}

Deno.test("causeway reads no end of a metadata document that has none", async () => {
  await using server = await startFakeAuthorizationServer({
    metadataOverrides: { padding: "x".repeat(8_000_000) },
  });
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: WAIT });
  const error = errorOf(await bridge.peer.initialize());
  assert(error.message.length < 5000);
  assertEquals(machine.opener.tabs(), []);
});
