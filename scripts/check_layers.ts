/**
 * Checks that imports point down through the layers of CONTRIBUTING.md and that there is no cycle.
 * Usage: `deno task layers`. Exits with 1 when a rule is broken.
 */
import { dirname, join, relative } from "@std/path";
import { scanImports } from "./layers/import_scanner.ts";
import { findCycles } from "./layers/cycles.ts";
import { checkRules, type SourceFile } from "./layers/rules.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");

function* sourcePaths(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* sourcePaths(path);
    else if (entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts")) yield path;
  }
}

function readSource(file: string): SourceFile {
  const imports = scanImports(Deno.readTextFileSync(file)).map((one) => ({
    ...one,
    target: one.specifier.startsWith(".")
      ? fromRoot(join(dirname(file), one.specifier))
      : undefined,
  }));
  return { path: fromRoot(file), imports };
}

function fromRoot(file: string): string {
  return relative(ROOT, file).replaceAll("\\", "/");
}

function main(): number {
  const paths = [join(ROOT, "main.ts"), ...sourcePaths(join(ROOT, "src"))].sort();
  const files = paths.map(readSource);
  const violations = checkRules(files);
  const cycles = findCycles(files);
  for (const { path, specifier, rule } of violations) {
    console.error(`${path}: imports "${specifier}": ${rule}`);
  }
  for (const cycle of cycles) console.error(`import cycle: ${cycle.join(" -> ")}`);
  const broken = violations.length + cycles.length;
  console.log(`layers: ${files.length} files checked, ${broken} problems`);
  return broken === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(main());
