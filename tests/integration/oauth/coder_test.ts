import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { CoderEra } from "../../support/fake_coder/coder_eras.ts";
import { startFakeCoder } from "../../support/fake_coder/fake_coder.ts";
import { CausewayError } from "../../../src/errors.ts";
import { initialize, newMachine, post, startBridge, type TestBridge } from "./bridges.ts";

const ERAS: readonly CoderEra[] = ["2.26", "2.31", "2.36", "2.37"];

async function listTools(bridge: TestBridge): Promise<string> {
  const { session } = await initialize(bridge);
  const reply = await post(bridge, "tools/list", session === undefined ? {} : { session });
  return reply.text;
}

for (const era of ERAS) {
  Deno.test(`Coder ${era}: sign-in without a flag, then tools`, async () => {
    await using coder = await startFakeCoder({ era, dynamicRegistration: true });
    const machine = newMachine();
    using bridge = startBridge(machine, coder.mcpUrl);
    assertMatch(await listTools(bridge), /coder_/);
    await machine.browser.idle();
    assertEquals([machine.browser.tabs.length, machine.receiver.pages], [1, ["success"]]);
  });

  Deno.test(`Coder ${era}: two bridges refresh an expired token once`, async () => {
    await using coder = await startFakeCoder({ era, dynamicRegistration: true });
    const machine = newMachine();
    using one = startBridge(machine, coder.mcpUrl);
    using two = startBridge(machine, coder.mcpUrl);
    await initialize(one);
    await initialize(two);
    coder.expireAccessTokens();
    const replies = await Promise.all([initialize(one), initialize(two)]);
    assertEquals(replies.map(({ status }) => status), [200, 200]);
    const refreshes = coder.requests.filter(({ body }) => body.includes("refresh_token="));
    assertEquals([refreshes.length, machine.browser.tabs.length], [1, 1]);
  });

  Deno.test(`Coder ${era}: a deleted app is registered anew`, async () => {
    await using coder = await startFakeCoder({ era, dynamicRegistration: true });
    const machine = newMachine();
    using bridge = startBridge(machine, coder.mcpUrl);
    await initialize(bridge);
    coder.deleteApps();
    assertEquals((await initialize(bridge)).status, 200);
    assertEquals(machine.browser.tabs.length, 2);
  });

  Deno.test(`Coder ${era}: a lost refresh answer costs one sign-in`, async () => {
    await using coder = await startFakeCoder({
      era,
      dynamicRegistration: true,
      dropsRefreshResponse: true,
    });
    const machine = newMachine();
    using bridge = startBridge(machine, coder.mcpUrl);
    await initialize(bridge);
    coder.expireAccessTokens();
    // Whether the first try fails or already leads to the sign-in is up to the HTTP client beneath.
    await initialize(bridge).catch(() => {});
    coder.behave({ dropsRefreshResponse: false });
    assertEquals((await initialize(bridge)).status, 200);
    assertEquals(machine.browser.tabs.length, 2);
  });
}

Deno.test("Coder: an upgrade keeps a client that was registered with none and holds a secret", async () => {
  await using coder = await startFakeCoder({ era: "2.36", dynamicRegistration: true });
  const machine = newMachine();
  using bridge = startBridge(machine, coder.mcpUrl, {
    registrationMetadata: { token_endpoint_auth_method: "none" },
  });
  await initialize(bridge);
  const registered = machine.store.clients();
  coder.behave({ era: "2.37" });
  coder.expireAccessTokens();
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals([machine.browser.tabs.length, machine.store.clients()], [1, registered]);
});

Deno.test("Coder: registration that is off is explained, and an administrator's app works", async () => {
  await using coder = await startFakeCoder({ era: "2.37", dynamicRegistration: false });
  const machine = newMachine();
  using bridge = startBridge(machine, coder.mcpUrl);
  const error = await assertRejects(() => initialize(bridge), CausewayError);
  assertMatch(error.message, /registers no clients/);
  assertMatch(String(error.hint), /redirect URI http:\/\/127\.0\.0\.1:[0-9]+\/oauth\/callback/);
  const redirectUri = /http:\/\/127\S+\/oauth\/callback/.exec(String(error.hint))?.[0] ?? "";
  const client = coder.createApp(redirectUri);
  using second = startBridge(machine, coder.mcpUrl, { client });
  assertEquals((await initialize(second)).status, 200);
});

Deno.test("Coder: experiments that are off are named in the server's words", async () => {
  await using coder = await startFakeCoder({ era: "2.36", experiments: false });
  using bridge = startBridge(newMachine(), coder.mcpUrl);
  const error = await assertRejects(() => initialize(bridge), CausewayError);
  assertMatch(error.message, /requires enabling the 'oauth2' experiment/);
});

Deno.test("Coder: another host name than the access URL's is explained with both", async () => {
  await using coder = await startFakeCoder({ era: "2.36", dynamicRegistration: true });
  using bridge = startBridge(newMachine(), coder.aliasMcpUrl);
  const error = await assertRejects(() => initialize(bridge), CausewayError);
  assertEquals(error.message.includes(`"${coder.accessUrl}"`), true);
  assertEquals(error.message.includes(`"${coder.aliasMcpUrl}"`), true);
});

Deno.test("Coder: the toolset in the query survives the sign-in", async () => {
  await using coder = await startFakeCoder({ era: "2.37", dynamicRegistration: true });
  using bridge = startBridge(newMachine(), `${coder.mcpUrl}?toolset=chatgpt`);
  assertMatch(await listTools(bridge), /"search"/);
});

Deno.test("Coder: a token for the full URL is refused with 403, and does not loop", async () => {
  await using coder = await startFakeCoder({ era: "2.36", dynamicRegistration: true });
  const machine = newMachine();
  using bridge = startBridge(machine, coder.mcpUrl, { resource: coder.mcpUrl });
  assertEquals((await initialize(bridge)).status, 403);
  assertEquals((await initialize(bridge)).status, 403);
  assertEquals(machine.browser.tabs.length, 1);
});
