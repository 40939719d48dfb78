import { assertEquals, assertStringIncludes } from "@std/assert";
import type { BridgeProcess } from "../support/bridge_process.ts";
import {
  type FakeAuthorizationServer,
  startFakeAuthorizationServer,
} from "../support/fake_authorization_server/fake_authorization_server.ts";
import { withQuietPort } from "../support/quiet_port.ts";
import { until } from "../support/until.ts";
import {
  callText,
  startOpening,
  untilListening,
  UserMachine,
  WAIT,
} from "../support/user_machine.ts";

const MANY = 10;

/** A user who is signed in, with that many bridges, all listening. */
async function startMany(
  machine: UserMachine,
  server: FakeAuthorizationServer,
  count = MANY,
): Promise<readonly BridgeProcess[]> {
  const first = await machine.startSignedIn(server.mcpUrl, { mayBeKilled: true });
  const rest = Array.from({ length: count - 1 }, () => machine.start(server.mcpUrl));
  await Promise.all(rest.map((bridge) => bridge.peer.initialize()));
  await untilListening(server, count);
  return [first, ...rest];
}

Deno.test("ten bridges refresh once, though reuse would end the grant", async () => {
  await using server = await startFakeAuthorizationServer({ refreshRotation: "family" });
  await using machine = await UserMachine.make();
  const bridges = await startMany(machine, server);
  for (let round = 1; round <= 3; round++) {
    server.expireAccessTokens();
    const texts = await Promise.all(
      bridges.flatMap((bridge) => [1, 2, 3].map(() => callText(bridge, "whoami"))),
    );
    for (const text of texts) assertStringIncludes(text, "alice");
    const { refreshGrants, familyRevocations } = server.counters;
    assertEquals([refreshGrants, familyRevocations], [round, 0]);
  }
  assertEquals(machine.opener.tabs().length, 1);
  assertEquals(machine.leaks(server.secrets), []);
});

Deno.test("bridges survive the death of the one that refreshes, signed in", async () => {
  await using server = await startFakeAuthorizationServer({ refreshRotation: "family" });
  await using machine = await UserMachine.make();
  const [refresher, ...others] = await startMany(machine, server, 5);
  if (refresher === undefined) throw new Error("no bridge");
  server.expireAccessTokens();
  const release = server.holdRefreshes();
  const lost = await refresher.peer.startCall("whoami");
  lost.answer.catch(() => {});
  await until("a refresh", () => server.counters.refreshRequests === 1);
  const calls = others.map((bridge) => callText(bridge, "whoami"));
  refresher.signal("SIGKILL");
  release("dropped");
  for (const text of await Promise.all(calls)) assertStringIncludes(text, "alice");
  const { refreshGrants, familyRevocations } = server.counters;
  assertEquals([refreshGrants, familyRevocations, machine.opener.tabs().length], [1, 0, 1]);
});

Deno.test("five cold starts open one tab", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const bridges = Array.from({ length: 5 }, () => machine.start(server.mcpUrl, { args: WAIT }));
  const opening = bridges.map(startOpening);
  await machine.browser.signIn(await machine.opener.tab());
  for (const answer of await Promise.all(opening)) assertEquals("result" in answer, true);
  for (const bridge of bridges) assertStringIncludes(await callText(bridge, "whoami"), "alice");
  const { authorizations, codeGrants, registrations } = server.counters;
  assertEquals(
    [machine.opener.tabs().length, authorizations, codeGrants, registrations],
    [1, 1, 1, 1],
  );
});

Deno.test("a sign-in survives the death of the bridge that started it", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const url = withQuietPort(server.mcpUrl);
  const starter = machine.start(url, { args: WAIT, mayBeKilled: true });
  const lost = await starter.peer.start("initialize", { protocolVersion: "2025-06-18" });
  lost.answer.catch(() => {});
  const tab = await machine.opener.tab();
  starter.signal("SIGKILL");
  await starter.exit();
  const heir = machine.start(url, { args: WAIT });
  const opening = startOpening(heir);
  const callback = await machine.browser.callbackUrl(tab);
  await untilConnectable(callback);
  await machine.browser.load(callback);
  assertEquals("result" in await opening, true);
  assertStringIncludes(await callText(heir, "whoami"), "alice");
  assertEquals(machine.opener.tabs().length, 1);
});

Deno.test("a second copy that only probes opens no tab of its own", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: WAIT });
  const opening = startOpening(bridge);
  await machine.opener.tab();
  const probe = machine.start(server.mcpUrl, { args: WAIT, mayBeKilled: true });
  const probing = await probe.peer.start("server/discover", {});
  probing.answer.catch(() => {});
  await probe.endStdin();
  await probe.exit();
  await machine.browser.signIn(await machine.opener.tab());
  assertEquals("result" in await opening, true);
  assertEquals(machine.opener.tabs().length, 1);
});

async function untilConnectable(callback: string): Promise<void> {
  const { hostname, port } = new URL(callback);
  await until("the redirect URI is listened on", async () => {
    try {
      using _connection = await Deno.connect({ hostname, port: Number(port) });
      return true;
    } catch {
      return false;
    }
  });
}
