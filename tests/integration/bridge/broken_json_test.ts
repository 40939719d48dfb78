import { assertEquals } from "@std/assert";
import { assertExplains, errorOf, textOf } from "../../support/assertions.ts";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import { type FaultAction, onMethod } from "../../support/fake_server/faults.ts";
import { initializeParams } from "../../support/stdio_peer.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** A reply whose text has the request's id in place of `ID`. */
function replyText(text: string, headers = JSON_TYPE): FaultAction {
  return (exchange) => {
    const { id } = JSON.parse(new TextDecoder().decode(exchange.request.body));
    return exchange.reply(200, headers, text.replace("ID", JSON.stringify(id ?? null)));
  };
}

Deno.test("bridge makes the best of control characters within an error message", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeInProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const text = '{"jsonrpc":"2.0","id":ID,"error":{"code":-32000,"message":"a\tb\u0001c"}}';
  server.inject({ when: onMethod("tools/call"), times: 1, act: replyText(text) });
  assertEquals(errorOf(await bridge.peer.call("add", { a: 1, b: 2 })).message, "a b c");
});

const BROKEN: readonly (readonly [what: string, method: string, text: string])[] = [
  ["a result", "tools/call", '{"jsonrpc":"2.0","id":ID,"result":{"x":"\\x"}}'],
  ["an error", "tools/call", '{"jsonrpc":"2.0","id":ID,"error":{"code":-1,"message":"\\x"}}'],
  ["the answer to initialize", "initialize", '{"jsonrpc":"2.0","id":ID,"result":{"x":"\\x"}}'],
];

for (const [what, method, text] of BROKEN) {
  Deno.test(`bridge answers with an error when ${what} has a broken escape`, async () => {
    await using server = FakeServer.start();
    await using bridge = BridgeInProcess.start([server.url.href]);
    const { peer } = bridge;
    if (method !== "initialize") await peer.initialize();
    server.inject({ when: onMethod(method), times: 1, act: replyText(text) });
    const answer = method === "initialize"
      ? await peer.request("initialize", initializeParams("2025-06-18"))
      : await peer.call("add", { a: 1, b: 2 });
    assertExplains(answer, { url: server.url, says: /broken JSON/ });
    await peer.initialize();
    assertEquals(textOf(await peer.call("add", { a: 1, b: 2 })), "3");
  });
}

Deno.test("bridge goes on after an event with a broken escape", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeInProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const cancelled = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"x":"\\x"}}';
  const answer = '{"jsonrpc":"2.0","id":ID,"result":{"content":[{"type":"text","text":"fine"}]}}';
  const events = [cancelled, `[${cancelled}]`, answer].map((data) => `data: ${data}\n\n`).join("");
  const act = replyText(events, { "content-type": "text/event-stream" });
  server.inject({ when: onMethod("tools/call"), act });
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 2 })), "fine");
});

Deno.test("bridge refuses a line of the client with a broken escape, and goes on", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeInProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.sendRaw('{"jsonrpc":"2.0","id":7,"method":"ping","params":{"x":"\\x"}}\n');
  await peer.initialize();
  assertEquals(errorOf(peer.lines[0]?.json ?? {}).code, -32700);
  await peer.sendRaw('{"jsonrpc":"2.0","id":8,"method":"resources/subscribe","params":"\\x"}\n');
  assertEquals(textOf(await peer.call("add", { a: 1, b: 2 })), "3");
});
