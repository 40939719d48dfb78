import { fromFileUrl } from "@std/path";
import { StdioPeer } from "./stdio_peer.ts";
import { PATIENCE, within } from "./until.ts";

/** How the program is started. */
export interface BridgeProcessOptions {
  /** The whole environment; a private HOME and nothing else when absent. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the test lets the bridge end by itself, so that a forced end is no failure. */
  readonly mayBeKilled?: boolean;
  /** Whether the test does not read all output, so that the last line may be unfinished. */
  readonly mayEndWithinLine?: boolean;
}

/** What a process on Windows cannot do without: sockets need it. */
const INDISPENSABLE: Readonly<Record<string, string>> = Deno.build.os === "windows"
  ? { SystemRoot: Deno.env.get("SystemRoot") ?? "C:\\Windows" }
  : {};

const SUFFIX = Deno.build.os === "windows" ? ".exe" : "";

/** The compiled program: what `CAUSEWAY_BINARY` names, else the one that `deno task build` makes. */
export function programPath(): string {
  const path = Deno.env.get("CAUSEWAY_BINARY") ??
    fromFileUrl(new URL(`../../dist/causeway${SUFFIX}`, import.meta.url));
  try {
    Deno.statSync(path);
  } catch {
    throw new Error(`There is no program at ${path}: run "deno task build" first`);
  }
  return path;
}

/**
 * The program as a process of its own, spoken to as an MCP client does. Disposing of it ends its input,
 * and fails when it does not exit by itself, or when it did what no bridge may do (see {@linkcode StdioPeer}).
 */
export class BridgeProcess implements AsyncDisposable {
  readonly peer: StdioPeer;
  readonly home: string;
  readonly #process: Deno.ChildProcess;
  readonly #options: BridgeProcessOptions;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #stdout: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #reading: Promise<unknown>;
  readonly #status: Promise<Deno.CommandStatus>;
  #stderr = "";
  #exited = false;
  #stdinOpen = true;
  #disposed = false;
  #mayRead: Promise<void> = Promise.resolve();
  #resume: () => void = () => {};

  private constructor(args: readonly string[], options: BridgeProcessOptions) {
    this.#options = options;
    this.home = Deno.makeTempDirSync({ prefix: "causeway-test-" });
    this.#process = new Deno.Command(programPath(), {
      args: [...args],
      clearEnv: true,
      env: { ...INDISPENSABLE, ...options.env ?? { HOME: this.home } },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
    this.#stdin.closed.catch(() => {});
    this.#stdout = this.#process.stdout.getReader();
    this.peer = new StdioPeer(
      async (bytes) => await this.#stdin.write(bytes.slice()),
      () => this.#stderr,
    );
    this.#reading = Promise.all([this.#readStdout(), this.#readStderr()]);
    this.#status = this.#process.status.finally(() => this.#exited = true);
  }

  /** Starts the program. */
  static start(args: readonly string[], options: BridgeProcessOptions = {}): BridgeProcess {
    return new BridgeProcess(args, options);
  }

  /** All that went to standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Whether the process is still there. */
  get running(): boolean {
    return !this.#exited;
  }

  /** Ends the bridge's standard input, as a client does that has no more use for it. */
  async endStdin(): Promise<void> {
    if (!this.#stdinOpen) return;
    this.#stdinOpen = false;
    try {
      await this.#stdin.close();
    } catch {
      // The process is gone already.
    }
  }

  /** Stops reading the bridge's standard output, as a client does that has crashed. */
  async closeStdout(): Promise<void> {
    await this.#stdout.cancel();
  }

  /** Stops reading standard output until the function that it returns is called. */
  pauseReading(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#mayRead = promise;
    this.#resume = resolve;
    return resolve;
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  /** The exit code, whether or not all output has been read. */
  async exitCode(patience = PATIENCE): Promise<number> {
    return (await within("the end of the process", this.#status, patience)).code;
  }

  /** The exit code once all output has been read; fails when the process is still there after `patience` milliseconds. */
  async exit(patience = PATIENCE): Promise<number> {
    const code = await this.exitCode(patience);
    await this.#reading;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    const killed = await this.#end();
    if (this.#options.mayEndWithinLine === true) this.peer.forgetUnfinishedLine();
    await Deno.remove(this.home, { recursive: true });
    const failures = [...this.peer.violations];
    if (killed && this.#options.mayBeKilled !== true) {
      failures.push("the process did not end when its standard input did");
    }
    if (failures.length > 0) {
      throw new Error(`The bridge misbehaved: ${failures.join("; ")}\nstderr:\n${this.#stderr}`);
    }
  }

  /** Ends the process; `true` when it had to be killed. */
  async #end(): Promise<boolean> {
    const closing = this.endStdin();
    let killed = false;
    try {
      await within("the end of the process", this.#status);
    } catch {
      killed = true;
      this.#process.kill("SIGKILL");
    }
    this.#resume();
    await Promise.all([this.#status, this.#reading, closing]);
    return killed;
  }

  async #readStdout(): Promise<void> {
    for (let next = await this.#stdout.read(); !next.done; next = await this.#stdout.read()) {
      await this.#mayRead;
      this.peer.take(next.value);
    }
  }

  async #readStderr(): Promise<void> {
    const text = this.#process.stderr.pipeThrough(new TextDecoderStream());
    for await (const part of text) this.#stderr += part;
  }
}
