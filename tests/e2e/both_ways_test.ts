import { assert, assertEquals } from "@std/assert";
import { errorOf, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import {
  type FaultAction,
  onMethod,
  onResponse,
  replyWith,
} from "../support/fake_server/faults.ts";
import type { ReplyStream } from "../support/fake_server/http_exchange.ts";
import { member } from "../support/fake_server/rpc.ts";
import { until, within } from "../support/until.ts";

for (const binding of ["streamable-http", "http-sse"] as const) {
  for (const reply of ["json", "sse"] as const) {
    if (binding === "http-sse" && reply === "json") continue;
    const name = binding === "http-sse" ? binding : `${binding} with ${reply} replies`;

    Deno.test(`bridge carries a server's request to the client over ${name}`, async () => {
      await using server = FakeServer.start({ binding, reply });
      await using bridge = BridgeProcess.start([server.url.href]);
      const { peer } = bridge;
      const content = { type: "text", text: "sampled" };
      peer.onRequest("sampling/createMessage", (params) => ({
        role: "assistant",
        model: "m",
        content,
        echo: params["messages"] ?? null,
      }));
      peer.onRequest("elicitation/create", () => ({ action: "decline" }));
      await peer.initialize();
      const session = await server.session();
      await until("the stream", () => session.listener() !== undefined);
      const params = { messages: [{ role: "user" }], maxTokens: 1 };
      const sampled = await peer.call("ask", { method: "sampling/createMessage", params });
      assertEquals(JSON.parse(textOf(sampled)), {
        role: "assistant",
        model: "m",
        content,
        echo: [{ role: "user" }],
      });
      const elicited = await peer.call("ask", { method: "elicitation/create", params: {} });
      assertEquals(JSON.parse(textOf(elicited)), { action: "decline" });
    });

    Deno.test(`bridge carries pings both ways over ${name}`, async () => {
      await using server = FakeServer.start({ binding, reply });
      await using bridge = BridgeProcess.start([server.url.href]);
      const { peer } = bridge;
      await peer.initialize();
      assertEquals((await peer.request("ping"))["result"], {});
      const session = await server.session();
      await until("the stream", () => session.listener() !== undefined);
      const pong = await session.ask(session.listener(), "ping", {});
      assertEquals(pong["result"], {});
    });

    Deno.test(`bridge drops the late answer of a cancelled call over ${name}`, async () => {
      await using server = FakeServer.start({ binding, reply, answerCancelled: true });
      await using bridge = BridgeProcess.start([server.url.href]);
      const { peer } = bridge;
      await peer.initialize();
      const call = await peer.startCall("slow", { ms: 60_000 });
      await until("the call", () => server.executions("tools/call slow") === 1);
      await peer.notify("notifications/cancelled", { requestId: call.id, reason: "enough" });
      const heard = await server.waitForMessage("notifications/cancelled");
      assertEquals(member(heard.message, "params", "requestId"), call.id);
      for (let a = 0; a < 5; a++) await peer.call("add", { a, b: 1 });
      assertEquals(peer.lines.filter(({ json }) => json["id"] === call.id).length, 0);
    });
  }
}

Deno.test("bridge keeps two requests apart that have the same id in each direction", async () => {
  await using server = FakeServer.start({ reply: "sse" });
  await using bridge = BridgeProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize();
  const session = await server.session();
  await until("the stream", () => session.listener() !== undefined);
  const call = await peer.startCall("slow", { ms: 300 });
  peer.onRequest("roots/list", () => ({ roots: [] }));
  await session.tell({ jsonrpc: "2.0", id: call.id, method: "roots/list" });
  await until(
    "the answer",
    () => server.received.some(({ message }) => message["id"] === call.id && "result" in message),
  );
  assertEquals(textOf(await call.answer), "slow and done");
});

Deno.test("bridge passes on unknown methods and notifications of either side", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize();
  assertEquals(errorOf(await peer.request("acme/unheard-of", { a: 1 })).code, -32601);
  await peer.notify("notifications/acme", { b: [2] });
  assertEquals((await server.waitForMessage("notifications/acme")).message, {
    jsonrpc: "2.0",
    method: "notifications/acme",
    params: { b: [2] },
  });
  const session = await server.session();
  await until("the stream", () => session.listener() !== undefined);
  const note = { jsonrpc: "2.0", method: "notifications/acme/back", params: { c: 3 } };
  await session.tell(note);
  assertEquals(await peer.waitFor("notifications/acme/back"), note);
});

