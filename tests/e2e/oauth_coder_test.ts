import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { CoderEra } from "../support/fake_coder/coder_eras.ts";
import { startFakeCoder } from "../support/fake_coder/fake_coder.ts";
import { quietPort, withQuietPort } from "../support/quiet_port.ts";
import { until } from "../support/until.ts";
import {
  callText,
  errorOf,
  startOpening,
  untilListening,
  UserMachine,
  WAIT,
} from "../support/user_machine.ts";

const ERAS: readonly CoderEra[] = ["2.26", "2.31", "2.36", "2.37"];
const TOOL = "coder_list_workspaces";
const ON = { dynamicRegistration: true } as const;

for (const era of ERAS) {
  for (const accessHost of ["127.0.0.1", "localhost"] as const) {
    Deno.test(`causeway signs in at Coder ${era} at ${accessHost} with no flag`, async () => {
      await using coder = await startFakeCoder({ era, accessHost, ...ON });
      await using machine = await UserMachine.make();
      const bridge = await machine.startSignedIn(coder.mcpUrl);
      const listed = JSON.stringify(await bridge.peer.request("tools/list"));
      assertStringIncludes(listed, TOOL);
      assertEquals(await callText(bridge, TOOL), `${TOOL}: done`);
      const { registrations, codeGrants } = coder.counters;
      assertEquals([machine.opener.tabs().length, registrations, codeGrants], [1, 1, 1]);
      assertEquals(machine.leaks(coder.secrets), []);
    });
  }

  Deno.test(`two bridges at Coder ${era} share one sign-in and one refresh`, async () => {
    await using coder = await startFakeCoder({ era, ...ON });
    await using machine = await UserMachine.make();
    const first = await machine.startSignedIn(coder.mcpUrl);
    const second = machine.start(coder.mcpUrl);
    await second.peer.initialize();
    await untilListening(coder, 2);
    for (let round = 1; round <= 2; round++) {
      coder.expireAccessTokens();
      const texts = await Promise.all([first, second].map((bridge) => callText(bridge, TOOL)));
      assertEquals(texts, Array(2).fill(`${TOOL}: done`));
      assertEquals(coder.counters.refreshes, round);
    }
    assertEquals([machine.opener.tabs().length, coder.counters.codeGrants], [1, 1]);
  });

  Deno.test(`a lost refresh response costs one sign-in at Coder ${era}`, async () => {
    await using coder = await startFakeCoder({ era, ...ON });
    await using machine = await UserMachine.make();
    const bridge = await machine.startSignedIn(coder.mcpUrl);
    await untilListening(coder);
    coder.behave({ dropsRefreshResponse: true });
    coder.expireAccessTokens();
    await using _following = machine.followTabs();
    await until("the user is signed in again", async () => {
      return (await callText(bridge, TOOL)).endsWith("done");
    });
    assertEquals([machine.opener.tabs().length, coder.counters.codeGrants], [2, 2]);
  });
}

Deno.test("causeway does not step up for ever at Coder when the audience is wrong", async () => {
  await using coder = await startFakeCoder({ era: "2.36" });
  await using machine = await UserMachine.make();
  await using _following = machine.followTabs();
  const bridge = machine.start(coder.mcpUrl, {
    args: [...WAIT, "--resource", coder.mcpUrl],
  });
  errorOf(await bridge.peer.initialize());
  assert(machine.opener.tabs().length <= 2, `${machine.opener.tabs().length} tabs`);
});

Deno.test("Coder shows the user an error for a parameter that it does not know", async () => {
  await using coder = await startFakeCoder({ era: "2.36" });
  await using machine = await UserMachine.make();
  const bridge = machine.start(coder.mcpUrl, {
    args: ["--wait-for-auth", "--auth-timeout", "2", "--authorize-param", "prompt=consent"],
  });
  const opening = startOpening(bridge);
  const page = await machine.browser.signIn(await machine.opener.tab());
  assertStringIncludes(page.body, '"prompt" is not a valid query param');
  errorOf(await opening);
});

Deno.test("causeway registers at Coder for the port that it got", async () => {
  await using coder = await startFakeCoder({ era: "2.36" });
  await using machine = await UserMachine.make();
  const url = withQuietPort(coder.mcpUrl);
  const first = await machine.startSignedIn(url);
  await first.endStdin();
  await first.exit();
  coder.deleteApps();
  const redirect = new URL(
    new URL(machine.opener.tabs()[0] ?? "").searchParams.get("redirect_uri") ?? "",
  );
  using _taken = Deno.listen({ hostname: "127.0.0.1", port: Number(redirect.port) });
  const second = await machine.startSignedIn(url);
  assertEquals(await callText(second, TOOL), `${TOOL}: done`);
  assertEquals(coder.counters.registrations, 2);
});

