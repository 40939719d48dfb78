import { cleanEnvironment } from "./clean_environment.ts";
import type { Session, Subject } from "./session.ts";

/** A bridge that is started as a program and spoken to by lines. */
export function stdioSubject(
  name: Subject["name"],
  command: (url: string) => readonly [string, ...string[]],
  env: Readonly<Record<string, string>>,
): Subject {
  return { name, open: (url) => new StdioSession(command(url), env) };
}

const CLOSE_PATIENCE_MS = 5_000;

class StdioSession implements Session {
  readonly pid: number;
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #stdout: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #encoder = new TextEncoder();

  constructor(
    [program, ...args]: readonly [string, ...string[]],
    env: Readonly<Record<string, string>>,
  ) {
    this.#process = new Deno.Command(program, {
      args,
      clearEnv: true,
      env: cleanEnvironment(env),
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.pid = this.#process.pid;
    this.#stdin = this.#process.stdin.getWriter();
    this.#stdout = this.#process.stdout.getReader();
  }

  async roundTrip(message: string): Promise<Uint8Array> {
    await this.notify(message);
    const chunks: Uint8Array[] = [];
    await this.#readLines(1, () => {}, (chunk) => chunks.push(chunk));
    const [first = new Uint8Array()] = chunks;
    return chunks.length === 1 ? first : concatenated(chunks);
  }

  async notify(message: string): Promise<void> {
    await this.#stdin.write(this.#encoder.encode(`${message}\n`));
  }

  async pipeline(count: number, width: number, message: (index: number) => string): Promise<void> {
    let next = 0;
    const send = (room: number): void => {
      let text = "";
      for (; room > 0 && next < count; room--) text += `${message(next++)}\n`;
      if (text !== "") this.#stdin.write(this.#encoder.encode(text)).catch(() => {});
    };
    send(width);
    await this.#readLines(count, send);
  }

  async stream(message: string, events: number): Promise<void> {
    await this.notify(message);
    await this.#readLines(events + 1, () => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stdin.close().catch(() => {});
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), CLOSE_PATIENCE_MS);
    while (!(await this.#stdout.read()).done);
    await this.#process.status;
    clearTimeout(timer);
  }

  /** Reads until so many lines have ended; `onLines` is told of each number that came at once. */
  async #readLines(
    count: number,
    onLines: (ended: number) => void,
    onChunk: (chunk: Uint8Array) => void = () => {},
  ): Promise<void> {
    let left = count;
    while (left > 0) {
      const { value, done } = await this.#stdout.read();
      if (done) throw new Error("The bridge ended before it answered");
      onChunk(value);
      let ended = 0;
      for (let at = value.indexOf(10); at !== -1; at = value.indexOf(10, at + 1)) ended += 1;
      left -= ended;
      if (ended > 0) onLines(ended);
    }
    if (left < 0) throw new Error("The bridge said more than was asked");
  }
}

function concatenated(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
