import { assertEquals } from "@std/assert";
import { OneWayMessages } from "../../../src/transport/one_way_messages.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** Sends `count` messages that end only when their signal is aborted. */
function sendEndless(messages: OneWayMessages, count: number): { started: number; ended: number } {
  const seen = { started: 0, ended: 0 };
  for (let index = 0; index < count; index++) {
    messages.send((signal) => {
      seen.started++;
      return new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          seen.ended++;
          resolve();
        })
      );
    });
  }
  return seen;
}

Deno.test("OneWayMessages sends a flood in turns, and gives up what the server does not take", async () => {
  const clock = new FakeClock();
  const closing = new AbortController();
  const messages = new OneWayMessages(clock, closing.signal);
  const seen = sendEndless(messages, 120);
  assertEquals(seen, { started: 50, ended: 0 });
  await clock.advance(30_000);
  assertEquals(seen, { started: 100, ended: 50 });
  // Those that nobody waits for may take longer.
  await clock.advance(600_000);
  assertEquals(seen, { started: 120, ended: 70 });
  closing.abort();
  await messages.delivered();
});

Deno.test("OneWayMessages.delivered() waits for what is on its way, and no longer than the connection lasts", async () => {
  const closing = new AbortController();
  const messages = new OneWayMessages(new FakeClock(), closing.signal);
  await messages.delivered();
  const taken = Promise.withResolvers<void>();
  const order: string[] = [];
  messages.send(() => taken.promise.then(() => void order.push("taken")));
  const delivered = messages.delivered().then(() => order.push("delivered"));
  taken.resolve();
  await delivered;
  assertEquals(order, ["taken", "delivered"]);
  const seen = sendEndless(messages, 1);
  closing.abort();
  await messages.delivered();
  assertEquals(seen.ended, 1);
});
