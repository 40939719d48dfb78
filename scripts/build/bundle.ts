import { join } from "@std/path";
import { ROOT } from "./cache_folders.ts";
import { runProgram } from "./run_program.ts";

/** A bundled program. */
export interface Bundle {
  /** Path of its first module. */
  readonly main: string;
  /** Paths of the modules that it loads when it needs them. */
  readonly chunks: readonly string[];
}

/**
 * Bundles `main.ts` with the running Deno. Dynamic imports become chunks of their own, so that what
 * a run does not need is not loaded.
 *
 * @throws {Error} with the bundler's words when it fails
 */
export async function bundleProgram(folder: string): Promise<Bundle> {
  await Deno.remove(folder, { recursive: true }).catch(() => undefined);
  const result = await runProgram(Deno.execPath(), [
    "bundle",
    "--quiet",
    "--code-splitting",
    "--minify",
    "--outdir",
    folder,
    "main.ts",
  ], { cwd: ROOT });
  if (!result.success) throw new Error(`Cannot bundle "main.ts": ${result.output.trim()}`);
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  if (!names.includes("main.js")) {
    throw new Error(`Cannot bundle "main.ts": the bundler wrote ${names.join(", ") || "nothing"}`);
  }
  const chunks = names.filter((name) => name !== "main.js").map((name) => join(folder, name));
  return { main: join(folder, "main.js"), chunks };
}
