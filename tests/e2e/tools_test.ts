import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../../src/jsonrpc/frame.ts";
import { errorOf, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import { onMethod, replyWithError } from "../support/fake_server/faults.ts";
import { member } from "../support/fake_server/rpc.ts";
import { TOOLS } from "../support/fake_server/tools.ts";

const ALL = TOOLS.map((tool) => tool["name"]);

function namesOf(response: JsonObject): unknown[] {
  const tools = member(response, "result", "tools");
  return Array.isArray(tools) ? tools.map((tool) => member(tool, "name")) : [];
}

Deno.test("bridge hides and refuses tools that --ignore-tool names", async () => {
  for (const reply of ["json", "sse"] as const) {
    await using server = FakeServer.start({ reply });
    const flags = ["--ignore-tool", "a*", "--ignore-tool=big"];
    await using bridge = BridgeProcess.start([server.url.href, ...flags]);
    const { peer } = bridge;
    await peer.initialize();
    const names = namesOf(await peer.request("tools/list", undefined, 0));
    assertEquals(names, ALL.filter((name) => !["add", "ask", "big"].includes(String(name))));
    const { code, message } = errorOf(await peer.call("add", { a: 1, b: 1 }));
    assertEquals(code, -32602);
    assert(message.includes("add"), message);
    assertEquals(server.executions("tools/call"), 0);
    assertEquals(textOf(await peer.call("echo", { text: "x" })), "x");
  }
});

Deno.test("bridge shows and calls only the tools that --allow-tool names", async () => {
  await using server = FakeServer.start();
  const flags = ["--allow-tool", "e*", "--allow-tool", "add", "--ignore-tool", "*cho"];
  await using bridge = BridgeProcess.start([server.url.href, ...flags]);
  const { peer } = bridge;
  await peer.initialize();
  assertEquals(namesOf(await peer.request("tools/list")), ["add"]);
  assertEquals(errorOf(await peer.call("big")).code, -32602);
  assertEquals(errorOf(await peer.call("echo")).code, -32602);
  assertEquals(textOf(await peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge passes on a list that is refused, though it would filter it", async () => {
  await using server = FakeServer.start();
  const error = { code: -32603, message: "No list today" };
  server.inject({ when: onMethod("tools/list"), act: replyWithError(200, error) });
  await using bridge = BridgeProcess.start([server.url.href, "--ignore-tool", "a*"]);
  await bridge.peer.initialize();
  assertEquals((await bridge.peer.request("tools/list"))["error"], error);
});

Deno.test("bridge refuses the calls of a batch that are not allowed, and passes on the others", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href, "--ignore-tool", "add"]);
  const { peer } = bridge;
  await peer.initialize("2025-03-26");
  const call = (id: string, name: string): JsonObject => ({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name, arguments: { text: "x" } },
  });
  await peer.send(JSON.stringify([call("no", "add"), call("yes", "echo")]));
  assertEquals(errorOf(await peer.answerTo("no", "tools/call")).code, -32602);
  assertEquals(textOf(await peer.answerTo("yes", "tools/call")), "x");
  assertEquals(server.executions("tools/call add"), 0);
});

Deno.test("bridge leaves pages as they are", async () => {
  await using server = FakeServer.start({ pageSize: 2 });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const first = await bridge.peer.request("tools/list");
  assertEquals(namesOf(first), ALL.slice(0, 2));
  assertEquals(member(first, "result", "nextCursor"), "2");
  const second = await bridge.peer.request("tools/list", { cursor: "2" });
  assertEquals(namesOf(second), ALL.slice(2, 4));
});

Deno.test("bridge joins pages with --merge-pages", async () => {
  await using server = FakeServer.start({ pageSize: 2 });
  await using bridge = BridgeProcess.start([server.url.href, "--merge-pages"]);
  await bridge.peer.initialize();
  const whole = await bridge.peer.request("tools/list");
  assertEquals(namesOf(whole), ALL);
  assertEquals(member(whole, "result", "nextCursor"), undefined);
});

Deno.test("bridge filters joined pages", async () => {
  await using server = FakeServer.start({ pageSize: 2 });
  const flags = ["--merge-pages", "--allow-tool", "progress"];
  await using bridge = BridgeProcess.start([server.url.href, ...flags]);
  await bridge.peer.initialize();
  assertEquals(namesOf(await bridge.peer.request("tools/list")), ["progress"]);
});

Deno.test("bridge ends the joining of pages whose cursors repeat", async () => {
  await using server = FakeServer.start({
    shape: (message) => [
      JSON.stringify(message).replace('"tools":[', '"nextCursor":"0","tools":['),
    ],
  });
  await using bridge = BridgeProcess.start([server.url.href, "--merge-pages"]);
  await bridge.peer.initialize();
  const response = await bridge.peer.request("tools/list");
  assert(namesOf(response).length >= ALL.length);
  assert(server.receivedOf("tools/list").length < 10);
});
