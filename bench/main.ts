/**
 * Measures Causeway beside direct HTTP and mcp-remote, in one run.
 * Usage: `deno task bench [--rounds=5] [--only=start,echo,pipeline,large,stream,memory] [--write]`;
 * `--write` keeps the table in `bench/RESULTS.md`.
 */
import { join } from "@std/path";
import { BINARY, buildBinary, compileLike } from "../scripts/build/build_binary.ts";
import { BUILD_CACHE, ROOT } from "../scripts/build/cache_folders.ts";
import { installPackages } from "../scripts/test/npm_packages.ts";
import { DIRECT } from "./direct.ts";
import { type Row, table } from "./report.ts";
import {
  echoRow,
  largeRow,
  memoryRows,
  pipelineRow,
  type Plan,
  startRows,
  streamRow,
} from "./rows.ts";
import { startServer } from "./server_process.ts";
import { stdioSubject } from "./stdio.ts";

const CASES: Readonly<Record<string, (plan: Plan) => Promise<readonly Row[]>>> = {
  start: startRows,
  echo: async (plan) => [await echoRow(plan)],
  pipeline: async (plan) => [await pipelineRow(plan)],
  large: async (plan) => [await largeRow(plan)],
  stream: async (plan) => [await streamRow(plan)],
  memory: memoryRows,
};

async function compileHello(): Promise<string> {
  const script = join(BUILD_CACHE, "hello", "main.js");
  await Deno.mkdir(join(BUILD_CACHE, "hello"), { recursive: true });
  await Deno.writeTextFile(script, 'console.log("hello");\n');
  const program = join(BUILD_CACHE, "hello", Deno.build.os === "windows" ? "hello.exe" : "hello");
  await compileLike({ main: script, chunks: [] }, program);
  return program;
}

function readOptions(args: readonly string[]) {
  const option = (name: string): string | undefined =>
    args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
  const names = option("only")?.split(",") ?? Object.keys(CASES);
  return { rounds: Number(option("rounds") ?? 5), names, write: args.includes("--write") };
}

async function main(args: readonly string[]): Promise<number> {
  const { rounds, names, write } = readOptions(args);
  const built = await buildBinary({ log: (line) => console.log(line) });
  const folder = join(ROOT, "bench", "mcp_remote");
  await installPackages(folder);
  const home = await Deno.makeTempDir({ prefix: "causeway-bench-" });
  await using server = await startServer();
  const remote = join(folder, "node_modules", "mcp-remote", "dist", "proxy.js");
  const env = { MCP_REMOTE_CONFIG_DIR: home };
  const plan: Plan = {
    url: server.url,
    direct: DIRECT,
    causeway: stdioSubject("causeway", (url) => [BINARY, url, "--silent"], env),
    mcpRemote: stdioSubject("mcp-remote", (url) => ["node", remote, url, "--silent"], env),
    hello: await compileHello(),
    rounds,
    log: (line) => console.error(line),
  };
  const rows: Row[] = [];
  for (const name of names) {
    const measure = CASES[name];
    if (measure === undefined) throw new Error(`Cannot measure "${name}": no such case`);
    rows.push(...await measure(plan));
  }
  await Deno.remove(home, { recursive: true });
  const text = report(rows, rounds, built.base);
  console.log(text);
  if (write) await Deno.writeTextFile(join(ROOT, "bench", "RESULTS.md"), `# Results\n\n${text}`);
  return rows.every((row) => row.targets.every((target) => target.met)) ? 0 : 1;
}

function report(rows: readonly Row[], rounds: number, base: string): string {
  const command = `npx -y deno@${Deno.version.deno} task bench --rounds=${rounds}`;
  return `${table(rows)}

Command: \`${command}\` (medians of ${rounds} rounds in which the three take turns).
Machine: ${Deno.build.os} ${Deno.build.arch}, ${navigator.hardwareConcurrency} cores, shared by
server, bridge and client. Causeway is compiled on the ${base}.
"direct" is a client in Deno that posts the same messages by \`fetch\` over kept-alive connections.
mcp-remote 0.15.1 is started by \`node\`, without the time that \`npx\` takes.

What limits the start: a bridge of 25 lines that makes the same system calls answers within 1 ms of
hello world, so the time above that is neither the runtime's interfaces nor the network, but the
program's own JavaScript, which V8 meets for the first time: half of it is going through the source,
the rest compiling and first running the 440 functions of an answer (counted in instructions by
cachegrind, as wall time scatters too much). Source that the first answer does not need is the one part
that can be saved: HTTP+SSE, \`fetch\` and the sign-in are loaded on demand. One chunk instead of several
and V8's flags for eager or lazier compilation change less than 1 ms. V8's code cache takes about 3 ms
off, but Deno keeps it in the shared temporary folder, where others could change it, so it is off.

What limits the echo: the runtime reads standard input and writes standard output on threads of their
own, so that a call wakes four threads more than a direct one does. On a virtual machine their cost
scatters: ten runs in one day gave 1.4 to 2.5 times direct, about 1.8 as a rule.
`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
