/**
 * Builds `dist/causeway` for this machine.
 * Usage: `deno task build [--base=auto|official|pypi|npm] [--output=<path>]`.
 */
import { resolve } from "@std/path";
import { buildBinary } from "./build/build_binary.ts";
import { BASE_REQUESTS, type BaseRequest } from "./build/choose_base.ts";

function readBase(text: string): BaseRequest {
  const known = BASE_REQUESTS.find((one) => one === text);
  if (known === undefined) {
    throw new Error(`Cannot build on "${text}": --base is one of ${BASE_REQUESTS.join(", ")}`);
  }
  return known;
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const flags = new Map(args.map((arg) => {
      const [, name, value] = /^--(base|output)=(.+)$/.exec(arg) ?? [];
      if (name === undefined || value === undefined) {
        throw new Error(`Cannot build with "${arg}": the flags are --base=… and --output=…`);
      }
      return [name, value];
    }));
    const output = flags.get("output");
    const started = performance.now();
    const built = await buildBinary({
      base: readBase(flags.get("base") ?? "auto"),
      ...(output === undefined ? {} : { output: resolve(output) }),
      log: (line) => console.log(line),
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const verb = built.rebuilt ? "built" : "up to date:";
    const size = ((await Deno.stat(built.path)).size / 1e6).toFixed(0);
    console.log(`${verb} ${built.path} (${size} MB) in ${seconds} s\nbase: ${built.base}`);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
