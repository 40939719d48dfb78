import { assert, assertEquals } from "@std/assert";
import type { HttpFailure } from "../../../src/platform/http_client.ts";
import type { WireSocket } from "../../../src/platform/http_wire_runtime.ts";
import { failureOf, settle } from "./http_wire_fakes.ts";
import {
  CHUNKED,
  fixture,
  LENGTH_10,
  openBody,
  summary,
  UNTIL_CLOSE,
} from "./http_wire_fixture.ts";

interface CountedSignal {
  readonly signal: AbortSignal;
  readonly abort: () => void;
  /** How many listeners there are. */
  readonly count: () => number;
}

/** An abort signal that knows how many listeners it has. */
function countedSignal(): CountedSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  Object.assign(signal, {
    addEventListener: (type: "abort", listener: () => void) => {
      listeners.add(listener);
      add(type, listener);
    },
    removeEventListener: (type: "abort", listener: () => void) => {
      listeners.delete(listener);
      remove(type, listener);
    },
  });
  return { abort: () => controller.abort(), signal, count: () => listeners.size };
}

Deno.test("HttpBody.cancel() closes the connection, or gives it back when all is there", async () => {
  const cases: readonly [string, boolean][] = [
    [LENGTH_10 + "01234", true],
    [CHUNKED + "5\r\n01234\r\n0", true],
    [CHUNKED + "5\r\n01234\r\n0\r\n\r\n", false],
    [CHUNKED + "nonsense", true],
    [LENGTH_10 + "0123456789", false],
    [UNTIL_CLOSE, true],
  ];
  for (const [beginning, closed] of cases) {
    const it = fixture();
    const body = await openBody(it, beginning);
    body.cancel();
    body.cancel();
    await settle();
    assertEquals(it.runtime.socket(0).closed, closed, beginning);
  }
});

Deno.test("HttpBody.cancel() ends a read that waits", async () => {
  for (const how of ["read", "bytes"] as const) {
    const it = fixture();
    const body = await openBody(it, CHUNKED + "ffff\r\n");
    const failure = failureOf(how === "read" ? body.read() : body.bytes(100_000));
    await settle();
    body.cancel();
    assertEquals(summary(await failure), "cancelled unknown");
  }
});

Deno.test("HttpRequest.signal ends the exchange in each phase, and keeps no listener", async () => {
  const never = () => new Promise<WireSocket>(() => {});
  const phases: readonly [string, string | undefined, string][] = [
    ["connect", undefined, "cancelled not_sent"],
    ["head", "", "cancelled unknown"],
    ["head, in part", "HTTP/1.1 200", "cancelled unknown"],
    ["body", LENGTH_10, "cancelled unknown"],
    ["body, in part", CHUNKED + "5\r\n01234\r\n", "cancelled unknown"],
  ];
  for (const [phase, beginning, expected] of phases) {
    const { abort, signal, count } = countedSignal();
    const { client, runtime, request } = fixture({ signal });
    if (beginning === undefined) runtime.connecting = never;
    else runtime.onConnect = (socket) => socket.onWrite = () => beginning && socket.send(beginning);
    const failure = failureOf(
      client.exchange(request).then(async ({ body }) => {
        while (await body.read() !== undefined);
      }),
    );
    await settle();
    assertEquals(count(), 1, phase);
    abort();
    assertEquals(summary(await failure), expected, phase);
    assertEquals(count(), 0, phase);
    if (beginning !== undefined) assert(runtime.socket(0).closed, phase);
  }
});

Deno.test("HttpRequest.signal and close() count at each step between connecting and sending", async () => {
  for (let steps = 0; steps < 20; steps++) {
    for (const end of ["signal", "close"]) {
      const { abort, signal } = countedSignal();
      const { client, runtime, request } = fixture({ signal });
      const connecting = Promise.withResolvers<WireSocket>();
      runtime.connecting = () => connecting.promise;
      const failure = failureOf(client.exchange(request));
      await settle();
      const socket = runtime.newSocket();
      connecting.resolve(socket);
      for (let step = 0; step < steps; step++) await Promise.resolve();
      if (end === "signal") abort();
      else client.close();
      const { kind, delivery } = await failure as HttpFailure;
      assertEquals([kind, socket.closed], ["cancelled", true], `${end} after ${steps} steps`);
      if (socket.writes.length > 0) assertEquals(delivery, "unknown");
    }
  }
});

Deno.test("HttpRequest.signal aborted beforehand sends nothing, and afterwards changes nothing", async () => {
  const early = fixture({ signal: AbortSignal.abort() });
  assertEquals(
    summary(await failureOf(early.client.exchange(early.request))),
    "cancelled not_sent",
  );
  assertEquals(early.runtime.attempts, []);
  const { abort, signal, count } = countedSignal();
  const late = fixture({ signal });
  const body = await openBody(late, LENGTH_10 + "0123456789");
  assertEquals((await body.bytes(10)).length, 10);
  assertEquals(count(), 0);
  abort();
  assertEquals(late.runtime.socket(0).closed, false);
});

Deno.test("HttpRequest.signal ends the reading of a body that is open and not being read", async () => {
  for (const rest of ["0123456789", "01234", ""]) {
    const { abort, signal } = countedSignal();
    const body = await openBody(fixture({ signal }), LENGTH_10 + rest);
    abort();
    assertEquals(summary(await failureOf(body.read())), "cancelled unknown");
    assertEquals(summary(await failureOf(body.bytes(10))), "cancelled unknown");
  }
});

Deno.test("close() fails running exchanges in each phase", async () => {
  const connecting = fixture();
  connecting.runtime.connecting = () => new Promise(() => {});
  const first = failureOf(connecting.client.exchange(connecting.request));
  await settle();
  connecting.client.close();
  assertEquals(summary(await first), "cancelled not_sent");

  const waiting = fixture();
  const second = failureOf(waiting.client.exchange(waiting.request));
  await settle();
  waiting.client.close();
  assertEquals(summary(await second), "cancelled unknown");

  const reading = fixture();
  const body = await openBody(reading, LENGTH_10);
  const third = failureOf(body.read());
  reading.client.close();
  assertEquals(summary(await third), "cancelled unknown");
  assert(reading.runtime.socket(0).closed);
});

Deno.test("dropIdleConnections() leaves running exchanges alone", async () => {
  const it = fixture();
  const body = await openBody(it, LENGTH_10);
  it.client.dropIdleConnections();
  it.runtime.socket(0).send("0123456789");
  assertEquals((await body.bytes(10)).length, 10);
});