Deno.test("bridge passes on an error of the server as it is", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertEquals((await bridge.peer.call("fail"))["error"], {
    code: -32050,
    message: "The tool has a problem of its own",
  });
});

Deno.test("bridge passes on the client's error to a server's request", async () => {
  await using server = FakeServer.start({ reply: "sse" });
  await using bridge = BridgeProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize();
  const call = await peer.startCall("ask", { method: "acme/ask" });
  const asked = await peer.waitFor("acme/ask");
  const error = { code: -32601, message: "Method not found" };
  await peer.send({ jsonrpc: "2.0", id: asked["id"] ?? null, error });
  assertEquals(JSON.parse(textOf(await call.answer)), error);
});

Deno.test("bridge passes on a batch of 2025-03-26, and each of its answers", async () => {
  for (const reply of ["json", "sse"] as const) {
    await using server = FakeServer.start({ reply });
    await using bridge = BridgeProcess.start([server.url.href]);
    const { peer } = bridge;
    await peer.initialize("2025-03-26");
    const call = (id: string, a: number): string =>
      JSON.stringify({
        jsonrpc: "2.0",
        id,
        method: "tools/call",
        params: { name: "add", arguments: { a, b: 1 } },
      });
    const note = '{"jsonrpc":"2.0","method":"notifications/acme"}';
    await peer.send(`[${call("x", 1)},${note},${call("y", 2)}]`);
    assertEquals(textOf(await peer.answerTo("x", "tools/call")), "2");
    assertEquals(textOf(await peer.answerTo("y", "tools/call")), "3");
    assertEquals(server.executions("tools/call add"), 2);
    assertEquals(server.receivedOf("notifications/acme").length, 1);
  }
});

Deno.test("bridge answers every request of a batch that fails", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize("2025-03-26");
  server.inject({ times: 1, act: replyWith(500, "no batches") });
  const ping = (id: string): string => JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call" });
  await peer.send(`[${ping("x")},${ping("y")}]`);
  assert("error" in await peer.answerTo("x", "tools/call"));
  assert("error" in await peer.answerTo("y", "tools/call"));
});

Deno.test("bridge pings the server as often as told, and keeps the answers to itself", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href, "--ping-interval", "1"]);
  await bridge.peer.initialize();
  await server.waitForMessage("ping", 2);
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  assert(bridge.peer.lines.every(({ json }) => typeof json["id"] !== "string"));
});

Deno.test("bridge answers a ping though the POST of the answer fails, and lives on", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const session = await server.session();
  await until("the stream", () => session.listener() !== undefined);
  const fault = server.inject({ when: onResponse(), times: 1, act: replyWith(500, "no") });
  void session.ask(session.listener(), "ping", {});
  await until("the refused answer", () => fault.hits === 1);
  assertEquals((await session.ask(session.listener(), "ping", {}))["result"], {});
});

/** A call whose reply is a stream that says nothing, and is cancelled by the client. */
async function cancelledStream(server: FakeServer, bridge: BridgeProcess): Promise<ReplyStream> {
  const opened = Promise.withResolvers<ReplyStream>();
  const act: FaultAction = async (exchange) => {
    const stream = await exchange.stream(200, { "content-type": "text/event-stream" });
    await stream.write(": open\n\n");
    opened.resolve(stream);
  };
  server.inject({ when: onMethod("tools/call"), times: 1, act });
  await bridge.peer.initialize();
  const call = await bridge.peer.startCall("slow", {});
  const stream = await opened.promise;
  await bridge.peer.notify("notifications/cancelled", { requestId: call.id });
  await server.waitForMessage("notifications/cancelled");
  return stream;
}

Deno.test("bridge hears what a session says on the stream of a cancelled call", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  const stream = await cancelledStream(server, bridge);
  const note = {
    jsonrpc: "2.0",
    method: "notifications/message",
    params: { level: "info", data: 1 },
  };
  await stream.write(`data: ${JSON.stringify(note)}\n\n`);
  assertEquals((await bridge.peer.waitFor("notifications/message"))["params"], note.params);
});

Deno.test("bridge without a session ends the stream of a cancelled call", async () => {
  await using server = FakeServer.start({ sessions: false });
  await using bridge = BridgeProcess.start([server.url.href]);
  const stream = await cancelledStream(server, bridge);
  await within("the end of the stream", stream.gone);
});
