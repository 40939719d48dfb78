import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { errorOf, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import { invalidUtf8, prettyPrinted, withByteOrderMark } from "../support/fake_server/behaviour.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import { bodyText } from "../support/fake_server/http_exchange.ts";
import { initializeParams } from "../support/stdio_peer.ts";
import { until } from "../support/until.ts";

const encoder = new TextEncoder();

Deno.test("bridge passes on the client's bytes as they are", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  const line = `{ "unknown":{"b":1,"a":[ ]},"method" :"initialize","id":1,"params":${
    JSON.stringify(initializeParams("2025-06-18"))
  },"jsonrpc":"2.0", "x":1.50 }`;
  await bridge.peer.send(line);
  await bridge.peer.answerTo(1, "initialize");
  assertEquals(server.requests[0] && bodyText(server.requests[0]), line);
});

Deno.test("bridge leaves the client's name alone", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertEquals(
    JSON.parse(textOf(await bridge.peer.call("whoami"))),
    { name: "test-client", title: "Test Client", version: "9.8.7" },
  );
});

for (const id of ["0", '"1"', '""', "1152921504606846976", '"\\u00e9 \\" x"', "-7"]) {
  Deno.test(`bridge answers a request with the id ${id} under that id`, async () => {
    await using server = FakeServer.start();
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    await bridge.peer.send(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
    await bridge.peer.answerTo(JSON.parse(id), "ping");
    assertStringIncludes(server.requests.map(bodyText).join(), `"id":${id}`);
  });
}

Deno.test("bridge keeps a large integer id and the members of a reply byte for byte", async () => {
  const reply = '{"result":{"n":12345678901234567890,"e":1.0e+2,"\\u0061":"\\u00e9"},' +
    '"extra":null,"id":9007199254740993,"jsonrpc":"2.0"}';
  await using server = FakeServer.start({
    shape: (message) => [
      message["id"] === 9007199254740992 ? reply : JSON.stringify(message),
    ],
  });
  await using bridge = BridgeProcess.start([server.url.href], {});
  await bridge.peer.initialize();
  await bridge.peer.send('{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}');
  await until("the reply", () => bridge.peer.lines.some(({ raw }) => raw === reply));
});

Deno.test("bridge takes lines in any chunking", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const text = "a \u00e9\u4e16\u{1f600} b";
  const call = { name: "echo", arguments: { text } };
  const line = JSON.stringify({ jsonrpc: "2.0", id: "split", method: "tools/call", params: call });
  const bytes = encoder.encode(`\n  \r\n${line}\r\n\n`);
  void bridge.peer.send(JSON.stringify({ jsonrpc: "2.0", id: "before", method: "ping" }));
  await bridge.peer.answerTo("before", "ping");
  const answer = bridge.peer.answerTo("split", "tools/call");
  bridge.peer.expect("split");
  for (let at = 0; at < bytes.length; at++) await bridge.peer.sendRaw(bytes.subarray(at, at + 1));
  assertEquals(textOf(await answer), text);
});

Deno.test("bridge takes two messages and a half in one chunk", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  for (const id of ["a", "b", "c"]) bridge.peer.expect(id);
  const line = (id: string): string => JSON.stringify({ jsonrpc: "2.0", id, method: "ping" });
  await bridge.peer.sendRaw(`${line("a")}\n${line("b")}\n${line("c").slice(0, 10)}`);
  await bridge.peer.answerTo("a", "ping");
  await bridge.peer.answerTo("b", "ping");
  await bridge.peer.sendRaw(`${line("c").slice(10)}\n`);
  await bridge.peer.answerTo("c", "ping");
});

Deno.test("bridge answers what is no JSON with a parse error, and goes on", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await bridge.peer.sendRaw("this is no JSON\n");
  await until("the parse error", () => bridge.peer.lines.some(({ json }) => json["id"] === null));
  const refused = bridge.peer.lines.find(({ json }) => json["id"] === null)?.json ?? {};
  assertEquals(errorOf(refused).code, -32700);
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge writes a pretty-printed reply as one line", async () => {
  await using server = FakeServer.start({ shape: prettyPrinted });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertEquals(textOf(await bridge.peer.call("echo", { text: "a\nb" })), "a\nb");
});

Deno.test("bridge takes events whose data is spread over lines", async () => {
  await using server = FakeServer.start({ reply: "sse", shape: prettyPrinted });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertEquals(textOf(await bridge.peer.call("echo", { text: "a\nb" })), "a\nb");
});

Deno.test("bridge drops a byte order mark", async () => {
  await using server = FakeServer.start({ shape: withByteOrderMark });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertEquals(textOf(await bridge.peer.call("echo", { text: "x" })), "x");
});

Deno.test("bridge escapes the line separators that some clients split lines at", async () => {
  for (const reply of ["json", "sse"] as const) {
    await using server = FakeServer.start({ reply });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    const text = "one\u2028two\u2029three";
    const response = await bridge.peer.call("echo", { text });
    assertEquals(textOf(response), text);
    const raw = bridge.peer.lines.at(-1)?.raw ?? "";
    assertStringIncludes(raw, "one\\u2028two\\u2029three");
  }
});

Deno.test("bridge replaces bytes that are not UTF-8", async () => {
  await using server = FakeServer.start({ shape: invalidUtf8 });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const text = textOf(await bridge.peer.call("echo", { text: "[INVALID]" }));
  assert(/^\[\uFFFD+\]$/.test(text), text);
});

Deno.test("bridge answers JSON that is no message with an error for nobody, and goes on", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const lines = [
    "[]",
    "123",
    '"text"',
    "null",
    '{"a":1}',
    '{"jsonrpc":"2.0","id":{},"method":"x"}',
  ];
  for (const line of lines) await bridge.peer.sendRaw(`${line}\n`);
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  const refused = bridge.peer.lines.filter(({ json }) => json["id"] === null);
  assertEquals(refused.map(({ json }) => errorOf(json).code), lines.map(() => -32600));
});

Deno.test("bridge replaces bytes of the client that are not UTF-8", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  bridge.peer.expect("bytes");
  const head = '{"jsonrpc":"2.0","id":"bytes","method":"tools/call","params":';
  await bridge.peer.sendRaw(`${head}{"name":"echo","arguments":{"text":"`);
  await bridge.peer.sendRaw(new Uint8Array([0xff, 0xc3, 0x28]));
  await bridge.peer.sendRaw('"}}}\n');
  assertEquals(textOf(await bridge.peer.answerTo("bytes", "tools/call")), "\uFFFD\uFFFD(");
});

Deno.test("bridge answers once when the client uses an id twice at the same time", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize();
  const params = { name: "slow", arguments: { ms: 200 } };
  const requests = [{ method: "tools/call", params }, { method: "ping" }]
    .map((rest) => `${JSON.stringify({ jsonrpc: "2.0", id: "same", ...rest })}\n`);
  peer.expect("same");
  // In one piece, so that the second is there before the first can be answered.
  await peer.sendRaw(requests.join(""));
  assertEquals(textOf(await peer.answerTo("same", "tools/call")), "slow and done");
  assertEquals(textOf(await peer.call("add", { a: 1, b: 1 })), "2");
});
