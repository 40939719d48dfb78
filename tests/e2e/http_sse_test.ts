import { assert, assertEquals } from "@std/assert";
import { assertExplains, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import {
  duplicated,
  type EndpointForm,
  prettyPrinted,
  stringIds,
  withUnknownResponse,
} from "../support/fake_server/behaviour.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import {
  closeUnanswered,
  onHttp,
  onMethod,
  onResponse,
  replyWith,
} from "../support/fake_server/faults.ts";
import { initializeParams } from "../support/stdio_peer.ts";
import { until } from "../support/until.ts";

const ARGS = ["--transport", "sse-only"];

for (const endpoint of ["path", "relative", "absolute"] satisfies EndpointForm[]) {
  Deno.test(`bridge posts to an endpoint given as ${endpoint}`, async () => {
    await using server = FakeServer.start({ binding: "http-sse", endpoint }, { path: "/a/sse" });
    if (endpoint === "relative") server.behaviour.endpoint = "relative";
    await using bridge = BridgeProcess.start([server.url.href, ...ARGS]);
    await bridge.peer.initialize("2024-11-05");
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
    const posted = server.requestsOf("POST")[0]?.path ?? "";
    assert(posted.startsWith(endpoint === "relative" ? "/a/messages?" : "/messages?"), posted);
  });
}

Deno.test("bridge refuses an endpoint at another origin", async () => {
  await using server = FakeServer.start({ binding: "http-sse", endpoint: "other-origin" });
  await using bridge = BridgeProcess.start([server.url.href, ...ARGS, "--start-timeout=2"]);
  const response = await bridge.peer.initialize();
  assertExplains(response, { url: server.url, says: /origin/ });
  assertEquals(server.requestsOf("POST").length, 0);
});

Deno.test("bridge whose server names no endpoint says so in time", async () => {
  await using server = FakeServer.start({ binding: "http-sse", endpoint: "missing" });
  await using bridge = BridgeProcess.start([server.url.href, ...ARGS, "--start-timeout=1"]);
  assertExplains(await bridge.peer.initialize(), { url: server.url });
});

Deno.test("bridge carries requests both ways over HTTP+SSE", async () => {
  await using server = FakeServer.start({ binding: "http-sse" });
  await using bridge = BridgeProcess.start([server.url.href]);
  const { peer } = bridge;
  peer.onRequest("roots/list", () => ({ roots: [{ uri: "file:///x" }] }));
  await peer.initialize();
  const asked = await peer.call("ask", { method: "roots/list" });
  assertEquals(JSON.parse(textOf(asked)), { roots: [{ uri: "file:///x" }] });
  await peer.call("progress", { count: 3 }, { progressToken: 7 });
  assertEquals(peer.linesOf("notifications/progress").length, 3);
});

for (
  const [name, shape] of Object.entries({
    "come twice": duplicated,
    "come with one that nobody asked for": withUnknownResponse,
    "have the id as a string": stringIds,
    "are spread over lines": prettyPrinted,
  })
) {
  Deno.test(`bridge answers once over HTTP+SSE when responses ${name}`, async () => {
    await using server = FakeServer.start({ binding: "http-sse", shape });
    await using bridge = BridgeProcess.start([server.url.href, ...ARGS]);
    await bridge.peer.initialize();
    for (let a = 0; a < 3; a++) {
      assertEquals(textOf(await bridge.peer.call("add", { a, b: 1 })), String(a + 1));
    }
  });
}

