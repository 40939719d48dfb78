import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import { until } from "../support/until.ts";
import { callText, UserMachine } from "../support/user_machine.ts";

interface Opened {
  readonly capabilities: Readonly<Record<string, { readonly listChanged?: boolean }>>;
}

Deno.test("causeway answers initialize though nobody has signed in, and is right afterwards", async () => {
  await using server = await startFakeAuthorizationServer({ authorizePage: "consent" });
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: ["--auth-timeout", "120"] });
  const answer = await bridge.peer.initialize();
  const { capabilities } = answer["result"] as unknown as Opened;
  for (const kind of ["tools", "prompts", "resources"]) {
    assertEquals(capabilities[kind]?.listChanged, true, kind);
  }
  const tab = await machine.opener.tab();
  const listing = await bridge.peer.start("tools/list");
  const early = await firstWithin(listing.answer, 10_000);
  if (early !== undefined) {
    assertStringIncludes(JSON.stringify(early), '"sign_in"');
    assertStringIncludes(await callText(bridge, "sign_in"), new URL(tab).origin);
  }
  await machine.browser.signIn(tab);
  await until(
    "list_changed",
    () => early === undefined || bridge.peer.linesOf("notifications/tools/list_changed").length > 0,
  );
  const tools = JSON.stringify(
    early === undefined ? await listing.answer : await bridge.peer.request("tools/list"),
  );
  assertStringIncludes(tools, '"whoami"');
  assert(!tools.includes('"sign_in"'), tools);
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
  assertEquals(machine.opener.tabs().length, 1);
  const opened = server.requestsTo("/mcp").filter(({ body }) => body.includes('"initialize"'));
  assert(opened.some(({ headers }) => headers["authorization"] !== undefined));
});

Deno.test("causeway tells the client when the sign-in failed in the background", async () => {
  await using server = await startFakeAuthorizationServer({ authorizePage: "consent" });
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: ["--auth-timeout", "120"] });
  await bridge.peer.initialize();
  await machine.browser.signIn(await machine.opener.tab(), "deny");
  await until("the refusal reaches a call", async () => {
    const answer = JSON.stringify(await bridge.peer.call("whoami"));
    return /denied/i.test(answer);
  });
});

Deno.test("causeway lets the user sign in again at once after an attempt that failed", async () => {
  await using server = await startFakeAuthorizationServer({ authorizePage: "consent" });
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: ["--auth-timeout", "120"] });
  await bridge.peer.initialize();
  await machine.browser.signIn(await machine.opener.tab(), "deny");
  await until("the failure is known", async () => {
    return (await callText(bridge, "whoami")).includes("Call the tool sign_in");
  });
  const answer = await callText(bridge, "sign_in");
  const tab = await machine.opener.tab(2);
  assertStringIncludes(answer, tab);
  await machine.browser.signIn(tab);
  await bridge.peer.waitFor("notifications/tools/list_changed");
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
});

Deno.test("causeway says at once when the next attempt fails without the user", async () => {
  await using server = await startFakeAuthorizationServer({ authorizePage: "consent" });
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: ["--auth-timeout", "120"] });
  await bridge.peer.initialize();
  await machine.browser.signIn(await machine.opener.tab(), "deny");
  server.behave({ registration: "off" });
  server.forgetClients();
  await until("the failure is known", async () => {
    return (await callText(bridge, "whoami")).includes("Call the tool sign_in");
  });
  assertStringIncludes(await callText(bridge, "sign_in"), "registers no clients");
  assertEquals(machine.opener.tabs().length, 1);
});

Deno.test("causeway connects by itself when a refresh failed for the moment only", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const first = await machine.startSignedIn(server.mcpUrl);
  await first.endStdin();
  await first.exit();
  server.expireAccessTokens();
  server.behave({ refreshFault: "503" });
  const decide = server.holdRefreshes();
  const bridge = machine.start(server.mcpUrl);
  const answer = JSON.stringify(await bridge.peer.initialize());
  assertStringIncludes(answer, '"instructions"');
  decide("served");
  assertStringIncludes(await callText(bridge, "whoami"), "503");
  server.behave({ refreshFault: "none" });
  await until("the bridge is connected", async () => {
    return (await callText(bridge, "whoami")).includes("alice");
  });
  assertEquals(machine.opener.tabs().length, 1);
});

/** The answer if it comes within that many milliseconds. */
async function firstWithin<T>(answer: Promise<T>, milliseconds: number): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}
