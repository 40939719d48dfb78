import { linesOf } from "../test/lines.ts";

/** A JSON-RPC message, as far as the demo looks into it. */
export interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** An MCP client of the plainest kind: a program as its server, one line a message. */
export class StdioClient {
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncGenerator<string>;
  #nextId = 1;

  /** Starts the program; what it writes for people goes straight to the terminal. */
  constructor(program: string, args: readonly string[]) {
    this.#process = new Deno.Command(program, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
    this.#lines = linesOf(this.#process.stdout);
  }

  /** Sends a notification. */
  async notify(method: string): Promise<void> {
    await this.#send({ jsonrpc: "2.0", method });
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param onNotification is told of each notification that comes before the answer
   * @throws {Error} when the answer is an error or the program ends without one
   */
  async request(
    method: string,
    params: Record<string, unknown>,
    onNotification: (message: Message) => void = () => {},
  ): Promise<Record<string, unknown>> {
    const id = this.#nextId++;
    await this.#send({ jsonrpc: "2.0", id, method, params });
    while (true) {
      const line = await this.#lines.next();
      if (line.done) throw new Error(`The bridge ended without an answer to ${method}`);
      const message: Message = JSON.parse(line.value);
      if (message.id !== id) {
        onNotification(message);
        continue;
      }
      if (message.result !== undefined) return message.result;
      throw new Error(`${method} was answered with an error: ${message.error?.message}`);
    }
  }

  /** Ends the program's input, as a client does that is closed, and waits for its exit code. */
  async close(): Promise<number> {
    await this.#stdin.close();
    return (await this.#process.status).code;
  }

  /** Ends a program that did not end by itself. */
  kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  async #send(message: unknown): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  }
}
