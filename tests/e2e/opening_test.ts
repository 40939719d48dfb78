import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertExplains, errorOf, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import type { DiscoverForm } from "../support/fake_server/behaviour.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import {
  closeUnanswered,
  neverAnswer,
  onMethod,
  replyWith,
  replyWithError,
} from "../support/fake_server/faults.ts";
import { member } from "../support/fake_server/rpc.ts";
import { quietPort } from "../support/quiet_port.ts";
import { initializeParams } from "../support/stdio_peer.ts";
import { until } from "../support/until.ts";

Deno.test("bridge makes exactly one request before the first answer", async () => {
  for (const reply of ["json", "sse"] as const) {
    await using server = FakeServer.start({ reply });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.request("initialize", initializeParams("2025-11-25"));
    assertEquals(server.requests.map(({ method }) => method), ["POST"]);
    await bridge.endStdin();
    await bridge.exit();
    assertEquals(server.requests.map(({ method }) => method), ["POST", "DELETE"]);
  }
});

for (const version of ["2025-03-26", "2025-06-18", "2025-11-25"]) {
  Deno.test(`bridge names session and protocol version to a server of ${version}`, async () => {
    await using server = FakeServer.start();
    await using bridge = BridgeProcess.start([server.url.href]);
    const response = await bridge.peer.initialize(version);
    assertEquals(member(response, "result", "protocolVersion"), version);
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 2 })), "3");
    const [session] = server.sessions.keys();
    const call = await server.waitForMessage("tools/call");
    assertEquals(call.request.headers.get("mcp-session-id"), session);
    if (version !== "2025-03-26") {
      assertEquals(call.request.headers.get("mcp-protocol-version"), version);
    }
    const first = await server.waitForMessage("initialize");
    assertEquals(first.request.headers.get("mcp-session-id"), null);
  });
}

Deno.test("bridge takes the version that the server chose", async () => {
  await using server = FakeServer.start({ protocolVersion: "2025-06-18" });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize("2025-11-25");
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 2 })), "3");
});

Deno.test("bridge works with a server that has no sessions", async () => {
  await using server = FakeServer.start({ sessions: false, getStream: 405 });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 2 })), "3");
  await bridge.endStdin();
  await bridge.exit();
  assertEquals(server.requestsOf("DELETE").length, 0);
});

Deno.test("bridge keeps the query of the server's URL", async () => {
  await using server = FakeServer.start({}, { path: "/mcp?key=a%20b&x=1" });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  assertEquals([...new Set(server.requests.map(({ path }) => path))], ["/mcp?key=a%20b&x=1"]);
});

const DISCOVER_FORMS: readonly DiscoverForm[] = [
  "method-not-found",
  "method-not-found-404",
  "400-text",
  "400-not-initialized",
  "400-unsupported-version",
];

for (const discover of DISCOVER_FORMS) {
  Deno.test(`bridge passes on server/discover, refused as ${discover}, and decides nothing`, async () => {
    await using server = FakeServer.start({ discover });
    await using bridge = BridgeProcess.start([server.url.href, "--protocol", "legacy"]);
    const probe = await bridge.peer.request("server/discover", {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { name: "c", version: "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    });
    assertEquals(errorOf(probe).code, -32601);
    assertEquals(server.requests.map(({ method }) => method), ["POST"]);
    await bridge.peer.initialize();
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 2 })), "3");
    assertEquals(server.executions("tools/call"), 1);
    assertEquals(server.receivedOf("initialize").length, 1);
    await bridge.endStdin();
    await bridge.exit();
    assert(!bridge.stderr.includes("warning"), bridge.stderr);
  });
}

Deno.test("bridge that was only probed leaves no session", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href, "--protocol=legacy"]);
  await bridge.peer.request("server/discover", {});
  await bridge.endStdin();
  assertEquals(await bridge.exit(), 0);
  assertEquals(server.requests.length, 1);
});

Deno.test("bridge started while the server is down answers as soon as it is up", async () => {
  const port = quietPort();
  await using bridge = BridgeProcess.start([`http://127.0.0.1:${port}/mcp`]);
  const opening = await bridge.peer.start("initialize", initializeParams("2025-06-18"));
  await new Promise((resolve) => setTimeout(resolve, 700));
  await using server = FakeServer.start({}, { port });
  assert("result" in await opening.answer);
  await bridge.peer.notify("notifications/initialized");
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 2 })), "3");
  assertEquals(server.receivedOf("initialize").length, 1);
  await bridge[Symbol.asyncDispose]();
});

