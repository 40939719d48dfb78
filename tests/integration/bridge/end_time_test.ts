import { assert, assertEquals } from "@std/assert";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeClock, untilPassing } from "../../support/fake_clock.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import { neverAnswer, onMethod, replyWith } from "../../support/fake_server/faults.ts";
import { bodyText } from "../../support/fake_server/http_exchange.ts";
import { until } from "../../support/until.ts";

/** Clients kill what is still there two seconds after they have closed its input. */
const CLIENT_PATIENCE = 2000;

const ENDINGS: Readonly<
  Record<string, readonly [exitCode: number, (to: BridgeInProcess) => void]>
> = {
  "its input ends": [0, (bridge) => bridge.streams.endStdin()],
  "SIGTERM comes": [143, (bridge) => bridge.signals.send("SIGTERM")],
};

for (const [when, [exitCode, end]] of Object.entries(ENDINGS)) {
  Deno.test(`bridge ends in time when ${when} though the server is silent in a call`, async () => {
    await using server = FakeServer.start();
    const clock = new FakeClock();
    await using bridge = BridgeInProcess.start([server.url.href], { clock });
    await bridge.peer.initialize();
    await server.waitForRequests("GET");
    await bridge.peer.startCall("slow", { ms: 3_600_000 });
    await until("the call", () => server.executions("tools/call slow") === 1);
    server.freezeConnections();
    server.inject({ act: neverAnswer });
    const began = clock.now();
    let ended = Infinity;
    void bridge.exit.then(() => ended = clock.now());
    end(bridge);
    await untilPassing(clock, "the end", () => ended < Infinity, 50);
    assert(ended - began <= CLIENT_PATIENCE, `it took ${ended - began} ms`);
    assertEquals(await bridge.exit, exitCode);
  });
}

Deno.test("bridge delivers an answer that comes within a second after the end of its input", async () => {
  await using server = FakeServer.start();
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href], { clock });
  await bridge.peer.initialize();
  const late = Promise.withResolvers<void>();
  server.inject({
    when: onMethod("tools/call"),
    act: async (exchange) => {
      await late.promise;
      const { id } = JSON.parse(bodyText(exchange.request));
      await replyWith(200, JSON.stringify({ jsonrpc: "2.0", id, result: {} }), {
        "content-type": "application/json",
      })(exchange);
    },
  });
  const call = await bridge.peer.startCall("slow");
  bridge.streams.endStdin();
  await clock.advance(950);
  late.resolve();
  assertEquals((await call.answer)["result"], {});
  assertEquals(await bridge.exit, 0);
});
