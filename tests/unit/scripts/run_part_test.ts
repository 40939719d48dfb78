import { assertEquals, assertMatch } from "@std/assert";
import { runPart } from "../../../scripts/test/run_part.ts";

Deno.test("runPart() ends a run in which a test hangs, and names it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "causeway_run_part_" });
  try {
    const hanging = 'Deno.test("hangs", () => new Promise((end) => setTimeout(end, 3_600_000)));';
    const paths = ["a_test.ts", "b_test.ts"].map((name) => `${folder}/${name}`);
    for (const path of paths) await Deno.writeTextFile(path, hanging);
    const lines: string[] = [];
    const { counts, fault } = await runPart({ name: "hanging", paths, findsLeaks: false }, {
      show: (line) => lines.push(line),
      verbose: false,
      silenceLimit: 3000,
    });
    assertEquals([counts.passed, counts.failed], [0, 1]);
    assertMatch(fault ?? "", /^no test ended for 3 s/);
    assertMatch(lines.join("\n"), /pending:[\s\S]*hangs/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
