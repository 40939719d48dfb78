import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertExplains, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import { onHttp, replyWith } from "../support/fake_server/faults.ts";

const FALL_BACK_STATUSES = [400, 404, 405, 406, 415];
const FINAL_STATUSES = [401, 403];

async function worksWith(server: FakeServer, strategy: string | undefined): Promise<void> {
  const flags = strategy === undefined ? [] : ["--transport", strategy];
  await using bridge = BridgeProcess.start([server.url.href, ...flags]);
  await bridge.peer.initialize();
  assertEquals(textOf(await bridge.peer.call("add", { a: 20, b: 22 })), "42");
}

for (const status of FALL_BACK_STATUSES) {
  Deno.test(`http-first falls back to HTTP+SSE on ${status}`, async () => {
    await using server = FakeServer.start({ binding: "http-sse", refusePost: status });
    await worksWith(server, undefined);
  });

  Deno.test(`sse-first falls back to Streamable HTTP on ${status}`, async () => {
    await using server = FakeServer.start({ getStream: status });
    server.inject({ when: onHttp("GET"), act: replyWith(status, "no stream") });
    await worksWith(server, "sse-first");
    assertEquals(server.requests[0]?.method, "GET");
  });
}

for (const strategy of ["http-first", "http-only", undefined]) {
  Deno.test(`${strategy ?? "no strategy"} opens a Streamable HTTP server by POST`, async () => {
    await using server = FakeServer.start();
    await worksWith(server, strategy);
    assertEquals(server.requests[0]?.method, "POST");
  });
}

for (const strategy of ["sse-first", "sse-only"]) {
  Deno.test(`${strategy} opens an HTTP+SSE server by GET`, async () => {
    await using server = FakeServer.start({ binding: "http-sse" });
    await worksWith(server, strategy);
    assertEquals(server.requests[0]?.method, "GET");
    assertEquals(server.requestsOf("GET").length, 1);
  });
}

Deno.test("http-only never falls back", async () => {
  for (const status of FALL_BACK_STATUSES) {
    await using server = FakeServer.start({ binding: "http-sse", refusePost: status });
    await using bridge = BridgeProcess.start([server.url.href, "--transport=http-only"]);
    assertExplains(await bridge.peer.initialize(), { url: server.url, status });
    assertEquals(server.requestsOf("GET").length, 0);
  }
});

Deno.test("sse-only never falls back", async () => {
  for (const status of FALL_BACK_STATUSES) {
    await using server = FakeServer.start({ getStream: status });
    await using bridge = BridgeProcess.start([server.url.href, "--transport=sse-only"]);
    assertExplains(await bridge.peer.initialize(), { url: server.url, status });
    assertEquals(server.requestsOf("POST").length, 0);
  }
});

for (const strategy of ["http-first", "sse-first"]) {
  Deno.test(`${strategy} does not fall back when it may not come in`, async () => {
    for (const status of FINAL_STATUSES) {
      await using server = FakeServer.start();
      server.inject({ act: replyWith(status, "no") });
      await using bridge = BridgeProcess.start([server.url.href, "--transport", strategy]);
      assertExplains(await bridge.peer.initialize(), { url: server.url, status });
      assertEquals(server.endpointRequests.length, 1);
    }
  });
}

Deno.test("http-first says what both transports met when neither is there", async () => {
  await using server = FakeServer.start();
  server.inject({ act: replyWith(404, "nothing here") });
  await using bridge = BridgeProcess.start([server.url.href]);
  assertExplains(await bridge.peer.initialize(), { url: server.url, status: 404 });
  assertEquals(server.requests.map(({ method }) => method), ["POST", "GET"]);
});

Deno.test("a strategy that does not exist is a usage error", async () => {
  await using bridge = BridgeProcess.start(["http://127.0.0.1:1/mcp", "--transport", "nonsense"]);
  assertEquals(await bridge.exit(), 2);
  assertStringIncludes(bridge.stderr, "nonsense");
  assertStringIncludes(bridge.stderr, "sse-only");
});
