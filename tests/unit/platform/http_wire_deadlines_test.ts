import { assertEquals } from "@std/assert";
import { DeadlineTable } from "../../../src/platform/http_wire_deadlines.ts";
import { FakeRuntime } from "./http_wire_fakes.ts";

class Entry {
  expirations = 0;
  constructor(public deadline = Infinity) {}
  expire(): void {
    this.expirations++;
    this.deadline = Infinity;
  }
}

Deno.test("DeadlineTable lets each entry expire once, at its own time", async () => {
  const runtime = new FakeRuntime();
  const table = new DeadlineTable<Entry>(runtime);
  const entries = [new Entry(300), new Entry(100), new Entry(200)];
  for (const entry of entries) table.add(entry);
  const counts = () => entries.map(({ expirations }) => expirations);
  await runtime.advance(99);
  assertEquals(counts(), [0, 0, 0]);
  await runtime.advance(1);
  assertEquals(counts(), [0, 1, 0]);
  await runtime.advance(1000);
  assertEquals(counts(), [1, 1, 1]);
  assertEquals(runtime.alarms, 0);
});

Deno.test("DeadlineTable never has more than one timer, and none without entries", async () => {
  const runtime = new FakeRuntime();
  const table = new DeadlineTable<Entry>(runtime);
  const entry = new Entry();
  table.add(entry);
  assertEquals(runtime.alarms, 0);
  for (const deadline of [500, 400, 600, 300]) {
    entry.deadline = deadline;
    table.note(deadline);
    assertEquals(runtime.alarms, 1);
  }
  entry.deadline = 900;
  await runtime.advance(899);
  assertEquals([entry.expirations, runtime.alarms], [0, 1]);
  table.delete(entry);
  assertEquals(runtime.alarms, 0);
});
