import { assertEquals } from "@std/assert";
import { assertExplains, textOf } from "../../support/assertions.ts";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeClock, untilPassing } from "../../support/fake_clock.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import { onMethod, replyWith } from "../../support/fake_server/faults.ts";
import { headOf } from "../../support/fake_server/http_exchange.ts";

Deno.test("bridge does not wait for ever for the text of a refusal", async () => {
  await using server = FakeServer.start();
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  const { peer } = bridge;
  await peer.initialize();
  server.inject({
    when: onMethod("tools/call"),
    times: 1,
    act: async (exchange) => {
      await exchange.raw(headOf(400, { "content-type": "text/plain", "content-length": "1000" }));
      await exchange.raw("No such");
    },
  });
  const call = await peer.startCall("echo", { text: "x" });
  await untilPassing(clock, "the answer", () => call.answered);
  assertExplains(await call.answer, { url: server.url, status: 400, says: /No such/ });
  assertEquals(textOf(await peer.call("add", { a: 1, b: 2 })), "3");
});

Deno.test("bridge tells the title of an error page of any size", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeInProcess.start([server.url.href]);
  await bridge.peer.initialize();
  const page = `<!doctype html><title>Gateway down</title>${"x".repeat(1_000_000)}`;
  const act = replyWith(500, page, { "content-type": "text/html" });
  server.inject({ when: onMethod("tools/call"), act });
  const answer = await bridge.peer.call("echo", { text: "x" });
  assertExplains(answer, { url: server.url, status: 500, says: /titled "Gateway down"/ });
});
