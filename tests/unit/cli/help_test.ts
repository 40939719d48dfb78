import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FLAGS } from "../../../src/cli/flags/table.ts";
import { helpText } from "../../../src/cli/help.ts";
import { EXIT_CODES } from "../../../src/errors.ts";

for (const detail of ["short", "full"] as const) {
  Deno.test(`helpText() in ${detail} lists each flag`, () => {
    const lines = helpText(detail).split("\n");
    for (const flag of FLAGS) {
      const value = flag.kind === "switch" ? "" : ` ${flag.valueName}`;
      const short = flag.short === undefined ? "" : `-${flag.short}, `;
      const beginning = `  ${short}--${flag.name}${value}`;
      const found = lines.some((line) => line === beginning || line.startsWith(`${beginning}  `));
      assert(found, flag.name);
    }
  });

  Deno.test(`helpText() in ${detail} takes at most 100 columns, without spaces at line ends`, () => {
    const bad = helpText(detail).split("\n").filter((line) =>
      line.length > 100 || line !== line.trimEnd()
    );
    assertEquals(bad, []);
  });
}

Deno.test("helpText() holds every description whole", () => {
  const short = helpText("short").replace(/\s+/g, " ");
  const full = helpText("full").replace(/\s+/g, " ");
  for (const flag of FLAGS) {
    assertStringIncludes(short, flag.doc);
    assertStringIncludes(full, flag.longDoc);
  }
});

Deno.test("helpText() names each exit code", () => {
  for (const code of [0, ...Object.values(EXIT_CODES), 129, 130, 143]) {
    assertStringIncludes(helpText("full"), ` ${code}`);
  }
});
