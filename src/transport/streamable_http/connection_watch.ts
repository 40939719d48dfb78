import { requestIdOf } from "../../jsonrpc/request_id.ts";
import { frameOf } from "../../jsonrpc/message_frame.ts";
import type { Frame } from "../../jsonrpc/frame.ts";
import type { Timer } from "../../platform/clock.ts";
import { isResumable } from "../event_stream_reader.ts";
import { PendingRequests } from "../pending_requests.ts";
import { type Exchange, type Link, newExchange } from "./link.ts";
import { postRequests } from "./post.ts";

/** How often the watch looks, in milliseconds. */
const PERIOD = 10_000;
/** Silence of a running request after which the server is asked whether it is there. */
const SILENCE = 60_000;
/** How long that question may take. */
const PING_TIMEOUT = 20_000;
/** How many such questions in a row must fail before a silent request is given up. */
const FAILED_PINGS = 2;

/**
 * Notices half-open connections: a request that has been silent for a minute is given up when the
 * server, asked by a `ping` on a new connection, cannot be reached twice in a row or knows the session
 * no more. A server that merely is busy keeps its requests.
 */
export class ConnectionWatch {
  readonly #link: Link;
  #timer: Timer | undefined;
  #asking = false;
  #failed = 0;
  #count = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  start(): void {
    this.#timer ??= this.#link.context.clock.every(PERIOD, () => void this.check(SILENCE));
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  /** Asks the server, if a request has been silent for `silence` milliseconds. */
  async check(silence: number): Promise<void> {
    const before = this.#link.context.clock.now() - silence;
    this.#resumeSilent();
    if (this.#asking || !this.#link.session.established) return;
    const silent = () =>
      [...this.#link.running.values()].filter((one) => !one.kept && one.lastTraffic <= before);
    if (silent().length === 0) {
      this.#failed = 0;
      return;
    }
    this.#asking = true;
    const verdict = await this.#ask();
    this.#asking = false;
    if (verdict === "there") this.#failed = 0;
    else if (verdict === "gone" || ++this.#failed >= FAILED_PINGS) this.#giveUp(silent());
  }

  /** A stream that can be resumed is, after long silence, whatever the server says on other connections. */
  #resumeSilent(): void {
    const { clock, timeouts } = this.#link.context;
    if (timeouts.listening === 0) return;
    const before = clock.now() - timeouts.listening;
    const silent = [...this.#link.running.values()].filter(({ kept, position, lastTraffic }) =>
      !kept && lastTraffic <= before && position !== undefined && isResumable(position)
    );
    for (const exchange of silent) exchange.lastTraffic = clock.now();
    if (silent.length > 0) this.#giveUp(silent);
  }

  #giveUp(exchanges: readonly Exchange[]): void {
    this.#failed = 0;
    for (const exchange of exchanges) {
      const { abort } = exchange;
      exchange.givenUp = true;
      exchange.abort = new AbortController();
      abort.abort();
    }
  }

  /** `gone` when the server knows the session no more, so that nothing can answer what is open. */
  async #ask(): Promise<"there" | "unreachable" | "gone"> {
    const { context } = this.#link;
    context.http.dropIdleConnections();
    const ping = this.#ping();
    const pending = new PendingRequests(context.open, ping);
    const abort = new AbortController();
    const timer = context.clock.after(PING_TIMEOUT, () => abort.abort());
    const exchange = { ...newExchange(pending, context.clock.now()), abort };
    const outcome = await postRequests(this.#link, ping, pending, exchange);
    timer.stop();
    for (const id of pending.left()) context.open.close(id);
    if (outcome.kind === "session_lost") return "gone";
    if (outcome.kind === "refused" && outcome.refusal === "session_lost") return "gone";
    // A server that took the connection but has not answered yet may be busy with the very request.
    return outcome.kind === "failed" && outcome.failure.kind !== "cancelled"
      ? "unreachable"
      : "there";
  }

  #ping(): Frame {
    const id = `causeway-watch-${++this.#count}`;
    this.#link.context.open.open(requestIdOf(id), { method: "ping", answer: () => undefined });
    return frameOf({ jsonrpc: "2.0", id, method: "ping" });
  }
}
