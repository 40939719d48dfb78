import type { HttpClientOptions } from "../../../src/platform/http_client.ts";
import type { WireRuntime, WireSocket } from "../../../src/platform/http_wire_runtime.ts";

/** The options of a client without anything special. */
export const PLAIN_OPTIONS: HttpClientOptions = {
  trustedCertificates: [],
  ipv4Only: false,
  connectTimeout: 0,
  proxyFor: () => undefined,
};

/** Lets everything run that waits for nothing but promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Each character as the byte of its code. */
export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** What happens to a write: how many bytes are taken at most, or an error, or nothing for ever. */
export type WriteBehaviour = number | Error | "stuck";

/** A connection whose server is the test. */
export class FakeSocket implements WireSocket {
  /** All that was written. */
  received = "";
  /** The very arrays that were written. */
  readonly writes: Uint8Array[] = [];
  /** What becomes of each write. */
  writing: WriteBehaviour = Infinity;
  /** Called after each write. */
  onWrite: () => void = () => {};
  closed = false;
  holdsProcess = true;
  readonly #incoming: (Uint8Array | Error | null)[] = [];
  #waiting: (() => void) | undefined;

  /** Sends to the client. */
  send(data: string | Uint8Array): void {
    this.#push(typeof data === "string" ? latin1Bytes(data) : data);
  }

  /** Ends the connection in order. */
  end(): void {
    this.#push(null);
  }

  /** Breaks the connection. */
  reset(): void {
    this.#push(new Deno.errors.ConnectionReset("fake"));
  }

  /** Whether the client waits for bytes. */
  get isRead(): boolean {
    return this.#waiting !== undefined;
  }

  #push(item: Uint8Array | Error | null): void {
    this.#incoming.push(item);
    this.#wake();
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }

  async read(target: Uint8Array): Promise<number | null> {
    if (this.#waiting !== undefined) throw new Error("two reads at once");
    if (target.length === 0) throw new Error("an empty target");
    if (!this.closed && this.#incoming.length === 0) {
      await new Promise<void>((resolve) => this.#waiting = resolve);
    }
    if (this.closed) throw new Deno.errors.Interrupted("fake");
    const [first] = this.#incoming;
    if (first === null || first === undefined) return null;
    if (first instanceof Error) throw first;
    const count = Math.min(first.length, target.length);
    target.set(first.subarray(0, count));
    if (count === first.length) this.#incoming.shift();
    else this.#incoming[0] = first.subarray(count);
    return count;
  }

  async write(source: Uint8Array): Promise<number> {
    if (this.closed) throw new Deno.errors.BadResource("fake");
    if (this.writing instanceof Error) throw this.writing;
    if (this.writing === "stuck") await new Promise<never>(() => {});
    const count = Math.min(source.length, Number(this.writing));
    this.writes.push(source);
    this.received += String.fromCharCode(...source.subarray(0, count));
    this.onWrite();
    return count;
  }

  close(): void {
    if (this.closed) throw new Error("closed twice");
    this.closed = true;
    this.#wake();
  }

  ref(): void {
    this.holdsProcess = true;
  }

  unref(): void {
    this.holdsProcess = false;
  }
}

/** How an attempt to connect ends. */
export type Connect = (
  hostname: string,
  port: number,
  signal: AbortSignal,
) => Promise<WireSocket>;

/** Time that the test moves, and connections that it makes. */
export class FakeRuntime implements WireRuntime {
  /** Every connection made so far. */
  readonly sockets: FakeSocket[] = [];
  /** The attempts to connect: `host:port`. */
  readonly attempts: string[] = [];
  connecting: Connect = () => Promise.resolve(this.newSocket());
  lookup: WireRuntime["lookup"] = () => Promise.resolve([]);
  /** Told of each new connection. */
  onConnect: (socket: FakeSocket) => void = () => {};
  #now = 0;
  readonly #alarms = new Set<{ readonly at: number; readonly callback: () => void }>();

  newSocket(): FakeSocket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    this.onConnect(socket);
    return socket;
  }

  /** The connection made as number `index`, from 0. */
  socket(index: number): FakeSocket {
    const socket = this.sockets[index];
    if (socket === undefined) throw new Error(`there is no connection ${index}`);
    return socket;
  }

  get alarms(): number {
    return this.#alarms.size;
  }

  connect(hostname: string, port: number, signal: AbortSignal): Promise<WireSocket> {
    this.attempts.push(`${hostname}:${port}`);
    return this.connecting(hostname, port, signal);
  }

  now(): number {
    return this.#now;
  }

  alarm(delay: number, callback: () => void): () => void {
    const alarm = { at: this.#now + delay, callback };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Lets time pass, and then everything run that this sets off. */
  async advance(duration: number): Promise<void> {
    const end = this.#now + duration;
    for (;;) {
      await settle();
      const due = [...this.#alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#now = due.at;
      this.#alarms.delete(due);
      due.callback();
    }
    this.#now = end;
    await settle();
  }
}

/** What the promise was rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not fail");
}
