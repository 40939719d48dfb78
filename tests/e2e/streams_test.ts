import { assert, assertEquals } from "@std/assert";
import { assertExplains, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import {
  duplicated,
  stringIds,
  withNullError,
  withUnknownResponse,
} from "../support/fake_server/behaviour.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import { cutEvent, onHttp, onMethod, replyWith } from "../support/fake_server/faults.ts";
import { until } from "../support/until.ts";

const NOTE = {
  jsonrpc: "2.0",
  method: "notifications/message",
  params: { level: "info", data: 1 },
};

Deno.test("bridge listens once the client is initialized, and passes on what it hears", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  const methods = server.requests.map(({ method }) => method);
  assert(methods.indexOf("GET") >= 1);
  assert(server.requests.findIndex(({ method }) => method === "GET") > 0);
  const session = await server.session();
  await until("the stream", () => session.listener() !== undefined);
  await session.tell(NOTE);
  assertEquals(await bridge.peer.waitFor("notifications/message"), NOTE);
});

for (const status of [405, 404, 501]) {
  Deno.test(`bridge does not mind a server that refuses the stream with ${status}`, async () => {
    await using server = FakeServer.start({ getStream: status });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    await server.waitForRequests("GET");
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
    assertEquals(server.receivedOf("initialize").length, 1);
    if (status === 405) assert(!/error|warn|405/i.test(bridge.stderr), bridge.stderr);
  });
}

Deno.test("bridge opens a dropped stream again, as often as it takes", async () => {
  await using server = FakeServer.start({ retry: 10 });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  for (let drop = 1; drop <= 4; drop++) {
    await server.waitForRequests("GET", drop);
    const session = await server.session();
    await until("the stream", () => session.listener() !== undefined);
    await session.listener()?.detach(drop % 2 === 0 ? "end" : "reset");
  }
  await server.waitForRequests("GET", 5);
  const session = await server.session();
  await until("the stream", () => session.listener() !== undefined);
  await session.tell(NOTE);
  await bridge.peer.waitFor("notifications/message");
  assertEquals(server.receivedOf("initialize").length, 1);
});

Deno.test("bridge resumes its stream where it was cut", async () => {
  await using server = FakeServer.start({ eventIds: true, retry: 10 });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const session = await server.session();
  await until("the stream", () => session.listener() !== undefined);
  const stream = session.listener();
  await session.tell(NOTE);
  await bridge.peer.waitFor("notifications/message");
  await stream?.detach("reset");
  await stream?.send(JSON.stringify({ ...NOTE, params: { level: "info", data: 2 } }));
  const second = await bridge.peer.waitFor("notifications/message", 2);
  assertEquals(second["params"], { level: "info", data: 2 });
  const resumed = server.requestsOf("GET")[1];
  assertEquals(resumed?.headers.get("last-event-id"), `${stream?.id}-1`);
});

for (const how of ["end", "reset"] as const) {
  for (const priming of [false, true]) {
    const name = `${how === "end" ? "ends" : "breaks"}${priming ? " after a priming event" : ""}`;
    Deno.test(`bridge resumes a call whose stream ${name} before the result`, async () => {
      await using server = FakeServer.start({ reply: "sse", eventIds: true, retry: 10, priming });
      await using bridge = BridgeProcess.start([server.url.href]);
      await bridge.peer.initialize("2025-11-25");
      const response = await bridge.peer.call("cut", { how, ms: 100 });
      assertEquals(textOf(response), "finished after the cut");
      assertEquals(server.executions("tools/call cut"), 1);
      assertEquals(bridge.peer.linesOf("notifications/message").length, 1);
    });
  }

  Deno.test(`bridge answers a call whose stream without event ids ${how}s at once`, async () => {
    await using server = FakeServer.start({ reply: "sse" });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    assertExplains(await bridge.peer.call("cut", { how }), {
      url: server.url,
      says: /may have run/,
    });
    assertEquals(server.executions("tools/call cut"), 1);
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  });
}

