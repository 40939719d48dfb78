import { assertEquals, assertStringIncludes } from "@std/assert";
import type { HeaderSource } from "../../../src/bridge/options.ts";
import { LiveHeaders } from "../../../src/cli/live_headers.ts";
import { SILENT_LOGGER } from "../../../src/log/logger.ts";
import type { HttpHeader } from "../../../src/platform/http_client.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { causewayError } from "./fake_platform.ts";
import { exited, FakeProcesses } from "./fake_processes.ts";

/** Files that count how often they are read and looked at. */
class CountingFiles extends MemoryFiles {
  reads = 0;
  looks = 0;

  override readText(path: string) {
    this.reads++;
    return super.readText(path);
  }

  override info(path: string) {
    this.looks++;
    return super.info(path);
  }
}

function setUp(given: {
  readonly headers?: readonly HttpHeader[];
  readonly sources?: readonly HeaderSource[];
  readonly commands?: readonly string[];
  readonly outcomes?: readonly string[];
}) {
  const clock = new FakeClock();
  const files = new CountingFiles(() => clock.wallTime());
  const processes = new FakeProcesses();
  processes.outcomes.push(...(given.outcomes ?? []).map((text) => exited(text)));
  const warnings: string[] = [];
  const told: string[] = [];
  const live = new LiveHeaders({
    headers: given.headers ?? [],
    sources: given.sources ?? [],
    commands: (given.commands ?? []).map((name) => ({ name, program: "gh", args: [] })),
    files,
    lookUp: (name) => name === "TOKEN" ? "s3cret" : undefined,
    clock,
    logger: { ...SILENT_LOGGER, warn: (message) => void warnings.push(message) },
    loadProcesses: () => Promise.resolve(processes),
    redact: (text) => text,
    onValue: (name, value) => void told.push(`${name}: ${value}`),
  });
  return { live, clock, files, processes, warnings, told };
}

const FILE: readonly HeaderSource[] = [
  { kind: "field", field: ["A", "1"] },
  { kind: "file", path: "f" },
];
const AT_START: readonly HttpHeader[] = [["A", "1"], ["X", "old"]];

Deno.test("LiveHeaders gives what was given at start, where nothing can change", async () => {
  const { live, files } = setUp({ headers: [["A", "1"]], sources: FILE.slice(0, 1) });
  assertEquals([live.changeable, live.version], [false, 0]);
  await live.refresh();
  assertEquals(await live.renew(0), false);
  assertEquals(live.current(), [["A", "1"]]);
  assertEquals([files.looks, files.reads], [0, 0]);
});

Deno.test("LiveHeaders reads a header file again when it changed", async () => {
  const { live, clock, files, told } = setUp({ headers: AT_START, sources: FILE });
  files.set("f", "X: old");
  await live.refresh();
  assertEquals([live.changeable, live.version, live.current()], [true, 0, AT_START]);
  await clock.advance(1000);
  files.set("f", "X: ${TOKEN}\nY: 2\n");
  await live.refresh();
  assertEquals(live.current(), [["A", "1"], ["X", "s3cret"], ["Y", "2"]]);
  assertEquals(live.version, 1);
  assertEquals(told.includes("X: s3cret"), true);
});

Deno.test("LiveHeaders looks at its files once a second at most", async () => {
  const { live, clock, files } = setUp({ headers: AT_START, sources: FILE });
  files.set("f", "X: old");
  await live.refresh();
  await clock.advance(999);
  files.set("f", "X: new");
  await live.refresh();
  assertEquals([files.looks, live.current()], [1, AT_START]);
  await clock.advance(1);
  await live.refresh();
  assertEquals([files.looks, live.current()], [2, [["A", "1"], ["X", "new"]]]);
});

Deno.test("LiveHeaders does not read a file that did not change", async () => {
  const { live, clock, files } = setUp({ headers: AT_START, sources: FILE });
  files.set("f", "X: old");
  await live.refresh();
  await clock.advance(5000);
  await live.refresh();
  assertEquals([files.looks, files.reads], [2, 1]);
});

for (
  const [what, damage] of [
    ["gone", (files: MemoryFiles) => files.remove("f")],
    ["unreadable", (files: MemoryFiles) => files.set("f", "no header")],
    ["without its variable", (files: MemoryFiles) => files.set("f", "X: ${MISSING}")],
  ] as const
) {
  Deno.test(`LiveHeaders keeps the values of a file that is ${what}, and warns once`, async () => {
    const { live, clock, files, warnings } = setUp({ headers: AT_START, sources: FILE });
    files.set("f", "X: old");
    await live.refresh();
    await damage(files);
    for (let look = 0; look < 3; look++) {
      await clock.advance(1000);
      await live.refresh();
    }
    assertEquals([live.current(), live.version], [AT_START, 0]);
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0] ?? "", "the earlier headers are sent");
    files.set("f", "X: new");
    await clock.advance(1000);
    await live.refresh();
    assertEquals(live.current(), [["A", "1"], ["X", "new"]]);
    await files.remove("f");
    await clock.advance(1000);
    await live.refresh();
    assertEquals(warnings.length, 2);
  });
}

Deno.test("LiveHeaders looks at its files at once after a refusal", async () => {
  const { live, files } = setUp({ headers: AT_START, sources: FILE });
  files.set("f", "X: old");
  await live.refresh();
  assertEquals(await live.renew(live.version), false);
  files.set("f", "X: new!");
  assertEquals(await live.renew(live.version), true);
  assertEquals(live.current(), [["A", "1"], ["X", "new!"]]);
});

Deno.test("LiveHeaders adds what programs print, in the place of a field of that name", async () => {
  const { live, told } = setUp({
    headers: [["a", "from file"], ["B", "2"]],
    commands: ["A", "Authorization"],
    outcomes: ["one", "two"],
  });
  assertEquals(live.current(), [["B", "2"]]);
  assertEquals(["authorization", "b", "C"].map((name) => live.has(name)), [true, true, false]);
  await live.refresh();
  assertEquals(live.current(), [["B", "2"], ["A", "one"], ["Authorization", "Bearer two"]]);
  assertEquals(told, ["A: one", "Authorization: Bearer two"]);
});

Deno.test("LiveHeaders tells whether a program runs", async () => {
  const { live, processes } = setUp({ commands: ["A"] });
  assertEquals(live.running, false);
  const refreshed = live.refresh();
  await Promise.resolve();
  await Promise.resolve();
  assertEquals(live.running, true);
  processes.runs[0]?.end(exited("one"));
  await refreshed;
  assertEquals(live.running, false);
});

Deno.test("LiveHeaders runs programs again for a refused value, but not for an older one", async () => {
  const { live, processes } = setUp({ commands: ["A"], outcomes: ["one", "two", "two"] });
  await live.refresh();
  const refused = live.version;
  assertEquals(await live.renew(refused), true);
  assertEquals(await live.renew(refused), true);
  assertEquals(processes.runs.length, 2);
  assertEquals(await live.renew(live.version), false);
  assertEquals([processes.runs.length, live.current()], [3, [["A", "two"]]]);
});

Deno.test("LiveHeaders fails where a program gives no value", async () => {
  const { live } = setUp({ commands: ["A"], outcomes: ["", ""] });
  assertEquals((await causewayError(() => live.refresh())).code, "authorization-failed");
  assertEquals((await causewayError(() => live.renew(0))).code, "authorization-failed");
});