Deno.test("bridge whose server is down says so in time, and keeps trying", async () => {
  const port = quietPort();
  const url = new URL(`http://127.0.0.1:${port}/mcp`);
  await using bridge = BridgeProcess.start([url.href, "--start-timeout", "1"]);
  assertExplains(await bridge.peer.initialize(), { url, code: -32000 });
  await using server = FakeServer.start({}, { port });
  assert("result" in await bridge.peer.initialize());
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 2 })), "3");
  assertEquals(server.receivedOf("initialize").length, 1);
  await bridge[Symbol.asyncDispose]();
});

for (
  const [name, act] of [["never answers", neverAnswer], ["hangs up", closeUnanswered]] as const
) {
  Deno.test(`bridge whose server ${name} at start says so in time`, async () => {
    await using server = FakeServer.start();
    const fault = server.inject({ act });
    await using bridge = BridgeProcess.start([server.url.href, "--start-timeout=1"]);
    assertExplains(await bridge.peer.initialize(), { url: server.url, code: -32000 });
    assert(bridge.running);
    fault.remove();
    assert("result" in await bridge.peer.initialize());
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 2 })), "3");
  });
}

for (const status of [500, 502, 503]) {
  Deno.test(`bridge whose server answers ${status} at start never falls back`, async () => {
    await using server = FakeServer.start();
    server.inject({ act: replyWith(status, "out of order") });
    await using bridge = BridgeProcess.start([server.url.href, "--start-timeout=1"]);
    assertExplains(await bridge.peer.initialize(), { url: server.url, status });
    assertEquals(server.requestsOf("GET").length, 0);
  });
}

Deno.test("bridge answers at once when the server refuses initialize", async () => {
  for (const status of [401, 403]) {
    await using server = FakeServer.start();
    server.inject({ act: replyWith(status, "go away") });
    await using bridge = BridgeProcess.start([server.url.href]);
    assertExplains(await bridge.peer.initialize(), { url: server.url, status });
    assertEquals(server.endpointRequests.map(({ method }) => method), ["POST"]);
  }
});

for (const code of [-32020, -32021, -32022]) {
  Deno.test(`bridge does not fall back from the modern error ${code}`, async () => {
    await using server = FakeServer.start();
    const error = { code, message: "Modern", data: { supported: ["2026-07-28"] } };
    server.inject({ when: onMethod("initialize"), act: replyWithError(400, error) });
    await using bridge = BridgeProcess.start([server.url.href, "--protocol=legacy"]);
    assertEquals(typeof errorOf(await bridge.peer.initialize()).message, "string");
    assertEquals(server.requestsOf("GET").length, 0);
  });
}

Deno.test("bridge passes on an error of the server to initialize as it is", async () => {
  await using server = FakeServer.start();
  const error = { code: -32602, message: "Unsupported protocol version", data: { a: 1 } };
  server.inject({ when: onMethod("initialize"), times: 1, act: replyWithError(200, error) });
  await using bridge = BridgeProcess.start([server.url.href]);
  assertEquals((await bridge.peer.initialize())["error"], error);
  assert("result" in await bridge.peer.initialize());
});

Deno.test("bridge says whose name has no address", async () => {
  const url = "http://does-not-exist.invalid/mcp";
  await using bridge = BridgeProcess.start([url, "--allow-http", "--start-timeout=1"]);
  const response = await bridge.peer.initialize();
  assertExplains(response, { url: new URL(url), code: -32000 });
  assertMatch(errorOf(response).message, /does-not-exist\.invalid/);
});

Deno.test("bridge answers what comes before initialize has an answer, in order", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  const { peer } = bridge;
  for (const id of ["one", "two", "three"]) peer.expect(id);
  const initialize = { id: "one", method: "initialize", params: initializeParams("2025-06-18") };
  const lines = [
    initialize,
    { method: "notifications/initialized" },
    { id: "two", method: "tools/list" },
    { id: "three", method: "ping" },
  ].map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  await peer.sendRaw(lines.join(""));
  assert("result" in await peer.answerTo("three", "ping"));
  assert("result" in await peer.answerTo("two", "tools/list"));
  await until(
    "the notification",
    () => server.receivedOf("notifications/initialized").length === 1,
  );
});

Deno.test("bridge whose client initializes again ends the first session", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  assert("result" in await bridge.peer.initialize());
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 2 })), "3");
  await until("the end of the first session", () => server.sessions.size === 1);
});
