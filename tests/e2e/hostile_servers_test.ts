import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../../src/jsonrpc/frame.ts";
import { assertExplains, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import {
  type FaultAction,
  onHttp,
  onMethod,
  redirectTo,
  replyWith,
} from "../support/fake_server/faults.ts";
import { bodyText, type HttpExchange } from "../support/fake_server/http_exchange.ts";
import { until } from "../support/until.ts";

const EVENTS = { "content-type": "text/event-stream" };
const MEBIBYTE = "x".repeat(1024 * 1024);

/** An event that never ends. */
async function endlessEvent(exchange: HttpExchange): Promise<void> {
  const stream = await exchange.stream(200, EVENTS);
  await stream.write("data: ");
  for (let sent = 0; sent < 100 && stream.open; sent++) await stream.write(MEBIBYTE);
}

Deno.test("bridge gives up an event that never ends", async () => {
  await using server = FakeServer.start({ getStream: 405 });
  server.inject({ when: onMethod("tools/call"), times: 1, act: endlessEvent });
  await using bridge = BridgeProcess.start([server.url.href, "--max-message-size=4"]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.call("echo"), { url: server.url, says: /--max-message-size/ });
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge opens its stream again after an event that never ends", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onHttp("GET"), times: 1, act: endlessEvent });
  await using bridge = BridgeProcess.start([server.url.href, "--max-message-size=4"]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET", 2);
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge does not wait for a server that leaves its streams open", async () => {
  await using server = FakeServer.start({ reply: "sse", getStream: 405 });
  const leaveOpen: FaultAction = async (exchange) => {
    const { id = null, method } = JSON.parse(bodyText(exchange.request));
    const result: JsonObject = method === "initialize"
      ? { protocolVersion: "2025-03-26", capabilities: {}, serverInfo: { name: "s", version: "1" } }
      : { content: [{ type: "text", text: "done" }] };
    const stream = await exchange.stream(200, EVENTS);
    await stream.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
  };
  server.inject({ when: onMethod("initialize"), act: leaveOpen });
  server.inject({ when: onMethod("tools/call"), act: leaveOpen });
  server.inject({ when: onMethod("notifications/initialized"), act: replyWith(202) });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize("2025-03-26");
  for (let call = 0; call < 20; call++) assertEquals(textOf(await bridge.peer.call("x")), "done");
  const [first, last] = [server.requests[0]?.at ?? 0, server.requests.at(-1)?.at ?? 0];
  assert(last - first < 10_000, `the calls took ${last - first} ms`);
  await until("the end of the streams", () => server.connected <= 2);
});

Deno.test("bridge reads no more than its client takes", async () => {
  await using server = FakeServer.start();
  let sent = 0;
  const flood: FaultAction = async (exchange) => {
    const stream = await exchange.stream(200, EVENTS);
    const params = { level: "info", data: "x".repeat(100_000) };
    const note = { jsonrpc: "2.0", method: "notifications/message", params };
    for (; sent < 2000 && stream.open; sent++) {
      await stream.write(`data: ${JSON.stringify(note)}\n\n`);
    }
    const { id } = JSON.parse(bodyText(exchange.request));
    await stream.write(`data: ${JSON.stringify({ jsonrpc: "2.0", id, result: {} })}\n\n`);
    await stream.end();
  };
  server.inject({ when: onMethod("tools/call"), act: flood });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const resume = bridge.pauseReading();
  const call = await bridge.peer.startCall("flood");
  let before = -1;
  await until("the flood to stop", async () => {
    const unchanged = sent > 0 && sent === before;
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return unchanged;
  });
  assert(sent < 400, `the bridge took ${sent} of 2000 notifications that nobody read`);
  resume();
  await call.answer;
  assertEquals(bridge.peer.linesOf("notifications/message").length, 2000);
});

Deno.test("bridge survives JSON of any depth", async () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  await using server = FakeServer.start();
  server.inject({
    when: onMethod("tools/list"),
    act: (exchange) => {
      const { id } = JSON.parse(bodyText(exchange.request));
      const tools = `[{"name":"a","x":${deep}},{"name":"b"}]`;
      const body = `{"jsonrpc":"2.0","id":${id},"result":{"tools":${tools}}}`;
      return exchange.reply(200, { "content-type": "application/json" }, body);
    },
  });
  await using bridge = BridgeProcess.start([server.url.href, "--ignore-tool", "b"]);
  await bridge.peer.initialize();
  const response = await bridge.peer.request("tools/list");
  assert("result" in response || "error" in response);
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge lets no server write to the user's terminal", async () => {
  await using server = FakeServer.start();
  const evil = "\x1b[2J\x1b]0;owned\x07\r\u202eevil\x00";
  server.inject({ when: onMethod("tools/call"), act: replyWith(500, evil) });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.call("echo"), { url: server.url, status: 500 });
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(bridge.stderr), JSON.stringify(bridge.stderr));
});

for (const location of ["file:///etc/passwd", "javascript:alert(1)", "http://[::1"]) {
  Deno.test(`bridge does not follow a redirect to ${JSON.stringify(location)}`, async () => {
    await using server = FakeServer.start();
    server.inject({ when: onMethod("tools/call"), act: redirectTo(307, location) });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    assertExplains(await bridge.peer.call("echo"), { url: server.url });
    assertEquals(server.receivedOf("tools/call").length, 1);
  });
}

Deno.test("bridge answers a call whose reply has a coding that it did not ask for", async () => {
  await using server = FakeServer.start();
  const headers = { "content-encoding": "zstd", "content-type": "application/json" };
  server.inject({ when: onMethod("tools/call"), times: 1, act: replyWith(200, "abc", headers) });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.call("echo"), { url: server.url, says: /zstd/ });
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge answers a call whose reply has an enormous head", async () => {
  await using server = FakeServer.start();
  const headers = { "x-large": "y".repeat(5_000_000) };
  server.inject({ when: onMethod("tools/call"), times: 1, act: replyWith(200, "{}", headers) });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.call("echo"), { url: server.url });
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});
