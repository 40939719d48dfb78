import { join } from "@std/path";
import { PINNED_DENO } from "./pinned_deno.ts";
import { runProgram } from "./run_program.ts";

const PROBE_MS = 5_000;

/**
 * Why Deno's own base executable cannot be had, or `undefined` when it is cached already or its
 * place answers within a few seconds. `deno compile` itself would wait much longer.
 */
export async function officialRefusal(): Promise<string | undefined> {
  const file = `denort-${Deno.build.target}.zip`;
  if (await isCached(file)) return undefined;
  const url = `https://dl.deno.land/release/v${PINNED_DENO}/${file}`;
  try {
    const reply = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(PROBE_MS) });
    return reply.ok ? undefined : `${url} answered ${reply.status}`;
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    return late ? `${url} did not answer in ${PROBE_MS / 1000} s` : `${url} cannot be reached`;
  }
}

async function isCached(file: string): Promise<boolean> {
  const info = await runProgram(Deno.execPath(), ["info", "--json", "--no-config"], {
    timeoutMs: 20_000,
  });
  if (!info.success) return false;
  const folder = /"denoDir":\s*("(?:[^"\\]|\\.)*")/.exec(info.output)?.[1];
  if (folder === undefined) return false;
  const path = join(String(JSON.parse(folder)), "dl", "release", `v${PINNED_DENO}`, file);
  return await Deno.stat(path).then(() => true, () => false);
}
