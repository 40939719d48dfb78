import { createHash } from "node:crypto";
import { join, relative } from "@std/path";
import { ROOT } from "./cache_folders.ts";

/** What the last build was made of and what came out, so that it is not made again for nothing. */
export interface BuildRecord {
  /** Hash of everything that went in. */
  readonly inputs: string;
  /** What the user is told about the base. */
  readonly base: string;
  /** Size in bytes and time of change of the executable. */
  readonly output: string;
}

const INPUTS = ["main.ts", "src", "deno.json", "deno.lock", "scripts/build", "scripts/build.ts"];

/** A hash of every file that a build depends on, of the running Deno, and of `extra`. */
export async function inputHash(extra: string): Promise<string> {
  const hash = createHash("sha256").update(`${Deno.version.deno} ${Deno.build.target} ${extra}\n`);
  for (const name of INPUTS) {
    for await (const path of filesUnder(join(ROOT, name))) {
      hash.update(`${relative(ROOT, path)}\n`).update(await Deno.readFile(path));
    }
  }
  return hash.digest("hex");
}

/** Identifies an executable on disk without reading it; `undefined` when it is not there. */
export async function outputStamp(path: string): Promise<string | undefined> {
  const info = await Deno.stat(path).catch(() => undefined);
  return info === undefined ? undefined : `${info.size} ${info.mtime?.toISOString() ?? ""}`;
}

async function* filesUnder(path: string): AsyncGenerator<string> {
  const info = await Deno.stat(path).catch(() => undefined);
  if (info?.isFile) yield path;
  if (!info?.isDirectory) return;
  const names = [...Deno.readDirSync(path)].map((entry) => entry.name).sort();
  for (const name of names) yield* filesUnder(join(path, name));
}
