import { assert, assertEquals } from "@std/assert";
import { assertExplains, textOf } from "../../support/assertions.ts";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeClock, untilPassing } from "../../support/fake_clock.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import {
  type FaultAction,
  type Matcher,
  neverAnswer,
  onHttp,
  onMethod,
  replyWith,
} from "../../support/fake_server/faults.ts";
import { bodyText } from "../../support/fake_server/http_exchange.ts";
import { initializeParams } from "../../support/stdio_peer.ts";
import { until } from "../../support/until.ts";

const MINUTE = 60_000;

/** Notes when something happens on the fake clock, then does it. */
function noting(clock: FakeClock, times: number[], act: FaultAction): FaultAction {
  return (exchange) => {
    times.push(clock.now());
    return act(exchange);
  };
}

function intervals(times: readonly number[]): readonly number[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

Deno.test("bridge answers initialize after ten seconds without the server", async () => {
  await using server = FakeServer.start();
  server.inject({ act: neverAnswer });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  const { peer } = bridge;
  const opening = await peer.start("initialize", initializeParams("2025-06-18"));
  await server.waitForMessage("initialize");
  await clock.advance(9_900);
  assertEquals(peer.lines.length, 0);
  await clock.advance(200);
  assertExplains(await opening.answer, { url: server.url, says: /10 s/ });
});

Deno.test("bridge tries a stream that fails again for ever, ever more rarely", async () => {
  await using server = FakeServer.start();
  const clock = new FakeClock();
  const tries: number[] = [];
  server.inject({ when: onHttp("GET"), act: noting(clock, tries, replyWith(503, "not now")) });
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  await bridge.peer.initialize();
  await untilPassing(clock, "fifteen tries", () => tries.length >= 15, 1000);
  for (const [index, interval] of intervals(tries).entries()) {
    const least = 0.75 * Math.min(30_000, 500 * 2 ** index);
    assert(interval >= least, `try ${index + 2} came after ${interval} ms`);
  }
  assert(clock.now() < 20 * MINUTE, `it took ${clock.now()} ms`);
});

Deno.test("bridge does not rush at a server that closes every stream at once", async () => {
  for (const retry of [0, undefined]) {
    await using server = FakeServer.start();
    const clock = new FakeClock();
    const tries: number[] = [];
    const field = retry === undefined ? "" : `retry: ${retry}\n\n`;
    const act = replyWith(200, field, { "content-type": "text/event-stream" });
    server.inject({ when: onHttp("GET"), act: noting(clock, tries, act) });
    await using bridge = BridgeInProcess.start([server.url.href], { clock });
    await bridge.peer.initialize();
    await untilPassing(clock, "ten tries", () => tries.length >= 10);
    const last = intervals(tries).at(-1) ?? 0;
    assert(last >= 500, `with retry ${retry}, the last try came after ${last} ms`);
  }
});

Deno.test("bridge waits for as long as Retry-After says", async () => {
  await using server = FakeServer.start();
  const clock = new FakeClock();
  const tries: number[] = [];
  const refuse = replyWith(503, "busy", { "retry-after": "20" });
  server.inject({ when: onMethod("tools/list"), times: 1, act: noting(clock, tries, refuse) });
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  await bridge.peer.initialize();
  const list = await bridge.peer.start("tools/list");
  await untilPassing(clock, "the list", () => list.answered);
  assert("result" in await list.answer);
  assert(clock.now() - (tries[0] ?? 0) >= 20_000, `it came after ${clock.now()} ms`);
});

Deno.test("bridge sets no limit on a call of a server that is there", async () => {
  await using server = FakeServer.start({ reply: "sse" });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  const { peer } = bridge;
  await peer.initialize();
  const call = await peer.startCall("ask", { method: "acme/ask" });
  const asked = await peer.waitFor("acme/ask");
  await untilPassing(clock, "half an hour", () => clock.now() > 30 * MINUTE, 10_000);
  assertEquals(peer.lines.filter(({ json }) => json["id"] === call.id).length, 0);
  await peer.send({ jsonrpc: "2.0", id: asked["id"] ?? null, result: { at: "last" } });
  assertEquals(textOf(await call.answer), '{"at":"last"}');
  assertEquals(server.executions("tools/call ask"), 1);
});

Deno.test("bridge keeps a result behind the progress before it", async () => {
  await using server = FakeServer.start({ reply: "sse" });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  const { peer } = bridge;
  await peer.initialize();
  const call = await peer.startCall("progress", { count: 2 });
  await peer.waitFor("notifications/progress", 2);
  await until("the result to wait", () => (clock.nextIn ?? Infinity) <= 10);
  assert(!call.answered);
  await clock.advance(10);
  assertEquals(textOf(await call.answer), "counted to 2");
  assertEquals(textOf(await peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge ends a stream that goes on after a result behind progress", async () => {
  await using server = FakeServer.start();
  let ended = false;
  const goOn: FaultAction = async (exchange) => {
    const { id } = JSON.parse(bodyText(exchange.request));
    const stream = await exchange.stream(200, { "content-type": "text/event-stream" });
    const progress = { jsonrpc: "2.0", method: "notifications/progress", params: { progress: 1 } };
    const result = { jsonrpc: "2.0", id, result: { content: [] } };
    for (const message of [progress, result]) {
      await stream.write(`data: ${JSON.stringify(message)}\n\n`);
    }
    await stream.gone;
    ended = true;
  };
  server.inject({ when: onMethod("tools/call"), act: goOn });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  await bridge.peer.initialize();
  const call = await bridge.peer.startCall("add", { a: 1, b: 1 });
  await untilPassing(clock, "the answer", () => call.answered, 1);
  await clock.advance(4_000);
  assert(!ended);
  await untilPassing(clock, "the end of the stream", () => ended, 100);
});

Deno.test("bridge answers a call whose server has gone silent for good", async () => {
  await using server = FakeServer.start();
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  const { peer } = bridge;
  await peer.initialize();
  const call = await peer.startCall("slow", { ms: 10 * MINUTE });
  await until("the call", () => server.executions("tools/call slow") === 1);
  server.freezeConnections();
  server.stopListening();
  await untilPassing(clock, "the answer", () => call.answered, 1000);
  assertExplains(await call.answer, { url: server.url, says: /may have run/ });
  assert(clock.now() < 10 * MINUTE, `it took ${clock.now()} ms`);
});

Deno.test("bridge opens its stream anew when the machine wakes up", async () => {
  await using server = FakeServer.start();
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  const session = await server.session();
  await until("the stream", () => session.listener() !== undefined);
  await clock.advance(6_000);
  assertEquals(server.requestsOf("GET").length, 1);
  clock.jumpWall(60 * MINUTE);
  await clock.advance(6_000);
  await server.waitForRequests("GET", 2);
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  assertEquals(server.receivedOf("initialize").length, 1);
});

Deno.test("bridge pings the server every thirty seconds with --keep-alive", async () => {
  await using server = FakeServer.start();
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href, "--keep-alive"], { clock });
  await bridge.peer.initialize();
  await clock.advance(29_000);
  assertEquals(server.receivedOf("ping").length, 0);
  for (let count = 1; count <= 3; count++) {
    await clock.advance(30_000);
    await server.waitForMessage("ping", count);
  }
  assertEquals(server.receivedOf("ping").length, 3);
});

Deno.test("bridge with --keep-alive goes on with a server that answers no ping", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onMethod("ping"), act: neverAnswer });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href, "--keep-alive"], { clock });
  await bridge.peer.initialize();
  for (let count = 1; count <= 120; count++) {
    await clock.advance(30_000);
    await server.waitForMessage("ping", count);
  }
  assertEquals((await bridge.peer.request("tools/list"))["error"], undefined);
});