Deno.test("bridge waits for as long as the server asks before it resumes", async () => {
  await using server = FakeServer.start({ reply: "sse", eventIds: true, retry: 600 });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  const call = await bridge.peer.startCall("cut", { how: "end", ms: 10 });
  await call.answer;
  const cut = await server.waitForMessage("tools/call");
  const resumed = server.requestsOf("GET").find(({ headers }) => headers.has("last-event-id"));
  assert((resumed?.at ?? 0) - cut.request.at > 500, "it came back too early");
});

Deno.test("bridge whose resumption the server does not know answers with an error", async () => {
  await using server = FakeServer.start({ reply: "sse", eventIds: true, retry: 10 });
  server.inject({
    when: (request) => request.headers.has("last-event-id"),
    act: replyWith(400, "Unknown event id"),
  });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.call("cut", { how: "end" }), {
    url: server.url,
    says: /may have run/,
  });
});

Deno.test("bridge does not resume a call's stream in the session that replaced the call's", async () => {
  await using server = FakeServer.start({ reply: "sse", eventIds: true, retry: 10 });
  const renewed = () => server.receivedOf("initialize").length > 1;
  server.inject({
    when: (request) => request.headers.has("last-event-id") && !renewed(),
    act: replyWith(503, "not now"),
  });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const call = await bridge.peer.startCall("cut", { how: "end", ms: 60_000 });
  await until(
    "a try to resume",
    () => server.requests.some(({ headers }) => headers.has("last-event-id")),
  );
  server.forgetSessions();
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  assertExplains(await call.answer, { url: server.url, says: /may have run/ });
  const resumed = server.requests.filter(({ headers }) => headers.has("last-event-id"));
  const sessions = new Set(resumed.map(({ headers }) => headers.get("mcp-session-id")));
  assertEquals(sessions.size, 1);
});

Deno.test("bridge answers a call whose stream is cut within an event", async () => {
  await using server = FakeServer.start({ reply: "sse" });
  server.inject({ when: onMethod("tools/call"), times: 1, act: cutEvent });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.call("echo", { text: "x" }), {
    url: server.url,
    says: /may have run/,
  });
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge takes answers that come on the stream of the GET", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const session = await server.session();
  await until("the stream", () => session.listener() !== undefined);
  server.behaviour.answersOnGetStream = true;
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

for (
  const [name, shape] of Object.entries({
    "come twice": duplicated,
    "come with one that nobody asked for": withUnknownResponse,
    "have the id as a string": stringIds,
    "come with an error for nobody": withNullError,
  })
) {
  Deno.test(`bridge answers once when responses ${name}`, async () => {
    await using server = FakeServer.start({ reply: "sse", shape });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    for (let a = 0; a < 5; a++) {
      assertEquals(textOf(await bridge.peer.call("add", { a, b: 1 })), String(a + 1));
    }
    assert(bridge.peer.lines.every(({ json }) => json["id"] !== null));
    assertEquals(server.executions("tools/call add"), 5);
  });
}

Deno.test("bridge does not take the refusal of the stream for an answer", async () => {
  await using server = FakeServer.start();
  const refusal = { jsonrpc: "2.0", id: null, error: { code: -32000, message: "no stream" } };
  server.inject({
    when: onHttp("GET"),
    act: replyWith(405, JSON.stringify(refusal), { "content-type": "application/json" }),
  });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const call = await bridge.peer.startCall("slow", { ms: 300 });
  await server.waitForRequests("GET");
  assertEquals(textOf(await call.answer), "slow and done");
});

Deno.test("bridge opens a stream anew that has been silent for too long, where it was", async () => {
  await using server = FakeServer.start({ eventIds: true, retry: 10 });
  await using bridge = BridgeProcess.start([server.url.href, "--body-timeout", "1"]);
  await bridge.peer.initialize();
  const session = await server.session();
  await until("the stream", () => session.listener() !== undefined);
  await session.tell(NOTE);
  await bridge.peer.waitFor("notifications/message");
  server.freezeConnections();
  // On a slow machine a stream may have been silent for too long before.
  const cut = session.listening.map(({ id }) => `${id}-1`);
  const resumed = () => server.requestsOf("GET").map(({ headers }) => headers.get("last-event-id"));
  await until("the resumption", () => resumed().some((id) => id !== null && cut.includes(id)));
});
