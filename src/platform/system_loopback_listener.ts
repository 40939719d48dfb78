import type { Clock } from "./clock.ts";
import { LoopbackConnection } from "./loopback_connection.ts";
import type {
  ListenOptions,
  ListenOutcome,
  LoopbackHandler,
  LoopbackListener,
  LoopbackListeners,
} from "./loopback_listener.ts";

/** Longest wait, in milliseconds, for replies that are being sent when the listener closes. */
const CLOSING_GRACE = 1000;
/** How many connections may be open at once; a browser opens a handful. */
const MOST_CONNECTIONS = 256;
/** The pause, in milliseconds, after a connection could not be accepted. */
const ACCEPT_PAUSE = 100;

/** HTTP listeners of the operating system. */
export class SystemLoopbackListeners implements LoopbackListeners {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async listen(options: ListenOptions, handler: LoopbackHandler): Promise<ListenOutcome> {
    const [address, ...others] = options.addresses;
    const first = open(address, options.port);
    if (first.kind === "open") {
      return this.#listenWith(first.listener, { others, options, handler });
    }
    if (first.kind !== "in_use" || options.exclusive) return first;
    // An outgoing connection, also one that ended a minute ago, keeps a port from being listened on, but
    // answers nobody: the other addresses serve just as well.
    if (await isListenedOn(address, options.port)) return first;
    for (const [index, other] of others.entries()) {
      const next = open(other, options.port);
      if (next.kind !== "open") continue;
      const rest = others.slice(index + 1);
      return this.#listenWith(next.listener, { others: rest, options, handler });
    }
    return first;
  }

  #listenWith(first: Deno.TcpListener, { others, options, handler }: Listening): ListenOutcome {
    const { port } = first.addr;
    const listeners = [first];
    let complete = true;
    for (const other of others) {
      const next = open(other, port);
      if (next.kind === "open") listeners.push(next.listener);
      else if (next.kind === "in_use" && options.exclusive) {
        for (const listener of listeners) listener.close();
        return next;
      } else if (next.kind === "in_use") complete = false;
    }
    const listener = new OpenListener({ port, complete, listeners }, this.#clock);
    listener.start(handler);
    return { kind: "listening", listener };
  }
}

interface Listening {
  readonly others: readonly string[];
  readonly options: ListenOptions;
  readonly handler: LoopbackHandler;
}

/** Whether a program takes connections there. */
async function isListenedOn(hostname: string, port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname, port })).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.ConnectionRefused);
  }
}

interface Opened {
  readonly kind: "open";
  readonly listener: Deno.TcpListener;
}

function open(
  hostname: string,
  port: number,
): Opened | Exclude<ListenOutcome, { kind: "listening" }> {
  try {
    return { kind: "open", listener: Deno.listen({ hostname, port }) };
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return { kind: "in_use" };
    return { kind: "denied", reason: error instanceof Error ? error.message : String(error) };
  }
}

class OpenListener implements LoopbackListener {
  readonly port: number;
  readonly complete: boolean;
  readonly #listeners: readonly Deno.TcpListener[];
  readonly #clock: Clock;
  /** The connections, and the end of each. */
  readonly #connections = new Map<LoopbackConnection, Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(
    parts: {
      readonly port: number;
      readonly complete: boolean;
      readonly listeners: readonly Deno.TcpListener[];
    },
    clock: Clock,
  ) {
    this.port = parts.port;
    this.complete = parts.complete;
    this.#listeners = parts.listeners;
    this.#clock = clock;
  }

  start(handler: LoopbackHandler): void {
    for (const listener of this.#listeners) this.#acceptAll(listener, handler);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    const answering: Promise<void>[] = [];
    for (const [connection, end] of this.#connections) {
      if (connection.isAnswering) answering.push(end);
      else connection.close();
    }
    const late = new AbortController();
    await Promise.race([Promise.all(answering), this.#clock.sleep(CLOSING_GRACE, late.signal)]);
    late.abort();
    for (const connection of this.#connections.keys()) connection.close();
  }

  async #acceptAll(listener: Deno.TcpListener, handler: LoopbackHandler): Promise<void> {
    while (this.#closing === undefined) {
      try {
        this.#serve(new LoopbackConnection(await listener.accept(), this.#clock), handler);
      } catch {
        // Closed by us, or the system is short of something for a moment.
        if (this.#closing === undefined) await this.#clock.sleep(ACCEPT_PAUSE);
      }
    }
  }

  #serve(connection: LoopbackConnection, handler: LoopbackHandler): void {
    if (this.#closing !== undefined || this.#connections.size >= MOST_CONNECTIONS) {
      connection.close();
      return;
    }
    const end = connection.serve(handler).then(() => void this.#connections.delete(connection));
    this.#connections.set(connection, end);
  }
}
