import { isAllowedProgram } from "./allowed_programs.ts";
import { childEnvironment } from "./child_environment.ts";
import type { Clock } from "./clock.ts";
import type { LaunchOutcome, Processes, RunOptions, RunOutcome } from "./processes.ts";
import { joinBytes } from "./joined_bytes.ts";

/** What the programs inherit. */
export interface SystemProcessesOptions {
  /** Variables added to their environment; a `PATH` here is the one they are looked up on. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Names of variables that hold secrets: only programs that are run for credentials get them. */
  readonly secretNames?: ReadonlySet<string>;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** The programs of the operating system. */
export class SystemProcesses implements Processes {
  readonly #clock: Clock;
  readonly #options: SystemProcessesOptions;

  constructor(clock: Clock, options: SystemProcessesOptions = {}) {
    this.#clock = clock;
    this.#options = options;
  }

  async run(program: string, args: readonly string[], options: RunOptions): Promise<RunOutcome> {
    if (!isAllowedProgram(program)) return { kind: "refused" };
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(program, {
        args: [...args],
        stdin: options.stdin === undefined ? "null" : "piped",
        stdout: "piped",
        stderr: "piped",
        ...this.#environmentFor(program),
      }).spawn();
    } catch {
      return { kind: "not_found" };
    }
    const over = new AbortController();
    const timedOut = this.#clock.sleep(options.timeout, over.signal)
      .then((): RunOutcome => ({ kind: "timed_out" }));
    const outcome = await Promise.race([finish(child, options), timedOut]);
    over.abort();
    if (outcome.kind !== "exited") kill(child);
    return outcome;
  }

  async launch(program: string, args: readonly string[], settle: number): Promise<LaunchOutcome> {
    if (!isAllowedProgram(program)) return { kind: "refused" };
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(program, {
        args: [...args],
        stdin: "null",
        stdout: "null",
        stderr: "null",
        // Else the signal that ends this process's group would close the user's browser, too.
        detached: true,
        ...this.#environmentFor(program),
      }).spawn();
    } catch {
      return { kind: "not_found" };
    }
    child.unref();
    const settled = new AbortController();
    const outcome = await Promise.race([
      child.status.then((status): LaunchOutcome => ({ kind: "exited", code: status.code })),
      this.#clock.sleep(settle, settled.signal).then((): LaunchOutcome => ({ kind: "running" })),
    ]);
    settled.abort();
    return outcome;
  }

  /** Who has a program run for a credential has given it its environment for that. */
  #environmentFor(program: string): { clearEnv: true; env: Record<string, string> } {
    const { environment, secretNames = NO_NAMES } = this.#options;
    const withheld = isAllowedProgram(program, "credentials") ? NO_NAMES : secretNames;
    const own = { ...Deno.env.toObject(), ...environment };
    return { clearEnv: true, env: childEnvironment(own, withheld) };
  }
}

async function finish(child: Deno.ChildProcess, options: RunOptions): Promise<RunOutcome> {
  const [stdout, stderr] = await Promise.all([
    collect(child.stdout, options.outputLimit),
    collect(child.stderr, options.outputLimit),
    options.stdin === undefined ? undefined : feed(child.stdin, options.stdin),
  ]);
  if (stdout === undefined || stderr === undefined) return { kind: "too_much_output" };
  const status = await child.status;
  return { kind: "exited", code: status.code, stdout, stderr };
}

/** All bytes of the stream, or `undefined` as soon as there are more than `limit`. */
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return joinBytes(chunks);
}

/** Writes the input; a program that does not read it is no failure. */
async function feed(
  stdin: WritableStream<Uint8Array<ArrayBuffer>>,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  try {
    const writer = stdin.getWriter();
    await writer.write(bytes);
    await writer.close();
  } catch {
    // The program ended first.
  }
}

/** Ends the child at once, and forgets it and its pipes, which a grandchild may hold open. */
function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
  child.unref();
}
