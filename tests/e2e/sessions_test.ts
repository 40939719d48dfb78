import { assert, assertEquals } from "@std/assert";
import { assertExplains, errorOf, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import type { LostSessionForm } from "../support/fake_server/behaviour.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import { closeUnanswered, onMethod, replyWith } from "../support/fake_server/faults.ts";
import { quietPort } from "../support/quiet_port.ts";
import { until } from "../support/until.ts";

const FORMS: readonly LostSessionForm[] = [
  "404",
  "404-json-rpc",
  "400-text",
  "400-not-initialized",
  "401-unknown-session",
  "200-invalid-request",
  "200-server-error",
];

for (const lostSession of FORMS) {
  Deno.test(`bridge renews a session whose loss is answered as ${lostSession}`, async () => {
    await using server = FakeServer.start({ lostSession });
    await using bridge = BridgeProcess.start([server.url.href]);
    const { peer } = bridge;
    const opening = await peer.initialize();
    await server.waitForRequests("GET");
    server.forgetSessions();
    const answers = await Promise.all([1, 2, 3, 4].map((a) => peer.call("add", { a, b: 10 })));
    assertEquals(answers.map(textOf), ["11", "12", "13", "14"]);
    assertEquals(server.receivedOf("initialize").length, 2);
    assertEquals(server.receivedOf("notifications/initialized").length, 2);
    assertEquals(server.executions("tools/call add"), 4);
    assertEquals(server.receivedOf("initialize")[1]?.message["params"], {
      ...server.receivedOf("initialize")[0]?.message["params"] as Record<string, never>,
    });
    assert("result" in opening);
    assertEquals(textOf(await peer.call("add", { a: 1, b: 1 })), "2");
  });
}

Deno.test("bridge renews a session whose id is answered as lost more than once", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  for (const a of [1, 2, 3]) {
    server.forgetSessions();
    assertEquals(textOf(await bridge.peer.call("add", { a, b: 0 })), String(a));
  }
  assertEquals(server.receivedOf("initialize").length, 4);
});

Deno.test("bridge replays a refused request once only", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onMethod("tools/call"), act: replyWith(404, "Session not found") });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.call("echo", { text: "x" }), { url: server.url, status: 404 });
  assertEquals(server.receivedOf("tools/call").length, 2);
  assertEquals(server.receivedOf("initialize").length, 2);
});

Deno.test("bridge opens its stream again in the new session", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  server.forgetSessions();
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  const session = await server.session();
  await until("the new stream", () => session.listener() !== undefined);
  await session.tell({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
  await bridge.peer.waitFor("notifications/tools/list_changed");
});

Deno.test("bridge notices a lost session by its stream alone", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  server.forgetSessions();
  server.cutConnections();
  await until("the renewal", () => server.receivedOf("initialize").length === 2);
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge tells the client when the server is another one after the renewal", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  server.forgetSessions();
  server.behaviour.serverInfo = { name: "fake-server", version: "2.0.0" };
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  await bridge.peer.waitFor("notifications/tools/list_changed");
  await bridge.peer.waitFor("notifications/prompts/list_changed");
  await bridge.peer.waitFor("notifications/resources/list_changed");
});

Deno.test("bridge keeps quiet when the server is the same after the renewal", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  server.forgetSessions();
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  assertEquals(textOf(await bridge.peer.call("add", { a: 2, b: 1 })), "3");
  assertEquals(bridge.peer.linesOf("notifications/tools/list_changed").length, 0);
});

Deno.test("bridge never repeats a call that the server may have executed", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onMethod("tools/call"), times: 1, act: closeUnanswered });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.call("echo", { text: "once" }), {
    url: server.url,
    says: /may have run/,
  });
  assertEquals(server.receivedOf("tools/call").length, 1);
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge survives a restart of the server between two calls", async () => {
  const port = quietPort();
  let server = FakeServer.start({}, { port });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  await server[Symbol.asyncDispose]();
  assertExplains(await bridge.peer.call("add", { a: 1, b: 1 }), { url: server.url, code: -32000 });
  server = FakeServer.start({}, { port });
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  await bridge[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

Deno.test("bridge takes an error of a tool that speaks of a session for what it is", async () => {
  await using server = FakeServer.start({
    shape: (message) => [
      JSON.stringify(message).replace(
        "The tool has a problem of its own",
        "Your session with the shop has expired",
      ),
    ],
  });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertEquals(errorOf(await bridge.peer.call("fail")).code, -32050);
  assertEquals(server.receivedOf("initialize").length, 1);
  assertEquals(server.receivedOf("tools/call").length, 1);
});

Deno.test("bridge renews a session once for its stream and its calls together", async () => {
  await using server = FakeServer.start({ retry: 10 });
  await using bridge = BridgeProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize();
  const session = await server.session();
  await until("the stream", () => session.listener() !== undefined);
  server.forgetSessions();
  await session.listener()?.detach("end");
  const answers = await Promise.all([1, 2, 3, 4].map((a) => peer.call("add", { a, b: 0 })));
  assertEquals(answers.map(textOf), ["1", "2", "3", "4"]);
  await until(
    "the new stream",
    () => [...server.sessions.values()].some((one) => one.listener() !== undefined),
  );
  assertEquals(server.receivedOf("initialize").length, 2);
});

for (const status of [401, 403, 500]) {
  Deno.test(`bridge answers a call whose session cannot be renewed (${status}), and recovers`, async () => {
    await using server = FakeServer.start();
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    server.forgetSessions();
    const act = replyWith(status, "not today");
    const fault = server.inject({ when: onMethod("initialize"), act });
    const response = await bridge.peer.call("echo", { text: "x" });
    assertExplains(response, { url: server.url });
    assert(fault.hits < 10, `initialize was tried ${fault.hits} times`);
    fault.remove();
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
    assertEquals(server.executions("tools/call echo"), 0);
  });
}

Deno.test("bridge waits with a lost session's call for a server that restarts", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  server.forgetSessions();
  server.inject({ when: onMethod("initialize"), times: 2, act: replyWith(503, "starting") });
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  assertEquals(server.executions("tools/call add"), 1);
});
