import { assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import type { TokenFault } from "../support/fake_authorization_server/options.ts";
import { until } from "../support/until.ts";
import {
  callText,
  errorOf,
  startOpening,
  untilListening,
  UserMachine,
  WAIT,
} from "../support/user_machine.ts";

Deno.test("causeway refreshes on 401 and repeats the very same request", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl);
  await untilListening(server);
  server.revokeAccessTokens();
  assertStringIncludes(await callText(bridge, "echo", { text: "once" }), "once");
  const { refreshGrants, authorizations } = server.counters;
  assertEquals([refreshGrants, authorizations, machine.opener.tabs().length], [1, 1, 1]);
  const bodies = server.requestsTo("/mcp").map(({ body }) => body).filter((body) =>
    body.includes("once")
  );
  assertEquals([bodies.length, new Set(bodies).size], [2, 1]);
});

Deno.test("causeway refreshes without expires_in, and with the resource as it was", async () => {
  await using server = await startFakeAuthorizationServer({
    tellsExpiresIn: false,
    resourceParameter: "byte_equal",
  });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl);
  await untilListening(server);
  server.expireAccessTokens();
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
  assertEquals(server.counters.refreshGrants, 1);
});

Deno.test("causeway refreshes before a known expiry, for servers that hide it in a result", async () => {
  await using server = await startFakeAuthorizationServer({
    expiredTokenAnswer: "tool_error",
    accessTokenTtl: 1,
  });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl);
  server.behave({ accessTokenTtl: 3600 });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
});

/** None of these says that the grant is dead. */
const PASSING: readonly TokenFault[] = ["503", "html", "bad_gateway_html", "drop_before", "hang"];
for (const fault of PASSING) {
  Deno.test(`causeway keeps the tokens when a refresh fails: ${fault}`, async () => {
    await using server = await startFakeAuthorizationServer({ origins: "separate" });
    await using machine = await UserMachine.make();
    const bridge = await machine.startSignedIn(server.mcpUrl);
    await untilListening(server);
    server.behave({ refreshFault: fault });
    server.expireAccessTokens();
    const params = { name: "whoami", arguments: {} };
    await bridge.peer.send({ jsonrpc: "2.0", id: "late", method: "tools/call", params });
    const error = errorOf(await bridge.peer.answerTo("late", "tools/call"));
    assertStringIncludes(error.message, `${server.issuer}/token`);
    assertEquals(error.message.includes("<html"), false);
    server.behave({ refreshFault: "none" });
    assertStringIncludes(await callText(bridge, "whoami"), "alice");
    assertEquals([machine.opener.tabs().length, server.counters.refreshGrants], [1, 1]);
  });
}

/** After these only the user can help. */
const FINAL: readonly TokenFault[] = ["invalid_grant", "drop_after"];
for (const fault of FINAL) {
  Deno.test(`causeway signs in anew when the grant is dead: ${fault}`, async () => {
    await using server = await startFakeAuthorizationServer();
    await using machine = await UserMachine.make();
    const bridge = await machine.startSignedIn(server.mcpUrl);
    await untilListening(server);
    server.behave({ refreshFault: fault });
    server.expireAccessTokens();
    await using _following = machine.followTabs();
    await until("the user is signed in again", async () => {
      return (await callText(bridge, "whoami")).includes("alice");
    });
    assertEquals(machine.opener.tabs().length, 2);
  });
}

for (const ending of ["SIGTERM", "the end of its input"]) {
  Deno.test(`causeway keeps the tokens of a refresh that ${ending} meets`, async () => {
    await using server = await startFakeAuthorizationServer({ refreshRotation: "family" });
    await using machine = await UserMachine.make();
    const first = await machine.startSignedIn(server.mcpUrl);
    await first.endStdin();
    await first.exit();
    server.expireAccessTokens();
    const release = server.holdRefreshes();
    const second = machine.start(server.mcpUrl, { args: ["--debug"] });
    startOpening(second);
    await until("the refresh", () => server.counters.refreshRequests === 1);
    if (ending === "SIGTERM") second.signal("SIGTERM");
    else await second.endStdin();
    await until("the end", () => {
      return machine.files().some(({ path, text }) => {
        return path.endsWith(".log") && text.includes("The bridge ends");
      });
    });
    release("served");
    await second.exit();
    const third = machine.start(server.mcpUrl, { args: WAIT });
    await third.peer.initialize();
    assertStringIncludes(await callText(third, "whoami"), "alice");
    assertEquals([server.counters.refreshGrants, machine.opener.tabs().length], [1, 1]);
  });
}

Deno.test("causeway takes mcp-remote's credentials over", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const teacher = await machine.startSignedIn(server.mcpUrl);
  await callText(teacher, "whoami");
  const grant = new URLSearchParams(server.requestsTo("/token")[0]?.body);
  const refreshToken = [...server.secrets].findLast((one) => one.startsWith("canary-refresh")) ??
    "";
  const accessToken = [...server.secrets].findLast((one) => one.startsWith("canary-access")) ?? "";
  await using other = await UserMachine.make();
  await storeAsMcpRemote(other, server.mcpUrl, { accessToken, refreshToken, grant });
  const bridge = other.start(server.mcpUrl);
  await bridge.peer.initialize();
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
  server.expireAccessTokens();
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
  assertEquals(other.opener.tabs(), []);
});

/** Tokens of mcp-remote that are good for nothing, by what is the matter with them. */
const WORTHLESS: Readonly<Record<string, readonly [access: string, refresh: string]>> = {
  "long dead": ["dead-access", "dead-refresh"],
  "no token at all": ["dead\r\nX-Injected: 1", "dead-refresh"],
};
for (const [what, [accessToken, refreshToken]] of Object.entries(WORTHLESS)) {
  Deno.test(`causeway signs in where mcp-remote's tokens are worth nothing: ${what}`, async () => {
    await using server = await startFakeAuthorizationServer();
    await using machine = await UserMachine.make();
    const grant = new URLSearchParams({
      client_id: "gone",
      redirect_uri: "http://localhost:4321/oauth/callback",
    });
    await storeAsMcpRemote(machine, server.mcpUrl, { accessToken, refreshToken, grant });
    const bridge = await machine.startSignedIn(server.mcpUrl);
    assertStringIncludes(await callText(bridge, "whoami"), "alice");
    assertEquals(machine.opener.tabs().length, 1);
  });
}

/** Stores tokens as mcp-remote 0.15.1 does, and the client of the token request `grant`. */
async function storeAsMcpRemote(
  machine: UserMachine,
  url: string,
  { accessToken, refreshToken, grant }: {
    readonly accessToken: string;
    readonly refreshToken: string;
    readonly grant: URLSearchParams;
  },
): Promise<void> {
  const folder = `${machine.configFolder}/mcp-remote-v1`;
  const name = await mcpRemoteName(url);
  Deno.mkdirSync(folder);
  Deno.writeTextFileSync(
    `${folder}/${name}_tokens.json`,
    JSON.stringify({
      access_token: accessToken,
      refresh_token: refreshToken,
      token_type: "Bearer",
      expires_in: 3600,
    }),
  );
  Deno.writeTextFileSync(
    `${folder}/${name}_client_info.json`,
    JSON.stringify({
      client_id: grant.get("client_id"),
      redirect_uris: [grant.get("redirect_uri")],
      token_endpoint_auth_method: "none",
    }),
  );
}

/** The name of mcp-remote's files for a server without further settings: the MD5 of its URL. */
async function mcpRemoteName(url: string): Promise<string> {
  const { createHash } = await import("node:crypto");
  return createHash("md5").update(url).digest("hex");
}
