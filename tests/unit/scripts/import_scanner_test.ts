import { assertEquals } from "@std/assert";
import { scanImports } from "../../../scripts/layers/import_scanner.ts";

const CASES: readonly (readonly [string, string, readonly (readonly [string, boolean])[]])[] = [
  ["a named import", `import { a } from "./a.ts";`, [["./a.ts", false]]],
  ["an import type", `import type { A } from "./a.ts";`, [["./a.ts", true]]],
  ["only type names", `import { type A, type B as C } from "./a.ts";`, [["./a.ts", true]]],
  ["types and values", `import { type A, b } from "./a.ts";`, [["./a.ts", false]]],
  ["a value named type", `import { type as t } from "./a.ts";`, [["./a.ts", false]]],
  ["a namespace", `import * as a from './a.ts';`, [["./a.ts", false]]],
  ["a re-export", `export { a } from "./a.ts";`, [["./a.ts", false]]],
  ["a re-export of all", `export * from "./a.ts";`, [["./a.ts", false]]],
  ["a re-export of types", `export type { A } from "./a.ts";`, [["./a.ts", true]]],
  ["a bare import", `import "./a.ts";`, [["./a.ts", false]]],
  ["a dynamic import", `const a = await import("./a.ts");`, [["./a.ts", false]]],
  ["several lines", `import {\n  a,\n  b,\n} from "./a.ts";`, [["./a.ts", false]]],
  ["two in a row", `import { a } from "./a.ts";\nimport type { B } from "./b.ts";`, [
    ["./a.ts", false],
    ["./b.ts", true],
  ]],
  ["a comment", `// import { a } from "./a.ts";\n/* import "./b.ts"; */`, []],
  ["a template literal", 'const a = `\nimport { a } from "./a.ts";\n`;', []],
  ["a word that only ends like it", `export const from = "./a.ts";`, []],
  ["a URL in a string", `import { a } from "https://x.test//a.ts";`, [[
    "https://x.test//a.ts",
    false,
  ]]],
];

for (const [name, source, expected] of CASES) {
  Deno.test(`scanImports() reads ${name}`, () => {
    assertEquals(scanImports(source).map((one) => [one.specifier, one.typeOnly]), [...expected]);
  });
}
