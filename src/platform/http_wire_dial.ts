import { HttpFailure } from "./http_client.ts";
import { connectFailure } from "./http_wire_connect_failure.ts";
import { cancelled, cannotReach } from "./http_wire_failures.ts";
import type { WireRuntime, WireSocket } from "./http_wire_runtime.ts";
import type { WireTarget } from "./http_wire_target.ts";

/** How connections are made. */
export interface DialOptions {
  readonly ipv4Only: boolean;
  /** The longest wait for a connection, in milliseconds; 0 means no limit. */
  readonly connectTimeout: number;
  readonly runtime: WireRuntime;
}

/** After this time without an answer, in milliseconds, a further address is tried beside (RFC 8305). */
const ATTEMPT_DELAY = 250;
/** The same on this machine: Windows takes two seconds to say that a port of loopback is closed. */
const LOOPBACK_ATTEMPT_DELAY = 20;

/**
 * Connects to a target. A further address is tried when one fails, or does not answer within a moment; the
 * first that answers wins.
 * @throws {HttpFailure} `dns`, `refused`, `unreachable`, `connect_timeout`, `cancelled`, all of them `not_sent`
 */
export async function dial(
  target: WireTarget,
  options: DialOptions,
  signal: AbortSignal,
): Promise<WireSocket> {
  const { runtime, connectTimeout } = options;
  const race = new ConnectRace(target, runtime);
  const onAbort = () =>
    race.fail(cancelled(target.origin, "not_sent", "the request was cancelled"));
  signal.addEventListener("abort", onAbort);
  const stopTimer = connectTimeout > 0
    ? runtime.alarm(connectTimeout, () => race.fail(timedOut(target, connectTimeout)))
    : undefined;
  try {
    addressesOf(target, options).then(
      (addresses) => race.start(addresses),
      (error) => race.fail(error),
    );
    return await race.result;
  } catch (error) {
    throw connectFailure(target, error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    stopTimer?.();
  }
}

function timedOut(target: WireTarget, limit: number): HttpFailure {
  return cannotReach(target.origin, "connect_timeout", `no connection within ${limit / 1000} s`, {
    hint: "check the address, the network, and whether a proxy is needed",
  });
}

/** Addresses to try in this order, and where to look for more when they do not answer. */
interface Addresses {
  readonly first: readonly string[];
  readonly delay: number;
  readonly more?: () => Promise<readonly string[]>;
}

async function addressesOf(target: WireTarget, options: DialOptions): Promise<Addresses> {
  const { hostname, origin } = target;
  const { ipv4Only, runtime } = options;
  if (hostname === "localhost" || hostname.endsWith(".localhost")) {
    // RFC 6761, section 6.3: loopback, whatever the resolver thinks of it.
    const first = ipv4Only ? ["127.0.0.1"] : ["::1", "127.0.0.1"];
    return { first, delay: LOOPBACK_ATTEMPT_DELAY };
  }
  const delay = ATTEMPT_DELAY;
  if (!isLiteral(hostname)) {
    if (ipv4Only) return { first: await runtime.lookup(hostname, 4), delay };
    return { first: [hostname], delay, more: () => runtime.lookup(hostname, 0) };
  }
  if (ipv4Only && hostname.includes(":")) {
    const what = "an IPv6 address, while only IPv4 is allowed";
    throw cannotReach(origin, "unreachable", what);
  }
  return { first: [hostname], delay };
}

/** Whether a URL's host name is an IP literal: the URL parser has made IPv4 ones canonical. */
function isLiteral(hostname: string): boolean {
  return hostname.includes(":") || /^[0-9]+(?:\.[0-9]+){3}$/.test(hostname);
}

/** Attempts to connect, of which the first that succeeds counts. */
class ConnectRace {
  readonly #target: WireTarget;
  readonly #runtime: WireRuntime;
  /** What ends each attempt under way. */
  readonly #running = new Set<AbortController>();
  readonly #outcome = Promise.withResolvers<WireSocket>();
  readonly #tried = new Set<string>();
  #waiting: string[] = [];
  #delay = ATTEMPT_DELAY;
  #more: (() => Promise<readonly string[]>) | undefined;
  #failure: HttpFailure | undefined;
  #over = false;
  #stopTimer: (() => void) | undefined;

  constructor(target: WireTarget, runtime: WireRuntime) {
    this.#target = target;
    this.#runtime = runtime;
  }

  /** The connection that won. */
  get result(): Promise<WireSocket> {
    return this.#outcome.promise;
  }

  start(addresses: Addresses): void {
    this.#waiting = [...addresses.first];
    this.#delay = addresses.delay;
    this.#more = addresses.more;
    this.#tryNext();
  }

  /** Ends the race without a winner. Idempotent. */
  fail(error: unknown): void {
    if (this.#end()) this.#outcome.reject(error);
  }

  #tryNext(): void {
    this.#stopTimer?.();
    if (this.#over) return;
    const address = this.#waiting.shift();
    if (address === undefined) {
      if (this.#running.size === 0) this.fail(this.#failure ?? new Error("there is no address"));
      return;
    }
    this.#tried.add(address);
    const abort = new AbortController();
    this.#running.add(abort);
    this.#runtime.connect(address, this.#target.port, abort.signal).then(
      (socket) => this.#win(socket, abort),
      (error) => this.#lose(error, abort),
    );
    if (this.#waiting.length > 0 || this.#more !== undefined) {
      this.#stopTimer = this.#runtime.alarm(this.#delay, () => this.#grow());
    }
  }

  /** The last attempt takes long: start another one beside. */
  async #grow(): Promise<void> {
    const more = this.#more;
    this.#more = undefined;
    if (this.#waiting.length === 0 && more !== undefined) {
      const found = await more().catch(() => []);
      this.#waiting = found.filter((address) => !this.#tried.has(address));
    }
    if (this.#waiting.length > 0) this.#tryNext();
  }

  #win(socket: WireSocket, attempt: AbortController): void {
    // It is over: its signal means nothing to the connection any more.
    this.#running.delete(attempt);
    if (this.#end()) this.#outcome.resolve(socket);
    else socket.close();
  }

  #lose(error: unknown, attempt: AbortController): void {
    this.#running.delete(attempt);
    const failure = connectFailure(this.#target, error);
    if (this.#failure === undefined || weight(failure) > weight(this.#failure)) {
      this.#failure = failure;
    }
    this.#tryNext();
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#stopTimer?.();
    for (const attempt of this.#running) attempt.abort();
    return true;
  }
}

/**
 * How telling a failure is: a handshake that failed comes from the server itself, a refusal from its host.
 * Among equals, what the first address says counts.
 */
function weight({ kind }: HttpFailure): number {
  if (kind === "tls") return 2;
  return kind === "refused" ? 1 : 0;
}
