import type { Frame } from "../../jsonrpc/frame.ts";
import { frameOf } from "../../jsonrpc/message_frame.ts";
import { requestIdOf } from "../../jsonrpc/request_id.ts";
import type { Timer } from "../../platform/clock.ts";
import type { TransportContext } from "../transport.ts";
import type { EventConnection } from "./event_connection.ts";

/** How often a stream is looked at, in milliseconds. */
const PERIOD = 10_000;
/** How long a ping on a silent stream may stay unanswered. */
const PING_TIMEOUT = 30_000;

/** What the watch looks at, and how it asks. */
export interface Watched {
  /** The stream in use, once its session is established. */
  readonly current: () => EventConnection | undefined;
  readonly post: (connection: EventConnection, frame: Frame) => Promise<void>;
  /** Aborted when the transport is closed. */
  readonly closing: AbortSignal;
}

/**
 * Notices a half-open event stream: one that has been silent for long is asked for a sign of life by a
 * `ping`, whose answer must come on the stream; without one the stream is closed, to be opened anew.
 */
export class StreamWatch {
  readonly #context: TransportContext;
  readonly #watched: Watched;
  #timer: Timer | undefined;
  #count = 0;
  #asking = false;

  constructor(context: TransportContext, watched: Watched) {
    this.#context = context;
    this.#watched = watched;
  }

  start(): void {
    this.#timer ??= this.#context.clock.every(PERIOD, () => this.#look());
  }

  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  /** Asks the server for a sign of life on the stream. */
  async ask(): Promise<void> {
    const connection = this.#watched.current();
    if (connection === undefined || this.#asking) return;
    this.#asking = true;
    const { clock, http, open } = this.#context;
    const asked = clock.now();
    const id = `causeway-watch-${++this.#count}`;
    open.open(requestIdOf(id), { method: "ping", answer: () => undefined });
    // Neither a pooled connection nor the reply to the POST is to be relied on here.
    http.dropIdleConnections();
    void this.#watched.post(connection, frameOf({ jsonrpc: "2.0", id, method: "ping" }));
    await clock.sleep(PING_TIMEOUT, this.#watched.closing);
    open.close(requestIdOf(id));
    if (connection.lastTraffic() < asked) connection.close();
    this.#asking = false;
  }

  #look(): void {
    const silence = this.#context.timeouts.listening;
    const connection = this.#watched.current();
    if (connection === undefined || silence === 0) return;
    if (this.#context.clock.now() - connection.lastTraffic() >= silence) void this.ask();
  }
}