Deno.test("bridge sends nothing of its own accord when it is idle", async () => {
  await using server = FakeServer.start();
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  const before = server.requests.length;
  await untilPassing(clock, "ten minutes", () => clock.now() > 10 * MINUTE, 5_000);
  assertEquals(server.requests.length, before);
});

Deno.test("bridge waits a while for an answer on the stream of the GET, but not for ever", async () => {
  await using server = FakeServer.start();
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  server.inject({ when: onMethod("tools/call"), act: replyWith(202) });
  const call = await bridge.peer.startCall("echo");
  await untilPassing(clock, "the answer", () => call.answered);
  assertExplains(await call.answer, { url: server.url, status: 202, says: /may have run/ });
  assert(clock.now() > 5_000 && clock.now() < MINUTE, `it came after ${clock.now()} ms`);
});

Deno.test("bridge does not wait for ever for a server that is silent on the renewal", async () => {
  await using server = FakeServer.start();
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  await bridge.peer.initialize();
  server.forgetSessions();
  const fault = server.inject({ when: onMethod("initialize"), act: neverAnswer });
  const call = await bridge.peer.startCall("echo", { text: "x" });
  await untilPassing(clock, "the answer", () => call.answered, 1000);
  assertExplains(await call.answer, { url: server.url });
  assert(clock.now() < 5 * MINUTE, `it came after ${clock.now()} ms`);
  fault.remove();
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge does not wait for ever for a server that is silent on a notification", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onMethod("notifications/initialized"), act: neverAnswer });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  await bridge.peer.initialize();
  const call = await bridge.peer.startCall("add", { a: 1, b: 1 });
  await untilPassing(clock, "the answer", () => call.answered, 1000);
  assertEquals(textOf(await call.answer), "2");
  assert(clock.now() < MINUTE, `it came after ${clock.now()} ms`);
});

