import { assert, assertEquals } from "@std/assert";
import { assertExplains, errorOf, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import { gzipBomb, onMethod } from "../support/fake_server/faults.ts";
import { until } from "../support/until.ts";

const MEBIBYTE = 1024 * 1024;

for (const reply of ["json", "sse"] as const) {
  Deno.test(`bridge passes on a result of 50 MB as ${reply}`, async () => {
    await using server = FakeServer.start({ reply });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    const text = textOf(await bridge.peer.call("big", { bytes: 50_000_000 }));
    assertEquals(text.length, 50_000_000);
  });
}

Deno.test("bridge passes on a request of 20 MB", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const text = textOf(await bridge.peer.call("echo", { text: "y".repeat(20_000_000) }));
  assertEquals(text.length, 20_000_000);
});

Deno.test("bridge refuses a line of 300 MiB, and goes on", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize();
  peer.expect("large");
  const answer = peer.answerTo("large", "tools/call", 60_000);
  await peer.sendRaw('{"jsonrpc":"2.0","id":"large","method":"tools/call","params":{"name":"');
  const piece = new Uint8Array(4 * MEBIBYTE).fill(0x78);
  for (let sent = 0; sent < 300; sent += 4) await peer.sendRaw(piece);
  await peer.sendRaw('"}}\n');
  const { code, message } = errorOf(await answer);
  assertEquals(code, -32600);
  assert(/256 MiB/.test(message) && /--max-message-size/.test(message), message);
  assertEquals(textOf(await peer.call("add", { a: 1, b: 1 })), "2");
  assertEquals(server.executions("tools/call"), 1);
});

Deno.test("bridge refuses a reply that is larger than allowed, and goes on", async () => {
  for (const reply of ["json", "sse"] as const) {
    await using server = FakeServer.start({ reply });
    await using bridge = BridgeProcess.start([server.url.href, "--max-message-size", "1"]);
    await bridge.peer.initialize();
    assertExplains(await bridge.peer.call("big", { bytes: 2 * MEBIBYTE }), {
      url: server.url,
      says: /--max-message-size/,
    });
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  }
});

Deno.test("bridge counts the size of a compressed reply after decompression", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onMethod("tools/call"), times: 1, act: gzipBomb(64 * MEBIBYTE) });
  await using bridge = BridgeProcess.start([server.url.href, "--max-message-size=8"]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.call("echo", { text: "x" }), {
    url: server.url,
    says: /--max-message-size/,
  });
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge answers 1000 pipelined requests once each", async () => {
  for (const reply of ["json", "sse"] as const) {
    await using server = FakeServer.start({ reply });
    await using bridge = BridgeProcess.start([server.url.href]);
    const { peer } = bridge;
    await peer.initialize();
    const calls = Array.from({ length: 1000 }, (_, index) => ({
      jsonrpc: "2.0",
      id: `call-${index}`,
      method: "tools/call",
      params: { name: "add", arguments: { a: index, b: 1 } },
    }));
    for (const call of calls) peer.expect(call.id);
    await peer.sendRaw(calls.map((call) => JSON.stringify(call)).join("\n") + "\n");
    for (const [index, call] of calls.entries()) {
      assertEquals(textOf(await peer.answerTo(call.id, "tools/call")), String(index + 1));
    }
    assertEquals(server.executions("tools/call add"), 1000);
  }
});

Deno.test("bridge passes on thousands of notifications before the result, in order", async () => {
  await using server = FakeServer.start({ reply: "sse" });
  await using bridge = BridgeProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize();
  const response = await peer.call("progress", { count: 5000 }, { progressToken: "p" });
  assertEquals(textOf(response), "counted to 5000");
  const seen = peer.linesOf("notifications/progress").map(({ json }) =>
    (json["params"] as { readonly progress: number }).progress
  );
  assertEquals(seen, Array.from({ length: 5000 }, (_, index) => index + 1));
  const last = peer.lines.at(-1)?.json ?? {};
  assert("result" in last, "the result came before the last notification");
});

Deno.test("bridge waits for a client that does not read", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize();
  const resume = bridge.pauseReading();
  const call = await peer.startCall("big", { bytes: 8_000_000 });
  await until("the call", () => server.executions("tools/call big") === 1);
  resume();
  assertEquals(textOf(await call.answer).length, 8_000_000);
});
