/**
 * Builds the binary and runs the tests against it.
 * Usage: `deno task test [unit] [integration] [e2e] [--verbose]`; without a part, all of them.
 * The last line says `N passed, N failed`.
 */
import { join } from "@std/path";
import { buildBinary } from "./build/build_binary.ts";
import { ROOT } from "./build/cache_folders.ts";
import { installPackages } from "./test/npm_packages.ts";
import { runPart, type TestPart } from "./test/run_part.ts";

const PARTS: readonly TestPart[] = [
  { name: "unit", paths: ["tests/unit", "tests/support"], findsLeaks: true },
  { name: "integration", paths: ["tests/integration"], findsLeaks: true },
  { name: "e2e", paths: ["tests/e2e"], findsLeaks: false },
];

function readParts(args: readonly string[]): readonly TestPart[] {
  const names = args.filter((arg) => arg !== "--verbose");
  const known = PARTS.map((part) => part.name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`Cannot test "${unknown}": the parts are ${known.join(", ")}`);
  }
  return names.length === 0 ? PARTS : PARTS.filter((part) => names.includes(part.name));
}

async function prepareE2e(): Promise<void> {
  const built = await buildBinary({ log: (line) => console.log(line) });
  console.log(`${built.rebuilt ? "built" : "up to date:"} ${built.path}\nbase: ${built.base}`);
  for (const folder of ["servers", "auth_servers", "browser"]) {
    await installPackages(join(ROOT, "tests", "e2e", folder));
  }
}

async function main(args: readonly string[]): Promise<number> {
  const parts = readParts(args);
  if (parts.some((part) => part.name === "e2e")) await prepareE2e();
  let passed = 0;
  let failed = 0;
  let faults = 0;
  for (const part of parts) {
    const started = performance.now();
    console.log(`\n${part.name} tests`);
    const { counts, fault } = await runPart(part, {
      show: (line) => console.log(line),
      verbose: args.includes("--verbose"),
    });
    passed += counts.passed;
    failed += counts.failed;
    if (fault !== undefined) faults += 1;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const end = fault === undefined ? "ok" : `FAILED: ${fault}`;
    console.log(`${part.name}: ${counts.passed} passed in ${seconds} s, ${end}`);
  }
  console.log(`\n${passed} passed, ${Math.max(failed, faults)} failed`);
  return faults === 0 ? 0 : 1;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.log("\n0 passed, 1 failed");
    Deno.exit(1);
  }
}