const NOTHING = replyWith(200, "", { "content-type": "text/event-stream" });
const isResumption: Matcher = ({ headers }) => headers.has("last-event-id");

Deno.test("bridge answers a call soon whose resumed stream ends at once again and again", async () => {
  await using server = FakeServer.start({ reply: "sse", eventIds: true, retry: 3000 });
  const clock = new FakeClock();
  const tries: number[] = [];
  server.inject({ when: isResumption, act: noting(clock, tries, NOTHING) });
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  await bridge.peer.initialize();
  const call = await bridge.peer.startCall("cut", { how: "end" });
  await bridge.peer.waitFor("notifications/message");
  const begun = clock.now();
  let answered = false;
  void call.answer.then(() => answered = true);
  await untilPassing(clock, "the answer", () => answered, 50);
  assertExplains(await call.answer, { url: server.url, says: /brings nothing.*may have run/ });
  assert(clock.now() - begun < 30_000, `it took ${clock.now() - begun} ms`);
  assert(tries.length >= 2, `there were ${tries.length} tries`);
});

for (const retry of [100, undefined]) {
  Deno.test(`bridge polls on a server that holds each resumed stream for a while (retry: ${retry})`, async () => {
    await using server = FakeServer.start({ reply: "sse", eventIds: true, retry });
    const clock = new FakeClock();
    const tries: number[] = [];
    const hold: FaultAction = async (exchange) => {
      const stream = await exchange.stream(200, { "content-type": "text/event-stream" });
      await clock.sleep(2000, new AbortController().signal);
      await stream.end();
    };
    server.inject({ when: isResumption, times: 25, act: noting(clock, tries, hold) });
    await using bridge = BridgeInProcess.start([server.url.href], { clock });
    await bridge.peer.initialize();
    const call = await bridge.peer.startCall("cut", { how: "end" });
    let answered = false;
    void call.answer.then(() => answered = true);
    await untilPassing(clock, "the answer", () => answered, 250);
    assertEquals(textOf(await call.answer), "finished after the cut");
    assertEquals(tries.length, 25);
  });
}
