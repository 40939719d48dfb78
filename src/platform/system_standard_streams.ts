import { type StandardStreams, StdoutClosed } from "./standard_streams.ts";

/** As much as a pipe holds on Linux: one read empties it. */
const READ_SIZE = 64 * 1024;

/** The standard streams of this process. */
export class SystemStandardStreams implements StandardStreams {
  #buffer = new Uint8Array(READ_SIZE);

  async readStdin(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    let length: number | null;
    try {
      length = await Deno.stdin.read(this.#buffer);
    } catch {
      // A closed descriptor or a terminal that is gone: there is nothing more to come.
      return undefined;
    }
    if (length === null) return undefined;
    return this.#take(length);
  }

  async writeStdout(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    try {
      while (rest.length > 0) rest = rest.subarray(await Deno.stdout.write(rest));
    } catch (error) {
      if (isClosed(error)) throw new StdoutClosed("Cannot write to stdout: it is closed");
      throw error;
    }
  }

  writeStderr(text: string): void {
    try {
      let rest = new TextEncoder().encode(text);
      while (rest.length > 0) rest = rest.subarray(Deno.stderr.writeSync(rest));
    } catch {
      // There is nobody to tell.
    }
  }

  get stdinIsTerminal(): boolean {
    return Deno.stdin.isTerminal();
  }

  get stderrIsTerminal(): boolean {
    return Deno.stderr.isTerminal();
  }

  /** The bytes just read, as the caller's own: a copy when they are few, else the buffer itself. */
  #take(length: number): Uint8Array<ArrayBuffer> {
    if (length < READ_SIZE / 2) return this.#buffer.slice(0, length);
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = new Uint8Array(READ_SIZE);
    return taken;
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BadResource;
}
