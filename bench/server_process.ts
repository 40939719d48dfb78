import { join } from "@std/path";
import { ROOT } from "../scripts/build/cache_folders.ts";
import { linesOf } from "../scripts/test/lines.ts";

/** The server of the benchmarks, in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
}

/** Starts the server and waits until it listens. */
export async function startServer(): Promise<ServerProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-net=127.0.0.1", join(ROOT, "bench", "server.ts")],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const lines = linesOf(child.stdout);
  const port = (await lines.next()).value;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await lines.return(undefined);
      await child.status;
    },
  };
}
