import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type AuthServer,
  startCloudflareProvider,
  startOidcProvider,
  startSdkRouter,
} from "../support/auth_servers.ts";
import { until } from "../support/until.ts";
import { callText, startOpening, UserMachine, WAIT } from "../support/user_machine.ts";

const SERVERS: readonly {
  readonly name: string;
  readonly start: () => Promise<AuthServer>;
  readonly subject: string;
  /** Tabs after the access token has ended once. */
  readonly tabs: number;
}[] = [
  { name: "oidc-provider", start: startOidcProvider, subject: "alice", tabs: 1 },
  { name: "Cloudflare's provider", start: startCloudflareProvider, subject: "alice", tabs: 1 },
  // Its demo provider knows no refresh tokens.
  { name: "the SDK's router", start: startSdkRouter, subject: "demo_user", tabs: 2 },
];
for (const { name, start, subject, tabs } of SERVERS) {
  Deno.test(`causeway signs in at ${name} and stays signed in`, async () => {
    await using server = await start();
    await using machine = await UserMachine.make();
    const first = await machine.startSignedIn(server.mcpUrl);
    assertStringIncludes(await callText(first, "whoami"), subject);
    const second = machine.start(server.mcpUrl);
    await second.peer.initialize();
    assertStringIncludes(await callText(second, "whoami"), subject);
    assertEquals(machine.opener.tabs().length, 1);
    await server.expireAccessTokens();
    await using _following = machine.followTabs();
    await Promise.all([first, second].map((bridge) =>
      until("the user is signed in", async () => {
        return (await callText(bridge, "whoami")).includes(subject);
      })
    ));
    assertEquals(machine.opener.tabs().length, tabs);
  });
}

Deno.test("ten bridges share one refresh at oidc-provider", async () => {
  await using server = await startOidcProvider();
  await using machine = await UserMachine.make();
  const first = await machine.startSignedIn(server.mcpUrl);
  const rest = Array.from({ length: 9 }, () => machine.start(server.mcpUrl));
  await Promise.all(rest.map((bridge) => bridge.peer.initialize()));
  await server.expireAccessTokens();
  const texts = await Promise.all([first, ...rest].map((bridge) => callText(bridge, "whoami")));
  for (const text of texts) assertStringIncludes(text, "alice");
  const { refreshGrants, codeGrants } = await server.count();
  assertEquals([refreshGrants, codeGrants, machine.opener.tabs().length], [1, 1, 1]);
});

Deno.test("causeway steps up at Cloudflare's provider", async () => {
  await using server = await startCloudflareProvider();
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl);
  await using _following = machine.followTabs();
  assertEquals(await callText(bridge, "echo", { text: "written" }), "written");
  assertStringIncludes(await callText(bridge, "whoami"), "mcp:write");
  assertEquals(machine.opener.tabs().length, 2);
});

Deno.test("causeway signs in at oidc-provider with a device code", async () => {
  await using server = await startOidcProvider();
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: [...WAIT, "--device-code"] });
  const opening = startOpening(bridge);
  const page = () =>
    bridge.stderr.split(/\s/).find((word) => word.startsWith(`${server.origin}/device?user_code=`));
  await until("the page is named", () => page() !== undefined);
  await machine.browser.fillIn(page() ?? "");
  assertEquals("result" in await opening, true);
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
});

Deno.test("causeway signs in at oidc-provider as itself", async () => {
  await using server = await startOidcProvider();
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, {
    args: ["--client-credentials", "--client-id", "robot", "--client-secret-env", "ROBOT"],
    env: { ROBOT: "canary-robot-secret-0123456789" },
  });
  assertEquals("result" in await bridge.peer.initialize(), true, bridge.stderr);
  assertStringIncludes(await callText(bridge, "whoami"), "robot");
});
