import type { WireConnection } from "./http_wire_connection.ts";
import type { WireRuntime } from "./http_wire_runtime.ts";

/** For how long an idle connection is kept, in milliseconds, where the server does not say. */
const IDLE_LIMIT = 30_000;
/** The most idle connections kept, over all origins. */
const MOST_IDLE = 32;

/**
 * Idle connections, by origin. Each has a read under way, so that the server's close is noticed at once.
 * The one used last is used first: the others grow old and are closed.
 */
export class WirePool {
  readonly #runtime: WireRuntime;
  /** All idle connections, the oldest first. */
  readonly #idle = new Set<WireConnection>();
  readonly #byOrigin = new Map<string, WireConnection[]>();
  #closed = false;

  constructor(runtime: WireRuntime) {
    this.#runtime = runtime;
  }

  /** How many connections are idle. */
  get size(): number {
    return this.#idle.size;
  }

  /** An idle connection to `origin` that, as far as is known, still lives. */
  take(origin: string): WireConnection | undefined {
    const stack = this.#byOrigin.get(origin);
    for (;;) {
      const connection = stack?.pop();
      if (connection === undefined) return undefined;
      this.#idle.delete(connection);
      if (isSilent(connection)) {
        connection.expireAt(Infinity, undefined);
        connection.holdProcess(true);
        return connection;
      }
      connection.close();
    }
  }

  /** Keeps a connection whose exchange is over, for `idleLimit` milliseconds at most. */
  park(connection: WireConnection, idleLimit = IDLE_LIMIT): void {
    if (this.#closed || !isSilent(connection)) return connection.close();
    this.#idle.add(connection);
    const stack = this.#byOrigin.get(connection.origin);
    if (stack === undefined) this.#byOrigin.set(connection.origin, [connection]);
    else stack.push(connection);
    if (this.#idle.size > MOST_IDLE) this.#closeOldest();
    const deadline = this.#runtime.now() + Math.min(idleLimit, IDLE_LIMIT);
    connection.expireAt(deadline, () => this.#discard(connection));
    connection.startReading().then(() => {
      // Its end, or bytes that nobody asked for; or it is in use again and this is its reply.
      if (this.#idle.has(connection)) this.#discard(connection);
    });
    connection.holdProcess(false);
  }

  #closeOldest(): void {
    for (const oldest of this.#idle) return this.#discard(oldest);
  }

  #discard(connection: WireConnection): void {
    this.#idle.delete(connection);
    const stack = this.#byOrigin.get(connection.origin);
    const index = stack?.indexOf(connection) ?? -1;
    if (index >= 0) stack?.splice(index, 1);
    if (stack?.length === 0) this.#byOrigin.delete(connection.origin);
    connection.close();
  }

  /** Closes all idle connections. */
  drop(): void {
    for (const connection of [...this.#idle]) this.#discard(connection);
  }

  /** Closes all idle connections, now and in future. */
  close(): void {
    this.#closed = true;
    this.drop();
  }
}

function isSilent(connection: WireConnection): boolean {
  return !connection.ended && connection.unreadLength === 0;
}
