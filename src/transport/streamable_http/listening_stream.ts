import { HttpFailure, type HttpReply } from "../../platform/http_client.ts";
import { BackOff } from "../back_off.ts";
import {
  askedDelay,
  newPosition,
  readEventStream,
  reopeningHeaders,
  type StreamPosition,
} from "../event_stream_reader.ts";
import { takeEvent } from "../inbound.ts";
import { replyForm } from "../judge_reply.ts";
import { readRefusal } from "../read_refusal.ts";
import type { Link } from "./link.ts";

/** What opening the stream came to. */
type Opened =
  | { readonly kind: "reply"; readonly reply: HttpReply }
  /** The server offers no such stream; nothing is wrong. */
  | { readonly kind: "not_offered" }
  | { readonly kind: "session_lost" }
  | { readonly kind: "again"; readonly why: string; readonly wait?: number | undefined };

/**
 * The stream on which the server speaks unasked (2025-11-25, transports, "Listening for Messages from
 * the Server"): opened by GET, reopened for as long as the client lives.
 */
export class ListeningStream {
  readonly #link: Link;
  readonly #onSessionLost: () => void;
  #abort: AbortController | undefined;
  #position = newPosition();
  #worked = false;

  /** @param onSessionLost called when the server no longer knows the session of the stream */
  constructor(link: Link, onSessionLost: () => void) {
    this.#link = link;
    this.#onSessionLost = onSessionLost;
  }

  /** Whether the stream is (or is being) opened. */
  get active(): boolean {
    return this.#abort !== undefined;
  }

  /** Opens the stream of a new session; one that is open already is closed first. */
  start(): void {
    this.#position = newPosition();
    this.#worked = false;
    this.reopen();
  }

  /** Opens the stream on a new connection, where it was left off. */
  reopen(): void {
    this.stop();
    if (this.#link.closing.aborted) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#run(abort.signal, this.#position).finally(() => {
      if (this.#abort === abort) this.#abort = undefined;
    });
  }

  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  async #run(signal: AbortSignal, position: StreamPosition): Promise<void> {
    const { clock, random, logger } = this.#link.context;
    const backOff = new BackOff(500, 30_000, random);
    while (!signal.aborted) {
      const opened = await this.#open(signal, position);
      if (signal.aborted || opened.kind === "not_offered") return;
      if (opened.kind === "session_lost") return this.#onSessionLost();
      let wait: number;
      if (opened.kind === "reply") {
        this.#worked = true;
        const useful = await this.#read(opened.reply, position);
        if (useful) backOff.reset();
        // A delay of the server's own is kept to, but never makes us rush at it.
        const least = useful ? 0 : backOff.next();
        wait = Math.max(askedDelay(position) ?? backOff.next(), least);
      } else {
        wait = opened.wait ?? backOff.next();
        logger.debug("The listening stream could not be opened; trying again", { why: opened.why });
      }
      await clock.sleep(wait, signal);
    }
  }

  /** Reads a stream to its end; `true` when it carried anything or lasted. */
  async #read(reply: HttpReply, position: StreamPosition): Promise<boolean> {
    const { context } = this.#link;
    const openedAt = context.clock.now();
    const before = position.events;
    const end = await readEventStream(reply, {
      position,
      maxEventBytes: context.maxMessageBytes,
      onData: (data) => takeEvent(context, data, {}),
    });
    const why = end.kind === "failed" ? end.failure.message : "the server closed it";
    context.logger.debug("The listening stream ended", { why });
    return position.events > before || context.clock.now() - openedAt > 10_000;
  }

  async #open(signal: AbortSignal, position: StreamPosition): Promise<Opened> {
    const { url, http, timeouts } = this.#link.context;
    const headers = [...reopeningHeaders(position), ...this.#link.session.headers];
    try {
      const bodyTimeout = timeouts.listening;
      return await this.#judge(
        await http.exchange({
          method: "GET",
          url,
          headers,
          signal,
          bodyTimeout,
          mayAskUser: false,
        }),
      );
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      return { kind: "again", why: error.message };
    }
  }

  async #judge(reply: HttpReply): Promise<Opened> {
    const form = replyForm(reply.status, reply.headers.get("content-type"));
    if (form === "event_stream") return { kind: "reply", reply };
    if (form !== "refusal" || reply.status === 405) {
      reply.body.cancel();
      return { kind: "not_offered" };
    }
    const refused = await readRefusal(this.#link.context, reply, this.#link.session);
    if (refused.refusal === "unavailable" || reply.status === 409) {
      return { kind: "again", why: `HTTP ${reply.status}`, wait: refused.retryAfter };
    }
    // A server without this stream may answer 404 to it from the start; later, the session is gone.
    if (refused.refusal === "session_lost" && this.#worked) return { kind: "session_lost" };
    if (reply.status >= 500 && reply.status !== 501) {
      return { kind: "again", why: `HTTP ${reply.status}` };
    }
    this.#link.context.logger.debug("The server offers no listening stream", {
      status: reply.status,
    });
    return { kind: "not_offered" };
  }
}
