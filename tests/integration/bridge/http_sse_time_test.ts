import { assert, assertEquals } from "@std/assert";
import { assertExplains, textOf } from "../../support/assertions.ts";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeClock, untilPassing } from "../../support/fake_clock.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import { onHttp, replyWith } from "../../support/fake_server/faults.ts";
import { until } from "../../support/until.ts";

const MINUTE = 60_000;
const ARGS = ["--transport", "sse-only"];

Deno.test("bridge over HTTP+SSE sets no limit on a call of a server that is there", async () => {
  await using server = FakeServer.start({ binding: "http-sse" });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href, ...ARGS], { clock });
  const { peer } = bridge;
  await peer.initialize();
  const call = await peer.startCall("ask", { method: "acme/ask" });
  const asked = await peer.waitFor("acme/ask");
  await untilPassing(clock, "half an hour", () => clock.now() > 30 * MINUTE, 10_000);
  assertEquals(call.answered, false);
  await peer.send({ jsonrpc: "2.0", id: asked["id"] ?? null, result: { at: "last" } });
  assertEquals(textOf(await call.answer), '{"at":"last"}');
  assertEquals(server.requestsOf("GET").length, 1);
});

Deno.test("bridge over HTTP+SSE notices a stream that is dead", async () => {
  await using server = FakeServer.start({ binding: "http-sse" });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href, ...ARGS], { clock });
  const { peer } = bridge;
  await peer.initialize();
  const call = await peer.startCall("slow", { ms: 60 * MINUTE });
  await until("the call", () => server.executions("tools/call slow") === 1);
  server.freezeConnections();
  await untilPassing(clock, "the answer", () => call.answered, 1000);
  assertExplains(await call.answer, { url: server.url, says: /may have run/ });
  assert(clock.now() < 20 * MINUTE, `it took ${clock.now()} ms`);
  assertEquals(textOf(await peer.call("add", { a: 1, b: 1 })), "2");
  assertEquals(server.executions("tools/call slow"), 1);
});

Deno.test("bridge over HTTP+SSE tries a stream that fails again for ever, ever more rarely", async () => {
  await using server = FakeServer.start({ binding: "http-sse" });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href, ...ARGS], { clock });
  await bridge.peer.initialize();
  const tries: number[] = [];
  const fault = server.inject({
    when: onHttp("GET"),
    act: (exchange) => {
      tries.push(clock.now());
      return replyWith(503, "not now")(exchange);
    },
  });
  server.cutConnections();
  await untilPassing(clock, "twelve tries", () => tries.length >= 12, 1000);
  const last = (tries.at(-1) ?? 0) - (tries.at(-2) ?? 0);
  assert(last >= 5_000, `the last try came after ${last} ms`);
  fault.remove();
  const call = await bridge.peer.startCall("add", { a: 1, b: 1 });
  await untilPassing(clock, "the answer", () => call.answered, 1000);
  assertEquals(textOf(await call.answer), "2");
});
