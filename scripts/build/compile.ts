import { dirname, join } from "@std/path";
import { programsFor } from "./allowed_programs.ts";
import type { Bundle } from "./bundle.ts";
import { runProgram } from "./run_program.ts";

/** The runtime into which a bundle is compiled. */
export interface Runtime {
  /** Path of the Deno that compiles. */
  readonly deno: string;
  /** Path of the base executable, or `undefined` for the one that this Deno downloads. */
  readonly base: string | undefined;
}

/** Compiling takes seconds; the rest is for a download of the base over a slow line. */
const COMPILE_MS = 180_000;

/**
 * What every run of the binary finds in its environment unless the user set it: the trust stores, and a
 * PATH, without which the runtime cannot resolve the programs it may start and ends before our first
 * line (clients do start servers with an empty environment).
 */
export function embeddedEnvironment(os: string): string {
  const path = os === "windows"
    ? "C:\\Windows\\System32;C:\\Windows"
    : "/usr/local/bin:/usr/bin:/bin";
  return `DENO_TLS_CA_STORE=system,mozilla\nPATH='${path}'\n`;
}

/**
 * The permissions of the binary: network, files and environment as the user who starts it, a closed
 * list of programs, no native code, and no questions on the terminal.
 */
export function permissionArguments(os: string): readonly string[] {
  return [
    "--allow-net",
    "--allow-env",
    "--allow-read",
    "--allow-write",
    // The home directory where no variable names it.
    "--allow-sys=homedir",
    `--allow-run=${programsFor(os).join(",")}`,
    "--no-prompt",
  ];
}

/**
 * Compiles a bundle to an executable, written whole: a running older one is left alone.
 *
 * @throws {Error} with the compiler's words when it fails
 */
export async function compileBundle(
  bundle: Bundle,
  runtime: Runtime,
  output: string,
): Promise<void> {
  const envFile = join(dirname(bundle.main), "embedded.env");
  await Deno.writeTextFile(envFile, embeddedEnvironment(Deno.build.os));
  await Deno.mkdir(dirname(output), { recursive: true });
  const exe = Deno.build.os === "windows" ? ".exe" : "";
  const draft = `${output.replace(/\.exe$/, "")}.${crypto.randomUUID().slice(0, 8)}${exe}`;
  const args = [
    "compile",
    "--quiet",
    // A bridge lives for days: measured, memory after 200,000 calls is a half, calls cost the same.
    "--v8-flags=--optimize-for-size",
    "--no-check",
    "--no-config",
    "--no-lock",
    "--no-code-cache",
    `--env-file=${envFile}`,
    ...permissionArguments(Deno.build.os),
    ...bundle.chunks.map((chunk) => `--include=${chunk}`),
    `--output=${draft}`,
    bundle.main,
  ];
  try {
    const result = await runProgram(runtime.deno, args, {
      timeoutMs: COMPILE_MS,
      ...(runtime.base === undefined ? {} : { env: { DENORT_BIN: runtime.base } }),
    });
    if (!result.success) throw new Error(`Cannot compile: ${result.output.trim()}`);
    await Deno.rename(draft, output);
  } finally {
    await Deno.remove(draft).catch(() => undefined);
  }
}
