import { assert, assertEquals } from "@std/assert";
import { type ProbeTarget, startConnectProbe } from "../../../src/platform/connect_probe.ts";
import type { HttpFailure } from "../../../src/platform/http_client.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const TARGET: ProbeTarget = {
  url: new URL("https://server.example:8443/mcp?key=secret"),
  withHandshake: true,
};

function setUp(answer: Promise<void>, timeout = 10_000) {
  const clock = new FakeClock();
  const failures: HttpFailure[] = [];
  const signals: AbortSignal[] = [];
  const tryConnecting = (_target: ProbeTarget, signal: AbortSignal) => {
    signals.push(signal);
    return answer;
  };
  const probe = startConnectProbe(TARGET, timeout, (failure) => failures.push(failure), {
    clock,
    tryConnecting,
  });
  return { clock, failures, signals, probe };
}

const NEVER = new Promise<void>(() => {});

Deno.test("startConnectProbe() connects only when no reply has come for a while", async () => {
  const { clock, signals, probe } = setUp(NEVER);
  await clock.advance(999);
  assertEquals(signals.length, 0);
  await clock.advance(1);
  assertEquals(signals.length, 1);
  probe.stop();
});

Deno.test("startConnectProbe() says connect_timeout when the host does not answer in time", async () => {
  const { clock, failures, signals } = setUp(NEVER);
  await clock.advance(9_999);
  assertEquals(failures, []);
  await clock.advance(1);
  assertEquals(failures.map(({ kind, message }) => [kind, message]), [
    [
      "connect_timeout",
      'Cannot reach "https://server.example:8443": no connection within 10000 ms',
    ],
  ]);
  assert(signals[0]?.aborted);
});

Deno.test("startConnectProbe() is silent about a host that answers", async () => {
  const { clock, failures } = setUp(Promise.resolve());
  await clock.advance(20_000);
  assertEquals(failures, []);
});

Deno.test("startConnectProbe() gives up when it is stopped", async () => {
  const { clock, failures, signals, probe } = setUp(NEVER);
  await clock.advance(2_000);
  probe.stop();
  assert(signals[0]?.aborted);
  assertEquals(clock.pending, 0);
  await clock.advance(20_000);
  assertEquals(failures, []);
});

Deno.test("startConnectProbe() does nothing without a limit", () => {
  const { clock } = setUp(NEVER, 0);
  assertEquals(clock.pending, 0);
});
