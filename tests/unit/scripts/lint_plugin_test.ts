import { assertEquals } from "@std/assert";
import plugin from "../../../scripts/lint_plugin.ts";

function idsOf(filename: string, source: string): readonly string[] {
  return Deno.lint.runPlugin(plugin, filename, source).map((diagnostic) => diagnostic.id);
}

const LONG_FILE = "export {};\n".repeat(301);
const LONG_FUNCTION = `function f(): void {\n${"  g();\n".repeat(59)}}\n`;

const REFUSED: readonly (readonly [string, string, string])[] = [
  ["no-deno-outside-platform", "src/cli/run.ts", "Deno.exit(0);"],
  ["no-deno-outside-platform", "src/cli/run.ts", "const exit = Deno.exit;"],
  ["no-deno-outside-platform", "src/errors.ts", "const { env } = Deno;"],
  ["no-platform-globals", "src/bridge/pump.ts", "setTimeout(() => {}, 5);"],
  ["no-platform-globals", "src/transport/post.ts", 'await fetch("http://127.0.0.1/");'],
  ["no-console", "src/platform/files.ts", 'console.log("a");'],
  ["no-console", "main.ts", 'console.error("a");'],
  ["hash-private", "src/cli/run.ts", "class A { private a = 1; }"],
  ["hash-private", "src/cli/run.ts", "class A { private a(): void {} }"],
  ["hash-private", "tests/unit/a_test.ts", "class A { constructor(private a: number) {} }"],
  ["hash-private", "src/cli/run.ts", "class A { private get a(): number { return 1; } }"],
  ["named-exports", "scripts/build.ts", "export default 1;"],
  ["max-file-lines", "src/cli/run.ts", LONG_FILE],
  ["max-function-lines", "src/cli/run.ts", LONG_FUNCTION],
  ["max-function-lines", "main.ts", `const a = () => {\n${"  g();\n".repeat(60)}};\n`],
];

for (const [rule, filename, source] of REFUSED) {
  const shown = source.slice(0, 40).replaceAll("\n", " ");
  Deno.test(`${rule} refuses "${shown}" in ${filename}`, () => {
    assertEquals(idsOf(filename, source), [`causeway/${rule}`]);
  });
}

const ALLOWED: readonly (readonly [string, string])[] = [
  ["src/platform/system_files.ts", 'Deno.openSync("a"); setTimeout(() => {}, 1);'],
  ["/home/src/causeway/scripts/build.ts", 'console.log("a"); Deno.exit(0);'],
  ["main.ts", "Deno.exit(0);"],
  ["src/cli/run.ts", "class A { #a = 1; readonly b = 2; protected c = 3; }"],
  ["src/cli/run.ts", "class A { private constructor() {} }"],
  ["src/bridge/pump.ts", "clock.setTimeout(() => {}, 5); const fetch = client.fetch();"],
  ["src/cli/run.ts", LONG_FILE.slice("export {};\n".length)],
  ["src/cli/run.ts", LONG_FUNCTION.replace("  g();\n", "")],
  ["tests/unit/a_test.ts", LONG_FUNCTION],
];

for (const [filename, source] of ALLOWED) {
  const shown = source.slice(0, 40).replaceAll("\n", " ");
  Deno.test(`the plugin allows "${shown}" in ${filename}`, () => {
    assertEquals(idsOf(filename, source), []);
  });
}
