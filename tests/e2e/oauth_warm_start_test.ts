import { assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import { callText, untilListening, UserMachine } from "../support/user_machine.ts";

Deno.test("causeway sends exactly one request before the first answer once it is signed in", async () => {
  await using server = await startFakeAuthorizationServer({ origins: "separate" });
  await using machine = await UserMachine.make();
  const first = await machine.startSignedIn(server.mcpUrl);
  await untilListening(server);
  await first.endStdin();
  await first.exit();
  const before = server.requests.length;
  const second = machine.start(server.mcpUrl);
  const { answer } = await second.peer.start("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  });
  assertEquals("result" in await answer, true);
  const sent = server.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
  assertEquals(sent, ["POST /mcp"]);
});

Deno.test("causeway does nothing about signing in before it is asked to", async () => {
  await using server = await startFakeAuthorizationServer({ anonymous: true });
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl);
  await bridge.peer.initialize();
  assertStringIncludes(await callText(bridge, "whoami"), "anonymous");
  assertEquals(server.requests.filter(({ path }) => path !== "/mcp"), []);
  assertEquals(machine.files(), []);
});

Deno.test("causeway asks for a sign-in of its own accord with --auth always", async () => {
  await using server = await startFakeAuthorizationServer({ anonymous: true });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl, { args: ["--auth", "always"] });
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
});

Deno.test("causeway keeps the accounts of two profiles apart", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  for (const profile of ["work", "home"]) {
    const bridge = await machine.startSignedIn(server.mcpUrl, {
      args: ["--profile", profile],
    });
    await callText(bridge, "whoami");
  }
  assertEquals([machine.opener.tabs().length, server.counters.codeGrants], [2, 2]);
  const again = machine.start(server.mcpUrl, { args: ["--profile", "home"] });
  await again.peer.initialize();
  assertStringIncludes(await callText(again, "whoami"), "alice");
  assertEquals(machine.opener.tabs().length, 2);
});
