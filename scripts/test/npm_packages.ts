import { join } from "@std/path";
import { sha256Of } from "../build/checksum.ts";
import { runProgram } from "../build/run_program.ts";

/**
 * Installs the npm packages of a folder exactly as its lock file says; does nothing when that is
 * done already, or when there is no lock file.
 *
 * @throws {Error} with npm's words when it fails
 */
export async function installPackages(folder: string): Promise<void> {
  const lockFile = await Deno.readFile(join(folder, "package-lock.json")).catch(() => undefined);
  if (lockFile === undefined) return;
  const wanted = sha256Of(lockFile);
  using lock = await Deno.open(join(folder, ".install-lock"), { create: true, write: true });
  await lock.lock(true);
  const stamp = join(folder, "node_modules", ".causeway-lock-hash");
  if (await Deno.readTextFile(stamp).catch(() => "") === wanted) return;
  console.log("installing packages from npm");
  const result = await runProgram("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], {
    cwd: folder,
  });
  if (!result.success) throw new Error(`Cannot install "${folder}": ${result.output.trim()}`);
  await Deno.writeTextFile(stamp, wanted);
}
