import { assertEquals } from "@std/assert";
import { findCycles } from "../../../scripts/layers/cycles.ts";
import { checkRules, type SourceFile } from "../../../scripts/layers/rules.ts";

function file(path: string, ...targets: readonly string[]): SourceFile {
  const imports = targets.map((target) => {
    const typeOnly = target.startsWith("type ");
    const name = target.replace("type ", "");
    return { specifier: name, typeOnly, target: /\.ts$/.test(name) ? name : undefined };
  });
  return { path, imports };
}

function rulesOf(path: string, target: string): readonly string[] {
  return checkRules([file(path, target)]).map((violation) => violation.rule);
}

const ALLOWED: readonly (readonly [string, string])[] = [
  ["src/transport/a.ts", "src/jsonrpc/b.ts"],
  ["src/transport/a.ts", "src/transport/http_sse/b.ts"],
  ["src/transport/a.ts", "type src/stdio/b.ts"],
  ["src/log/a.ts", "src/errors.ts"],
  ["src/log/a.ts", "type src/platform/clock.ts"],
  ["src/platform/a.ts", "node:fs"],
  ["src/cli/a.ts", "node:crypto"],
  ["src/cli/a.ts", "@std/cli/parse-args"],
  ["main.ts", "src/cli/run.ts"],
];

for (const [path, target] of ALLOWED) {
  Deno.test(`checkRules() allows ${target} in ${path}`, () => {
    assertEquals(rulesOf(path, target), []);
  });
}

const REFUSED: readonly (readonly [string, string, string])[] = [
  [
    "src/jsonrpc/a.ts",
    "src/transport/b.ts",
    "layer 1 (jsonrpc) may not import layer 2 (transport)",
  ],
  [
    "src/jsonrpc/a.ts",
    "type src/cli/b.ts",
    "layer 1 (jsonrpc) may not import layer 4 (cli)",
  ],
  [
    "src/transport/a.ts",
    "src/oauth/b.ts",
    'siblings of layer 2 (transport, oauth) share only types: use "import type"',
  ],
  [
    "src/errors.ts",
    "src/platform/b.ts",
    'siblings of layer 0 (errors.ts, platform) share only types: use "import type"',
  ],
  ["src/cli/a.ts", "scripts/build.ts", "a file of the program imports only from src/"],
  ["src/cli/a.ts", "src/utils/b.ts", "the imported folder belongs to no layer"],
  ["src/cli/a.ts", "node:fs", "node: modules stand behind a port of src/platform"],
  [
    "src/platform/a.ts",
    "npm:undici",
    "packages are pinned in the import map of deno.json, not in a file",
  ],
];

for (const [path, target, rule] of REFUSED) {
  Deno.test(`checkRules() refuses ${target} in ${path}`, () => {
    assertEquals(rulesOf(path, target), [rule]);
  });
}

Deno.test("checkRules() refuses a folder that no layer names", () => {
  assertEquals(checkRules([file("src/helpers/a.ts")]), [
    { path: "src/helpers/a.ts", specifier: "", rule: "its folder belongs to no layer" },
  ]);
});

Deno.test("findCycles() finds nothing in a diamond", () => {
  assertEquals(
    findCycles([file("a.ts", "b.ts", "c.ts"), file("b.ts", "d.ts"), file("c.ts", "d.ts")]),
    [],
  );
});

Deno.test("findCycles() names every file along a cycle, types included", () => {
  const files = [file("a.ts", "b.ts"), file("b.ts", "type c.ts"), file("c.ts", "b.ts")];
  assertEquals(findCycles(files), [["b.ts", "c.ts", "b.ts"]]);
});

Deno.test("findCycles() finds a file that imports itself", () => {
  assertEquals(findCycles([file("a.ts", "a.ts")]), [["a.ts", "a.ts"]]);
});
