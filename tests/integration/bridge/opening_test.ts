import { assert, assertEquals } from "@std/assert";
import { errorOf } from "../../support/assertions.ts";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeClock, untilPassing } from "../../support/fake_clock.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import {
  closeUnanswered,
  cutEvent,
  type FaultAction,
  neverAnswer,
  onHttp,
  onMethod,
  replyWithError,
} from "../../support/fake_server/faults.ts";
import { headOf } from "../../support/fake_server/http_exchange.ts";
import { initializeParams } from "../../support/stdio_peer.ts";

/** An event stream on which nothing comes, as servers without sessions open it for any GET. */
const silentStream: FaultAction = (exchange) =>
  exchange.raw(
    headOf(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" }),
  );

Deno.test("bridge goes on to Streamable HTTP when a stream names no endpoint, within the start time", async () => {
  await using server = FakeServer.start({ sessions: false });
  server.inject({ when: onHttp("GET"), act: silentStream });
  const clock = new FakeClock();
  const args = [server.url.href, "--transport", "sse-first"];
  await using bridge = BridgeInProcess.start(args, { clock });
  const opening = await bridge.peer.start("initialize", initializeParams("2025-06-18"));
  await untilPassing(clock, "the answer", () => opening.answered);
  assert("result" in await opening.answer);
});

Deno.test("bridge tells the server's own reason when the other binding has none", async () => {
  await using server = FakeServer.start({ sessions: false });
  server.inject({ when: onHttp("GET"), act: silentStream });
  const refusal = replyWithError(400, { code: -32602, message: "Your client is too old" });
  server.inject({ when: onMethod("initialize"), act: refusal });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  const opening = await bridge.peer.start("initialize", initializeParams("2025-06-18"));
  await untilPassing(clock, "the answer", () => opening.answered);
  assertEquals(errorOf(await opening.answer).message, "Your client is too old");
});

Deno.test("bridge tries again when the stream with the answer to initialize is cut", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onMethod("initialize"), times: 1, act: cutEvent });
  await using bridge = BridgeInProcess.start([server.url.href]);
  assert("result" in await bridge.peer.initialize());
  assertEquals(server.receivedOf("initialize").length, 2);
});

Deno.test("bridge does not let initialize wait for an answer to server/discover", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onMethod("server/discover"), act: neverAnswer });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  const { peer } = bridge;
  const probe = await peer.start("server/discover", {});
  assert("result" in await peer.initialize());
  assertEquals(probe.answered, false);
  await untilPassing(clock, "the answer to the probe", () => probe.answered);
  assertEquals(errorOf(await probe.answer).code, -32601);
});

Deno.test("bridge answers a probe and initialize, sent at once, each in its own way", async () => {
  await using server = FakeServer.start({ discover: "400-not-initialized" });
  await using bridge = BridgeInProcess.start([server.url.href]);
  const { peer } = bridge;
  const probe = await peer.start("server/discover", {});
  assert("result" in await peer.initialize());
  assertEquals(errorOf(await probe.answer).code, -32601);
  assertEquals(server.receivedOf("initialize").length, 1);
});

Deno.test("bridge says notifications/initialized again when the connection ended under it", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeInProcess.start([server.url.href]);
  const { peer } = bridge;
  const when = onMethod("notifications/initialized");
  const fault = server.inject({ when, times: 1, act: closeUnanswered });
  await peer.initialize();
  await peer.request("ping");
  assertEquals(fault.hits, 1);
  assertEquals(server.receivedOf("notifications/initialized").length, 2);
});