Deno.test("bridge connects again when the stream of HTTP+SSE is lost, and answers what was open", async () => {
  for (const how of ["end", "reset"] as const) {
    await using server = FakeServer.start({ binding: "http-sse", retry: 10 });
    await using bridge = BridgeProcess.start([server.url.href, ...ARGS]);
    const { peer } = bridge;
    await peer.initialize();
    const call = await peer.startCall("slow", { ms: 60_000 });
    await until("the call", () => server.executions("tools/call slow") === 1);
    await (await server.session()).listener()?.detach(how);
    assertExplains(await call.answer, { url: server.url, says: /may have run/ });
    assertEquals(textOf(await peer.call("add", { a: 1, b: 1 })), "2");
    assertEquals(server.executions("tools/call slow"), 1);
    assertEquals(server.requestsOf("GET").length, 2);
    assertEquals(server.receivedOf("initialize").length, 2);
    assertEquals(server.receivedOf("notifications/initialized").length, 2);
    assertEquals(peer.lines.filter(({ json }) => json["id"] === 1).length, 1);
  }
});

Deno.test("bridge opens HTTP+SSE anew when the server forgot its session", async () => {
  await using server = FakeServer.start({ binding: "http-sse", retry: 10 });
  await using bridge = BridgeProcess.start([server.url.href, ...ARGS]);
  await bridge.peer.initialize();
  server.forgetSessions();
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  assertEquals(server.executions("tools/call add"), 1);
});

for (const status of [400, 413, 500]) {
  Deno.test(`bridge answers a call whose POST is refused with ${status}`, async () => {
    await using server = FakeServer.start({ binding: "http-sse" });
    server.inject({ when: onMethod("tools/call"), times: 1, act: replyWith(status, "no, sorry") });
    await using bridge = BridgeProcess.start([server.url.href, ...ARGS]);
    await bridge.peer.initialize();
    assertExplains(await bridge.peer.call("echo"), { url: server.url, status, says: /no, sorry/ });
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  });
}

Deno.test("bridge takes the answer from the stream though the connection of the POST broke", async () => {
  await using server = FakeServer.start({ binding: "http-sse" });
  server.inject({
    when: onMethod("tools/call"),
    times: 1,
    act: async (exchange) => {
      exchange.cut();
      const session = await server.session();
      const result = { content: [{ type: "text", text: "it ran" }] };
      await new Promise((resolve) => setTimeout(resolve, 50));
      await session.tell({ jsonrpc: "2.0", id: 2, result });
    },
  });
  await using bridge = BridgeProcess.start([server.url.href, ...ARGS]);
  await bridge.peer.initialize();
  const response = await bridge.peer.call("echo");
  if ("error" in response) assertExplains(response, { url: server.url, says: /may have run/ });
  else assertEquals(textOf(response), "it ran");
  assertEquals(server.receivedOf("tools/call").length, 1);
});

Deno.test("bridge goes on when its answer to the server is refused over HTTP+SSE", async () => {
  for (const act of [replyWith(500, "no"), closeUnanswered]) {
    await using server = FakeServer.start({ binding: "http-sse" });
    server.inject({ when: onResponse(), times: 1, act });
    await using bridge = BridgeProcess.start([server.url.href, ...ARGS]);
    bridge.peer.onRequest("roots/list", () => ({ roots: [] }));
    await bridge.peer.initialize();
    await bridge.peer.startCall("ask", { method: "roots/list" });
    await until("the answer", () => server.received.some(({ message }) => "result" in message));
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  }
});

Deno.test("bridge over HTTP+SSE waits for a server that is not ready", async () => {
  await using server = FakeServer.start({ binding: "http-sse" });
  server.inject({ when: onHttp("GET"), times: 2, act: replyWith(503, "starting") });
  await using bridge = BridgeProcess.start([server.url.href, ...ARGS]);
  assert("result" in await bridge.peer.request("initialize", initializeParams("2024-11-05")));
  assertEquals(server.requestsOf("GET").length, 3);
});

Deno.test("bridge closes its stream of HTTP+SSE when it ends", async () => {
  await using server = FakeServer.start({ binding: "http-sse" });
  await using bridge = BridgeProcess.start([server.url.href, ...ARGS]);
  await bridge.peer.initialize();
  await bridge.endStdin();
  assertEquals(await bridge.exit(), 0);
  await until("the end of all connections", () => server.connected === 0);
  assertEquals(server.requestsOf("DELETE").length, 0);
});
