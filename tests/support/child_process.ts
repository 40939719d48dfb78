import { within } from "./until.ts";

/** A program of the tests that runs in a process of its own. */
export class ChildProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  #text = "";

  /**
   * @param script the program's path relative to `tests/support`
   * @param env added to the environment
   */
  constructor(
    script: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    const path = new URL(script, import.meta.url).pathname;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "--no-check", "--quiet", path, ...args],
      env: { ...env, DENO_NO_UPDATE_CHECK: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line of its standard output. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      const { value, done } = await within("a line of a child process", this.#output.read());
      if (done) throw new Error(`The child process ended; it wrote "${this.#text}"`);
      this.#text += value;
    }
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
    await this.#child.stdin.close().catch(() => {});
    await this.#output.cancel();
  }
}
