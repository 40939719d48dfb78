import type { WireConnection } from "./http_wire_connection.ts";
import type { WireRuntime } from "./http_wire_runtime.ts";

/** For how long an idle connection is kept, in milliseconds, where the server does not say. */
const IDLE_LIMIT = 30_000;
/** The most idle connections kept, over all origins. */
const MOST_IDLE = 32;
/** A server that closes a connection this soon after a reply, in milliseconds, keeps none. */
const CLOSED_SOON = 1000;
/** For how long no connection is kept to such a server, in milliseconds: it may have been restarted. */
const UNKEPT_FOR = 60_000;
/** The most such servers that are remembered. */
const MOST_UNKEPT = 32;
/** Idle for longer than this, in milliseconds, a connection may be closed already. */
const SURELY_OPEN = 50;

/**
 * Idle connections, by origin. Each has a read under way, so that the server's close is noticed at once.
 * The one used last is used first: the others grow old and are closed.
 */
export class WirePool {
  readonly #runtime: WireRuntime;
  /** All idle connections and since when they are, the oldest first. */
  readonly #idle = new Map<WireConnection, number>();
  readonly #byOrigin = new Map<string, WireConnection[]>();
  /**
   * Until when no connection is kept, by origin: a request that is sent while the server closes the
   * connection is lost, and a call must not be sent again.
   */
  readonly #unkept = new Map<string, number>();
  #closed = false;

  constructor(runtime: WireRuntime) {
    this.#runtime = runtime;
  }

  /** How many connections are idle. */
  get size(): number {
    return this.#idle.size;
  }

  /**
   * Lets the runtime notice the close of a connection to `origin` that has been idle for a while: a server's
   * close, or the end of its time, may have come while the process was stopped or busy. `undefined` when
   * there is nothing to notice.
   */
  notice(origin: string): Promise<void> | undefined {
    const last = this.#byOrigin.get(origin)?.at(-1);
    const since = last === undefined ? undefined : this.#idle.get(last);
    if (since === undefined || this.#runtime.now() - since <= SURELY_OPEN) return undefined;
    return new Promise((resolve) => void this.#runtime.alarm(1, resolve));
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
    if (this.#closed || !isSilent(connection) || this.#isUnkept(connection)) {
      return connection.close();
    }
    this.#idle.set(connection, this.#runtime.now());
    const stack = this.#byOrigin.get(connection.origin);
    if (stack === undefined) this.#byOrigin.set(connection.origin, [connection]);
    else stack.push(connection);
    if (this.#idle.size > MOST_IDLE) this.#closeOldest();
    const deadline = this.#runtime.now() + Math.min(idleLimit, IDLE_LIMIT);
    connection.expireAt(deadline, () => this.#discard(connection));
    connection.startReading().then(() => {
      // Its end, or bytes that nobody asked for; or it is in use again and this is its reply.
      const since = this.#idle.get(connection);
      if (since === undefined) return;
      if (this.#runtime.now() - since < CLOSED_SOON) this.#keepNone(connection);
      this.#discard(connection);
    });
    connection.holdProcess(false);
  }

  #isUnkept({ origin }: WireConnection): boolean {
    const until = this.#unkept.get(origin);
    if (until !== undefined && until <= this.#runtime.now()) this.#unkept.delete(origin);
    return this.#unkept.has(origin);
  }

  #keepNone({ origin }: WireConnection): void {
    if (this.#unkept.size >= MOST_UNKEPT) this.#unkept.clear();
    this.#unkept.set(origin, this.#runtime.now() + UNKEPT_FOR);
  }

  #closeOldest(): void {
    for (const oldest of this.#idle.keys()) return this.#discard(oldest);
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
    for (const connection of [...this.#idle.keys()]) this.#discard(connection);
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
