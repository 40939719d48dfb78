import { assertEquals } from "@std/assert";
import { startFakeAuthorizationServer } from "../../support/fake_authorization_server/fake_authorization_server.ts";
import { ScriptedBrowser } from "../../support/scripted_browser.ts";
import { untilPassing } from "../../support/fake_clock.ts";
import { until } from "../../support/until.ts";
import type { SignInPrompt } from "../../../src/oauth/ports.ts";
import { initialize, newMachine, startBridge } from "./bridges.ts";

Deno.test("a sign-in survives the bridge that started it: the same tab serves the next one", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  machine.browser.act = () => Promise.resolve();
  const first = startBridge(machine, server.mcpUrl);
  const waiting = initialize(first).catch((error) => error.kind);
  await until("the tab", () => machine.browser.tabs.length === 1);
  await until("the record", () => machine.store.pending().length === 1);
  first[Symbol.dispose]();
  assertEquals(await waiting, "cancelled");
  assertEquals(machine.store.pending().length, 1);

  using second = startBridge(machine, server.mcpUrl);
  const answered = initialize(second);
  await until("the prompt", () => second.presenter.prompts.length === 1);
  await new ScriptedBrowser().signIn(machine.browser.tabs[0] ?? "");
  assertEquals((await answered).status, 200);
  assertEquals([machine.browser.tabs.length, server.counters.registrations], [1, 1]);
  assertEquals(machine.store.pending(), []);
});

Deno.test("a sign-in without a tab gets one from the bridge that takes it over", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  const headless = { open: () => Promise.resolve(false) };
  const first = startBridge(machine, server.mcpUrl, {}, { browser: headless });
  const waiting = initialize(first).catch((error) => error.kind);
  await until("the prompt", () => first.presenter.prompts.length === 1);
  await until("the record", () => machine.store.pending()[0]?.openedAt === undefined);
  first[Symbol.dispose]();
  assertEquals(await waiting, "cancelled");

  machine.browser.act = () => Promise.resolve();
  const second = startBridge(machine, server.mcpUrl);
  const again = initialize(second).catch((error) => error.kind);
  await until("the tab", () => second.presenter.prompts.length === 1);
  assertEquals([first, second].flatMap(({ presenter }) => presenter.prompts.map(opened)), [
    false,
    true,
  ]);
  second[Symbol.dispose]();
  await again;

  using third = startBridge(machine, server.mcpUrl);
  const answered = initialize(third);
  await until("the prompt", () => third.presenter.prompts.length === 1);
  await new ScriptedBrowser().signIn(machine.browser.tabs[0] ?? "");
  assertEquals((await answered).status, 200);
  assertEquals(machine.browser.tabs.length, 1);
});

Deno.test("a sign-in whose client the server has forgotten is not taken over", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  machine.browser.act = () => Promise.resolve();
  const first = startBridge(machine, server.mcpUrl);
  const waiting = initialize(first).catch((error) => error.kind);
  await until("the record", () => machine.store.pending().length === 1);
  await until("the tab", () => machine.browser.tabs.length === 1);
  first[Symbol.dispose]();
  await waiting;

  server.forgetClients();
  machine.browser.act = (url, browser) => browser.signIn(url);
  using second = startBridge(machine, server.mcpUrl);
  assertEquals((await initialize(second)).status, 200);
  assertEquals([machine.browser.tabs.length, server.counters.registrations], [2, 2]);
});

Deno.test("a code for another device is shown anew when the bridge that showed it has ended", async () => {
  await using server = await startFakeAuthorizationServer({ deviceFlow: true });
  const machine = newMachine();
  const [first, second] = [1, 2].map(() =>
    startBridge(machine, server.mcpUrl, { method: "device" })
  );
  if (first === undefined || second === undefined) throw new Error("two bridges");
  const waiting = initialize(first).catch((error) => error.kind);
  await until("the first code", () => first.presenter.prompts.length === 1);
  const answered = initialize(second);
  await until("the second to wait", () => machine.lock.busy === 2);
  await machine.clock.advance(60_000);
  first[Symbol.dispose]();
  assertEquals(await waiting, "cancelled");
  await until("the second code", () => second.presenter.prompts.length === 1);
  server.decideDevice("approved");
  let status: number | undefined;
  answered.then((reply) => status = reply.status, () => status = 0);
  await untilPassing(machine.clock, "the tokens", () => status !== undefined);
  assertEquals(status, 200);
  second[Symbol.dispose]();
});

Deno.test("a bridge that waits for another's sign-in shows its link", async () => {
  await using server = await startFakeAuthorizationServer();
  const machine = newMachine();
  machine.browser.act = () => Promise.resolve();
  const [first, second] = [1, 2].map(() => startBridge(machine, server.mcpUrl));
  if (first === undefined || second === undefined) throw new Error("two bridges");
  const answers = [first, second].map((bridge) => initialize(bridge));
  await until("the tab", () => machine.browser.tabs.length === 1);
  const prompts = () => [first, second].flatMap(({ presenter }) => presenter.prompts);
  await untilPassing(machine.clock, "both prompts", () => prompts().length === 2);
  const tab = machine.browser.tabs[0] ?? "";
  assertEquals(prompts().map((prompt) => prompt.kind === "browser" && prompt.url), [tab, tab]);
  await machine.clock.advance(5_000);
  await new ScriptedBrowser().signIn(tab);
  for (const answer of answers) assertEquals((await answer).status, 200);
  assertEquals([prompts().length, machine.browser.tabs.length], [2, 1]);
  assertEquals([first, second].map(({ presenter }) => presenter.waiting), [0, 0]);
  for (const bridge of [first, second]) bridge[Symbol.dispose]();
  assertEquals(machine.clock.pending, 0);
});

function opened(prompt: SignInPrompt): boolean {
  return prompt.kind === "browser" && prompt.opened;
}
