import { assertEquals, assertStringIncludes } from "@std/assert";
import { FLAGS } from "../../../src/cli/flags/table.ts";
import { PINNED_DENO } from "../../../scripts/build/pinned_deno.ts";

const README = Deno.readTextFileSync(new URL("../../../README.md", import.meta.url));

Deno.test("README lists every flag in the words of the help", () => {
  for (const flag of FLAGS) {
    const value = flag.kind === "switch" ? "" : ` ${flag.valueName}`;
    const row = `| \`--${flag.name}${value}\` | ${flag.doc} |`;
    assertStringIncludes(README, row);
  }
});

Deno.test("README, tasks and scripts name one version of Deno", () => {
  const files = ["README.md", "CONTRIBUTING.md", ".ci/run", ".github/workflows/ci.yml"];
  for (const file of files) {
    const text = Deno.readTextFileSync(new URL(`../../../${file}`, import.meta.url));
    const named = [...text.matchAll(/deno@(\d[\d.]*\d)/g)].map((match) => match[1]);
    assertEquals(new Set(named), new Set([PINNED_DENO]), file);
  }
});
