import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import type { FakeAuthorizationOptions } from "../support/fake_authorization_server/options.ts";
import { callText, UserMachine } from "../support/user_machine.ts";

interface ScopeCase {
  readonly name: string;
  readonly options: Partial<FakeAuthorizationOptions>;
  readonly args?: readonly string[];
  /** The scope of the authorization request, its words sorted. */
  readonly asked: readonly string[] | undefined;
}

const CASES: readonly ScopeCase[] = [
  { name: "none when nothing names one", options: {}, asked: undefined },
  {
    name: "the challenge's before the metadata's",
    options: { challengeScope: "a b", scopesSupported: ["c", "d"] },
    asked: ["a", "b"],
  },
  { name: "the metadata's", options: { scopesSupported: ["c", "d"] }, asked: ["c", "d"] },
  {
    name: "the user's before all",
    options: { challengeScope: "a b", scopesSupported: ["c", "d"] },
    args: ["--scope", "x y"],
    asked: ["x", "y"],
  },
  {
    name: "offline_access when it is advertised",
    options: { challengeScope: "a", refreshTokens: "offline_access" },
    asked: ["a", "offline_access"],
  },
];
for (const { name, options, args = [], asked } of CASES) {
  Deno.test(`causeway asks for scopes: ${name}`, async () => {
    await using server = await startFakeAuthorizationServer(options);
    await using machine = await UserMachine.make();
    const bridge = await machine.startSignedIn(server.mcpUrl, { args });
    assertStringIncludes(await callText(bridge, "whoami"), "alice");
    assertEquals(scopeOf(machine.opener.tabs()[0]), asked);
  });
}

Deno.test("causeway steps up with the union of scopes and repeats the call", async () => {
  await using server = await startFakeAuthorizationServer({
    challengeScope: "read",
    toolScopes: { write_it: "write", delete_it: "delete" },
  });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl);
  await using _following = machine.followTabs();
  assertEquals(await callText(bridge, "write_it", { a: "1" }), '{"a":"1"}');
  assertEquals(scopeOf(machine.opener.tabs()[1]), ["read", "write"]);
  assertEquals(await callText(bridge, "delete_it", { b: "2" }), '{"b":"2"}');
  assertEquals(scopeOf(machine.opener.tabs()[2]), ["delete", "read", "write"]);
  assertEquals(await callText(bridge, "write_it", { a: "3" }), '{"a":"3"}');
  assertEquals([machine.opener.tabs().length, server.counters.forbidden], [3, 2]);
});

Deno.test("causeway gives a step-up that never suffices up after a few tries", async () => {
  await using server = await startFakeAuthorizationServer({
    toolScopes: { danger: "admin" },
    stepUp: "stuck",
  });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl);
  await using _following = machine.followTabs();
  const answer = await bridge.peer.call("danger");
  assertStringIncludes(JSON.stringify(answer), "scope");
  assert("error" in answer);
  const tabs = machine.opener.tabs().length;
  assert(tabs <= 4, `${tabs} tabs`);
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
});

Deno.test("causeway adds the user's authorization parameters and refuses derived ones", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  await machine.startSignedIn(server.mcpUrl, {
    args: ["--authorize-param", "prompt=consent", "--authorize-param", "audience=https://a/?b=c"],
  });
  const parameters = new URL(machine.opener.tabs()[0] ?? "").searchParams;
  assertEquals(parameters.get("prompt"), "consent");
  assertEquals(parameters.get("audience"), "https://a/?b=c");
  for (const derived of ["state=x", "redirect_uri=http://a/", "code_challenge=x"]) {
    const refused = machine.start(server.mcpUrl, { args: ["--authorize-param", derived] });
    assertEquals(await refused.exit(), 2);
  }
});

function scopeOf(tab: string | undefined): readonly string[] | undefined {
  return new URL(tab ?? "").searchParams.get("scope")?.split(" ").toSorted();
}