Deno.test("causeway says what to do where Coder registers nobody, and works with an app", async () => {
  await using coder = await startFakeCoder({ era: "2.37" });
  await using machine = await UserMachine.make();
  const bridge = machine.start(coder.mcpUrl, { args: WAIT });
  const answer = JSON.stringify(await bridge.peer.initialize());
  assertMatch(answer, /regist/i);
  assertStringIncludes(answer, "--client-id");
  assertEquals(machine.opener.tabs(), []);
  const port = quietPort();
  const app = coder.createApp(`http://localhost:${port}/oauth/callback`);
  const configured = await machine.startSignedIn(coder.mcpUrl, {
    args: [String(port), "--client-id", app.clientId, "--client-secret-env", "CODER_SECRET"],
    env: { CODER_SECRET: app.clientSecret },
  });
  assertEquals(await callText(configured, TOOL), `${TOOL}: done`);
  // The opener inherits the environment, and with it the secret that the user put there.
  const own = coder.secrets.difference(new Set([app.clientSecret]));
  assertEquals(machine.leaks(own), []);
});

Deno.test("causeway passes on what Coder says when its experiments are off", async () => {
  await using coder = await startFakeCoder({ era: "2.36", experiments: false });
  await using machine = await UserMachine.make();
  const bridge = machine.start(coder.mcpUrl, { args: WAIT });
  const error = JSON.stringify(await bridge.peer.initialize());
  assertStringIncludes(error, "requires enabling the 'oauth2' experiment");
});

Deno.test("causeway takes no page for metadata on another host name, and names the right one", async () => {
  await using coder = await startFakeCoder({ era: "2.36", redirectToAccessUrl: true });
  await using machine = await UserMachine.make();
  const bridge = machine.start(coder.aliasMcpUrl, { args: WAIT });
  const error = errorOf(await bridge.peer.initialize());
  assertStringIncludes(error.message, coder.accessUrl);
  await using alias = await startFakeCoder({ era: "2.36" });
  const other = machine.start(alias.aliasMcpUrl, { args: WAIT });
  const mismatch = errorOf(await other.peer.initialize());
  assertStringIncludes(mismatch.message, alias.accessUrl);
  assertEquals(machine.opener.tabs(), []);
});

Deno.test("causeway lives with a Coder that cannot take the answer to its pings", async () => {
  await using coder = await startFakeCoder({ era: "2.36", pingPeriod: 20 });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(coder.mcpUrl);
  await until("pings were answered", () => coder.counters.pongs >= 3);
  const opened = coder.requestsTo("/api/experimental/mcp/http")
    .filter(({ body, headers }) => body.includes('"initialize"') && "authorization" in headers);
  assertEquals(await callText(bridge, TOOL), `${TOOL}: done`);
  assertEquals([opened.length, machine.opener.tabs().length], [1, 1]);
});

Deno.test("causeway says nothing of Coder's 405 to GET and DELETE", async () => {
  await using coder = await startFakeCoder({ era: "2.37", ...ON });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(coder.mcpUrl);
  assertEquals(await callText(bridge, TOOL), `${TOOL}: done`);
  await bridge.endStdin();
  assertEquals(await bridge.exit(), 0);
  assertEquals(/^(warning|error|hint):/m.test(bridge.stderr), false, bridge.stderr);
});

Deno.test("causeway registers anew when its app at Coder was deleted", async () => {
  await using coder = await startFakeCoder({ era: "2.36" });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(coder.mcpUrl);
  await untilListening(coder);
  coder.deleteApps();
  await using _following = machine.followTabs();
  await until("the user is signed in again", async () => {
    return (await callText(bridge, TOOL)).endsWith("done");
  });
  assertEquals([coder.counters.registrations, machine.opener.tabs().length], [2, 2]);
});

Deno.test("causeway sends the secret that it has after Coder's upgrade", async () => {
  await using coder = await startFakeCoder({ era: "2.36" });
  await using machine = await UserMachine.make();
  const args = ["--static-oauth-client-metadata", '{"token_endpoint_auth_method":"none"}'];
  const first = await machine.startSignedIn(coder.mcpUrl, { args });
  await first.endStdin();
  await first.exit();
  coder.behave({ era: "2.37", refreshTokenTtl: 0 });
  coder.advance(40 * 86_400);
  const second = await machine.startSignedIn(coder.mcpUrl, { args });
  assertEquals(await callText(second, TOOL), `${TOOL}: done`);
  assertEquals([coder.counters.registrations, coder.counters.codeGrants], [1, 2]);
});

Deno.test("causeway keeps the toolset in the URL on every request", async () => {
  await using coder = await startFakeCoder({ era: "2.37", ...ON });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(`${coder.mcpUrl}?toolset=chatgpt`);
  assertEquals(await callText(bridge, "search"), "search: done");
  const targets = coder.requestsTo("/api/experimental/mcp/http").map(({ query }) =>
    query.get("toolset")
  );
  assertEquals(new Set(targets), new Set(["chatgpt"]));
});

Deno.test("causeway needs no sign-in with Coder's own header", async () => {
  await using coder = await startFakeCoder({ era: "2.36" });
  await using machine = await UserMachine.make();
  const token = coder.createSessionToken();
  const bridge = machine.start(coder.mcpUrl, {
    args: ["--header", "Coder-Session-Token: ${CODER_TOKEN}"],
    env: { CODER_TOKEN: token },
  });
  await bridge.peer.initialize();
  assertEquals(await callText(bridge, TOOL), `${TOOL}: done`);
  const paths = new Set(coder.requests.map(({ path }) => path));
  assertEquals(paths, new Set(["/api/experimental/mcp/http"]));
});
