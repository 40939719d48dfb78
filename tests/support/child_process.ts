import { until, within } from "./until.ts";

/** How a program of the tests is started. */
export interface ChildProcessOptions {
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A program of the tests that runs in a process of its own, and speaks in lines. */
export class ChildProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #output = "";
  #errors = "";
  #ended = false;

  constructor(program: string, options: ChildProcessOptions) {
    this.#child = new Deno.Command(program, {
      ...options,
      args: [...options.args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([
      read(this.#child.stdout, (text) => this.#output += text).then(() => this.#ended = true),
      read(this.#child.stderr, (text) => this.#errors += text),
    ]);
  }

  /**
   * Starts a program of `tests/support` with this runtime.
   * @param env added to the environment
   */
  static deno(
    script: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): ChildProcess {
    const path = new URL(script, import.meta.url).pathname;
    return new ChildProcess(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--no-check", "--quiet", path, ...args],
      env: { ...env, DENO_NO_UPDATE_CHECK: "1" },
    });
  }

  /** The next line of its standard output. */
  async line(): Promise<string> {
    await until("a line of a child process", () => this.#ended || this.#output.includes("\n"));
    const end = this.#output.indexOf("\n");
    if (end < 0) {
      await within("the end of its output", this.#reading);
      throw new Error(`The child process ended; it wrote "${this.#output}"\n${this.#errors}`);
    }
    const line = this.#output.slice(0, end);
    this.#output = this.#output.slice(end + 1);
    return line;
  }

  /** Sends a line to its standard input. */
  async write(line: string): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${line}\n`));
    writer.releaseLock();
  }

  /** Ends its standard input. */
  async endStdin(): Promise<void> {
    await this.#child.stdin.close().catch(() => {});
  }

  /** Its exit code. */
  async end(): Promise<number> {
    return (await within("the end of a child process", this.#child.status)).code;
  }

  /** Ends it as a crash would: no handler of its own runs. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.endStdin();
    await within("the end of its output", this.#reading);
  }
}

async function read(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (text: string) => void,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) take(text);
}
