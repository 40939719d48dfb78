import { assertEquals } from "@std/assert";
import { isRoutine, readSummary, verdict } from "../../../scripts/test/summary.ts";

Deno.test("readSummary() reads the counts of the last summary", () => {
  const output = "running 2 tests\nok | 1 passed | 0 failed (1ms)\n" +
    "ok | 38 passed (3 steps) | 2 failed | 1 ignored | 4 filtered out (88ms)\n\n";
  assertEquals(readSummary(output), { passed: 38, failed: 2, skipped: 5 });
});

Deno.test("readSummary() reads the counts of a failed run", () => {
  assertEquals(readSummary("FAILED | 3 passed | 2 failed (1s)\nerror: Test failed\n"), {
    passed: 3,
    failed: 2,
    skipped: 0,
  });
});

Deno.test("readSummary() finds none when the run broke down", () => {
  assertEquals(readSummary("error: Module not found\nok | many passed"), undefined);
});

const VERDICTS: readonly (readonly [string, Parameters<typeof verdict>, string | undefined])[] = [
  ["accepts a run without fault", [{ passed: 1, failed: 0, skipped: 0 }, 0], undefined],
  ["refuses failures", [{ passed: 1, failed: 2, skipped: 0 }, 1], "2 failed"],
  ["refuses skipped tests", [{ passed: 1, failed: 0, skipped: 1 }, 0], "1 were skipped"],
  ["refuses a run of nothing", [{ passed: 0, failed: 0, skipped: 0 }, 0], "no test ran"],
  ["refuses a run that broke down", [undefined, 1], "the run broke down (exit code 1)"],
  [
    "refuses an exit code that the counts do not explain",
    [{ passed: 1, failed: 0, skipped: 0 }, 1],
    "the run ended with exit code 1",
  ],
];

for (const [criterion, args, expected] of VERDICTS) {
  Deno.test(`verdict() ${criterion}`, () => assertEquals(verdict(...args), expected));
}

for (
  const line of [
    "",
    "frameOf() keeps an id ... ok (12ms)",
    "running 1 test from ./tests/unit/a_test.ts",
    "ok | 1 passed | 0 failed (1ms)",
  ]
) {
  Deno.test(`isRoutine() leaves out "${line}"`, () => assertEquals(isRoutine(line), true));
}

for (
  const line of ["a ... FAILED (1ms)", "error: AssertionError", "b ... ignored (0ms)", "a line"]
) {
  Deno.test(`isRoutine() shows "${line}"`, () => assertEquals(isRoutine(line), false));
}
