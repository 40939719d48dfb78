import { fromFileUrl } from "@std/path";
import { installPackages } from "../../scripts/test/npm_packages.ts";
import { quietPort } from "./quiet_port.ts";
import { until, within } from "./until.ts";

const FOLDER = fromFileUrl(new URL("../e2e/servers/", import.meta.url));

/** How a real server is started. */
export interface NodeServerOptions {
  /** The script, relative to `tests/e2e/servers`. */
  readonly script: string;
  /** Its arguments, from the port that it shall listen on. */
  readonly args?: (port: number) => readonly string[];
}

/**
 * A real server from npm, run by Node on a free port of loopback (given as an argument and as `PORT`).
 * Its packages are installed when they are not there.
 */
export class NodeServer implements AsyncDisposable {
  readonly port: number;
  readonly #process: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #output = "";
  #exited = false;

  private constructor(port: number, options: NodeServerOptions) {
    this.port = port;
    this.#process = new Deno.Command("node", {
      args: [options.script, ...(options.args?.(port) ?? [])],
      cwd: FOLDER,
      env: { PORT: String(port) },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([
      this.#read(this.#process.stdout),
      this.#read(this.#process.stderr),
    ]);
    void this.#process.status.then(() => this.#exited = true);
  }

  /** Starts a server and waits until it listens. */
  static async start(options: NodeServerOptions): Promise<NodeServer> {
    await installPackages(FOLDER);
    const server = new NodeServer(quietPort(), options);
    try {
      await until(`${options.script} to listen`, () => server.#exited || server.#listens());
      if (server.#exited) throw new Error(`${options.script} ended: ${server.#output}`);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** An address of the server. */
  url(path: string): URL {
    return new URL(path, `http://127.0.0.1:${this.port}`);
  }

  /** All that it has printed. */
  get output(): string {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Gently first: a gateway ends the servers that it has started.
    this.#kill("SIGTERM");
    try {
      await within("the end of the server", this.#process.status, 3000);
    } catch {
      this.#kill("SIGKILL");
    }
    await within("the end of the server's output", this.#reading);
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch {
      // It has ended already.
    }
  }

  async #listens(): Promise<boolean> {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
      return true;
    } catch {
      return false;
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#output += text;
  }
}
