/** What the wire needs of a TCP connection. */
export interface WireSocket {
  /** Bytes put at the start of `target`, or `null` at the end of the stream. */
  read(target: Uint8Array): Promise<number | null>;
  /** How many bytes of `source`, from its start, the operating system took. */
  write(source: Uint8Array): Promise<number>;
  close(): void;
  /** Lets a pending read keep the process alive (the default). */
  ref(): void;
  /** Lets the process end in spite of a pending read. */
  unref(): void;
}

/** The operating system as the wire sees it; tests drive one of their own. */
export interface WireRuntime {
  /** Connects to a host name or IP literal (IPv6 without brackets). Aborting `signal` ends the attempt. */
  connect(hostname: string, port: number, signal: AbortSignal): Promise<WireSocket>;
  /** The addresses of a host name, the hosts file included. `family` 0 means both. */
  lookup(hostname: string, family: 0 | 4): Promise<readonly string[]>;
  /** Monotonic time in milliseconds. */
  now(): number;
  /**
   * Calls `callback` once after `delay` milliseconds, without keeping the process alive.
   * @returns what stops it
   */
  alarm(delay: number, callback: () => void): () => void;
}

/** The longest delay of a timer, in milliseconds (a larger one would fire at once). */
const LONGEST_DELAY = 0x7fffffff;

/** The operating system itself. */
export const SYSTEM_WIRE_RUNTIME: WireRuntime = {
  async connect(hostname, port, signal) {
    const socket = await Deno.connect({ hostname, port, signal });
    try {
      socket.setNoDelay(true);
      socket.setKeepAlive(true);
    } catch {
      // Some systems say so here that the server has hung up already: the first write will tell.
    }
    return socket;
  },

  async lookup(hostname, family) {
    // Imported only when needed: most servers of plain `http:` are on this machine.
    const { lookup } = await import("node:dns/promises");
    const found = await lookup(hostname, { all: true, family });
    return found.map(({ address }) => address);
  },

  now: () => performance.now(),

  alarm(delay, callback) {
    const timer = setTimeout(callback, Math.min(delay, LONGEST_DELAY));
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};
