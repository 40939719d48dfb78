import { assertEquals } from "@std/assert";
import { FakeClock } from "./fake_clock.ts";

Deno.test("FakeClock.advance() calls what is due, in order and at its own time", async () => {
  const clock = new FakeClock();
  const calls: [string, number][] = [];
  clock.after(20, () => calls.push(["second", clock.now()]));
  clock.after(10, () => calls.push(["first", clock.now()]));
  clock.after(31, () => calls.push(["late", clock.now()]));
  await clock.advance(30);
  assertEquals(calls, [["first", 10], ["second", 20]]);
  assertEquals([clock.now(), clock.pending, clock.nextIn], [30, 1, 1]);
});

Deno.test("FakeClock.advance() reaches timers that others set", async () => {
  const clock = new FakeClock();
  const seen: number[] = [];
  const repeat = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      await clock.sleep(5);
      seen.push(clock.now());
    }
  };
  const repeated = repeat();
  await clock.advance(100);
  await repeated;
  assertEquals(seen, [5, 10, 15]);
});

Deno.test("FakeClock.every() goes on until it is stopped", async () => {
  const clock = new FakeClock();
  let count = 0;
  const timer = clock.every(10, () => count++);
  await clock.advance(35);
  timer.stop();
  await clock.advance(100);
  assertEquals([count, clock.pending], [3, 0]);
});

Deno.test("FakeClock.sleep() ends early when its signal is aborted", async () => {
  const clock = new FakeClock();
  const end = new AbortController();
  const slept = clock.sleep(1000, end.signal);
  end.abort();
  await slept;
  assertEquals(clock.pending, 0);
});

Deno.test("FakeClock.jumpWall() leaves the monotonic time alone", () => {
  const clock = new FakeClock();
  const before = clock.wallTime();
  clock.jumpWall(60_000);
  assertEquals([clock.wallTime() - before, clock.now()], [60_000, 0]);
});
