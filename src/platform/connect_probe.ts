import type { Clock } from "./clock.ts";
import { closeQuietly } from "./close_quietly.ts";
import { HttpFailure } from "./http_client.ts";
import { SYSTEM_CLOCK } from "./system_clock.ts";

/** A probe that may be given up. */
export interface ConnectProbe {
  /** Gives it up. Idempotent. */
  stop(): void;
}

/** The probe of a host that needs none. */
export const SILENT_PROBE: ConnectProbe = { stop: () => {} };

/** The longest wait for a reply before a probe begins, in milliseconds. */
const LONGEST_GRACE = 1000;

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "http:": 80,
  "https:": 443,
  "socks5:": 1080,
  "socks5h:": 1080,
};

/** What a probe needs; tests put in their own. */
export interface ProbeRuntime {
  readonly clock: Pick<Clock, "after">;
  /** Tries to connect; resolves when the host has answered, in whatever way. Never rejects. */
  tryConnecting(target: ProbeTarget, signal: AbortSignal): Promise<void>;
}

/** What a probe connects to. */
export interface ProbeTarget {
  /** The server, or the proxy. */
  readonly url: URL;
  /**
   * Whether a TLS handshake is part of it (for `https:`). The operating system makes a TCP connection
   * even to a server that is busy with a long request; a handshake needs the server itself.
   */
  readonly withHandshake: boolean;
}

const SYSTEM_RUNTIME: ProbeRuntime = { clock: SYSTEM_CLOCK, tryConnecting: tryHandshake };

/**
 * Watches over a connection that somebody else makes and whose progress cannot be seen: when no
 * reply has come for a while, it tries to connect to the same host itself. Where it cannot connect
 * in time either, the host is out of reach. A host that refuses has answered: the connection that is
 * watched will fail as well, and tell more.
 * @param timeout milliseconds until the verdict, counted from now; 0 means none
 * @param onTimeout called when the host has not answered by then
 */
export function startConnectProbe(
  target: ProbeTarget,
  timeout: number,
  onTimeout: (failure: HttpFailure) => void,
  { clock, tryConnecting }: ProbeRuntime = SYSTEM_RUNTIME,
): ConnectProbe {
  if (timeout === 0) return SILENT_PROBE;
  const abort = new AbortController();
  let answered = false;
  // A server that replies at once, as most do, shall not see a second connection.
  const begin = clock.after(Math.min(LONGEST_GRACE, timeout / 4), () => {
    tryConnecting(target, abort.signal).then(() => answered = true);
  });
  const verdict = clock.after(timeout, () => {
    abort.abort();
    if (answered) return;
    const { url } = target;
    const message =
      `Cannot reach "${url.protocol}//${url.host}": no connection within ${timeout} ms`;
    // Not certain: the watched connection may have been made just before the host went away.
    onTimeout(new HttpFailure("connect_timeout", "unknown", message));
  });
  return {
    stop: () => {
      begin.stop();
      verdict.stop();
      abort.abort();
    },
  };
}

/** Makes a connection and closes it. */
async function tryHandshake(
  { url, withHandshake }: ProbeTarget,
  signal: AbortSignal,
): Promise<void> {
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? DEFAULT_PORTS[url.protocol] ?? 443 : Number(url.port);
  try {
    const connection = await Deno.connect({ hostname, port, signal });
    let socket: Deno.Conn = connection;
    signal.addEventListener("abort", () => closeQuietly(socket), { once: true });
    if (withHandshake && url.protocol === "https:") {
      const encrypted = await Deno.startTls(connection, { hostname });
      socket = encrypted;
      await encrypted.handshake();
    }
    closeQuietly(socket);
  } catch {
    // Also a refusal is an answer; after an abort nobody asks any more.
  }
}
