import { join } from "@std/path";
import type { BaseSource } from "./base_table.ts";
import { type Bundle, bundleProgram } from "./bundle.ts";
import { BUILD_CACHE, ROOT } from "./cache_folders.ts";
import { type BaseCandidate, type BaseRequest, chooseBase } from "./choose_base.ts";
import { compileBundle } from "./compile.ts";
import { type BuildRecord, inputHash, outputStamp } from "./fingerprint.ts";
import { officialRefusal } from "./official_base.ts";
import { baseExecutable, compilerExecutable } from "./pinned_file.ts";
import { PINNED_DENO } from "./pinned_deno.ts";
import { runProgram } from "./run_program.ts";

/** Path of the binary that the tests, the demo and the benchmarks run. */
export const BINARY: string = join(
  ROOT,
  "dist",
  Deno.build.os === "windows" ? "causeway.exe" : "causeway",
);

/** What to build, and how. */
export interface BuildOptions {
  /** Which base to use; the default is the best that can be had. */
  readonly base?: BaseRequest;
  /** Where the executable goes; the default is {@linkcode BINARY}. */
  readonly output?: string;
  /** Takes a line for the user. */
  readonly log?: (line: string) => void;
}

/** A finished build. */
export interface BuiltBinary {
  readonly path: string;
  /** The base executable in words. */
  readonly base: string;
  /** False when nothing had changed since the last build. */
  readonly rebuilt: boolean;
}

/**
 * Builds the executable, unless nothing changed since the last time. Builds of one checkout wait
 * for each other.
 *
 * @throws {Error} when the Deno that runs is not the pinned one, or when no base can be had
 */
export async function buildBinary(options: BuildOptions = {}): Promise<BuiltBinary> {
  if (Deno.version.deno !== PINNED_DENO) {
    throw new Error(
      `Cannot build with Deno ${Deno.version.deno}: run "npx -y deno@${PINNED_DENO} task build"`,
    );
  }
  await Deno.mkdir(BUILD_CACHE, { recursive: true });
  using lock = await Deno.open(join(BUILD_CACHE, "lock"), { create: true, write: true });
  await lock.lock(true);
  return await buildUnderLock(options);
}

async function buildUnderLock(options: BuildOptions): Promise<BuiltBinary> {
  const { base: request = "auto", output = BINARY, log = () => {} } = options;
  const name = output.replaceAll(/[^A-Za-z0-9.]/g, "_");
  const recordPath = join(BUILD_CACHE, `${name}.json`);
  const inputs = await inputHash(request);
  const last = await readRecord(recordPath);
  if (last?.inputs === inputs && last.output === await outputStamp(output)) {
    return { path: output, base: last.base, rebuilt: false };
  }
  const bundle = await bundleProgram(join(BUILD_CACHE, "bundle"));
  const base = await compileOnBestBase(bundle, request, output, log);
  const stamp = await outputStamp(output) ?? "";
  const record: BuildRecord = { inputs, base, output: stamp };
  await Deno.writeTextFile(recordPath, JSON.stringify(record));
  return { path: output, base, rebuilt: true };
}

async function readRecord(path: string): Promise<BuildRecord | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    return undefined;
  }
}

/**
 * Compiles another bundle just as the binary is compiled, to compare the two.
 *
 * @throws {Error} when no base can be had
 */
export async function compileLike(bundle: Bundle, output: string): Promise<void> {
  await compileOnBestBase(bundle, "auto", output, () => {});
}

async function compileOnBestBase(
  bundle: Bundle,
  request: BaseRequest,
  output: string,
  log: (line: string) => void,
): Promise<string> {
  const choice = chooseBase(request, await readFacts(request));
  const refusals = [...choice.refusals];
  for (const candidate of choice.candidates) {
    try {
      const { runtime, words } = await runtimeOf(candidate);
      await compileBundle(bundle, runtime, output);
      for (const refusal of refusals) log(`base not used: ${refusal}`);
      return words;
    } catch (error) {
      refusals.push(`${nameOf(candidate)}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(`Cannot build: no base executable can be had\n${refusals.join("\n")}`);
}

async function readFacts(request: BaseRequest) {
  const wantsOfficial = request === "auto" || request === "official";
  const wantsPython = request === "auto" || request === "pypi";
  return {
    target: `${Deno.build.arch}-${Deno.build.os}`,
    officialRefusal: wantsOfficial ? await officialRefusal() : undefined,
    hasPython: wantsPython && (await runProgram("python3", ["-m", "pip", "--version"])).success,
  };
}

async function runtimeOf(candidate: BaseCandidate) {
  if (candidate.kind === "official") {
    const words = `official base executable of Deno ${PINNED_DENO}`;
    return { runtime: { deno: Deno.execPath(), base: undefined }, words };
  }
  const { source } = candidate;
  const base = await baseExecutable(source);
  const deno = await compilerExecutable(source);
  return { runtime: { deno, base }, words: wordsOf(source) };
}

function wordsOf(source: BaseSource): string {
  return `base executable of Deno ${source.denoVersion}, taken from ${source.file.package} ` +
    `(${source.name})`;
}

function nameOf(candidate: BaseCandidate): string {
  return candidate.kind === "official" ? "official" : candidate.source.name;
}
