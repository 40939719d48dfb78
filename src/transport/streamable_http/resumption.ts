import type { Clock } from "../../platform/clock.ts";
import { HttpFailure, type HttpReply } from "../../platform/http_client.ts";
import { BackOff } from "../back_off.ts";
import { askedDelay, reopeningHeaders, type StreamPosition } from "../event_stream_reader.ts";
import { replyForm } from "../judge_reply.ts";
import type { PendingRequests } from "../pending_requests.ts";
import { readRefusal } from "../read_refusal.ts";
import { statusText } from "../failure_errors.ts";
import type { Exchange, Link } from "./link.ts";
import { readRequestEvents } from "./post.ts";
import { mayHeal } from "./retry_policy.ts";

/**
 * How long the server may be out of reach before a cut stream is given up, in milliseconds: clients wait
 * for a minute, and learn more from our answer than from their own limit.
 */
const GIVE_UP_AFTER = 30_000;
/** A stream that was open for less time than this ended at once, in milliseconds. */
const AT_ONCE = 1000;
/** An answer is lost when that many streams in a row, for at least that long (milliseconds), ended at once. */
const LEAST_BARREN = 5;
const BARREN_FOR = 10_000;

/** How a cut stream ended after all: `settled`, or why it could not be resumed. */
export type Resumption = { readonly kind: "settled" } | {
  readonly kind: "lost";
  readonly why: string;
};

/** One try to reopen the stream. */
type Try =
  | { readonly kind: "reply"; readonly reply: HttpReply }
  | { readonly kind: "again"; readonly why: string }
  | { readonly kind: "lost"; readonly why: string };

/**
 * Resumes the stream of a request after a disconnection, as often as it takes, by GET with
 * `Last-Event-ID` (2025-11-25, transports, "Resumability and Redelivery"). The server's `retry` is
 * kept to, and means that the server ends streams on purpose, to be polled (SEP-1699); without one,
 * waits grow. Streams that bring nothing and end at once, again and again, end it: the answer is lost.
 */
export async function resumeRequest(
  link: Link,
  position: StreamPosition,
  pending: PendingRequests,
  exchange: Exchange,
): Promise<Resumption> {
  const { clock, random } = link.context;
  const backOff = new BackOff(250, 5000, random);
  const barren = new BarrenStreams(clock);
  let unreachableSince: number | undefined;
  for (;;) {
    await clock.sleep(askedDelay(position) ?? backOff.next(), exchange.abort.signal);
    if (pending.settled) return { kind: "settled" };
    const attempt = await reopen(link, position, exchange);
    if (attempt.kind === "lost") return attempt;
    if (attempt.kind === "again") {
      unreachableSince ??= clock.now();
      if (clock.now() - unreachableSince > GIVE_UP_AFTER) return { kind: "lost", why: attempt.why };
      // A server that is down is not hurried by its own, perhaps very short, delay.
      if (position.retry !== undefined) await clock.sleep(backOff.next(), exchange.abort.signal);
      continue;
    }
    unreachableSince = undefined;
    const before = position.events;
    barren.opens();
    await readRequestEvents(link, attempt.reply, pending, { position, exchange });
    if (pending.settled) return { kind: "settled" };
    if (position.events > before) {
      backOff.reset();
      barren.forget();
    } else if (barren.isLost()) {
      return { kind: "lost", why: "the resumed stream brings nothing" };
    }
  }
}

async function reopen(link: Link, position: StreamPosition, exchange: Exchange): Promise<Try> {
  const { url, http, timeouts } = link.context;
  try {
    const reply = await http.exchange({
      method: "GET",
      url,
      headers: [
        ...reopeningHeaders(position),
        // Event ids mean something only within their session, which may have been renewed meanwhile.
        ...exchange.sessionHeaders,
      ],
      signal: exchange.abort.signal,
      headersTimeout: timeouts.headers,
      bodyTimeout: timeouts.body,
    });
    return await judge(link, reply);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    return { kind: mayHeal(error.kind) ? "again" : "lost", why: error.message };
  }
}

async function judge(link: Link, reply: HttpReply): Promise<Try> {
  if (replyForm(reply.status, reply.headers.get("content-type")) === "event_stream") {
    return { kind: "reply", reply };
  }
  if (reply.status < 300) {
    reply.body.cancel();
    return {
      kind: "lost",
      why: `resuming was answered with ${statusText(reply.status)}, but no event stream`,
    };
  }
  const refused = await readRefusal(link.context, reply, link.session);
  const said = refused.extract === "" ? "" : `: ${refused.extract}`;
  const why = `resuming was answered with ${statusText(reply.status)}${said}`;
  return {
    kind: refused.refusal === "unavailable" || reply.status === 409 ? "again" : "lost",
    why,
  };
}

/**
 * Counts resumed streams that ended at once and without an event. A server that wants to be polled, or
 * behind something that ends idle streams, holds each for a while; one that has forgotten the answer, or
 * never kept it, ends every stream at once, for ever.
 */
class BarrenStreams {
  readonly #clock: Pick<Clock, "now">;
  #openedAt = 0;
  #endedAtOnce = 0;
  #since = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** A stream is open now. */
  opens(): void {
    this.#openedAt = this.#clock.now();
  }

  /** The stream brought something. */
  forget(): void {
    this.#endedAtOnce = 0;
  }

  /** The stream ended and brought nothing: whether that is the end of it. */
  isLost(): boolean {
    const now = this.#clock.now();
    if (now - this.#openedAt >= AT_ONCE) this.#endedAtOnce = 0;
    else if (this.#endedAtOnce++ === 0) this.#since = this.#openedAt;
    return this.#endedAtOnce >= LEAST_BARREN && now - this.#since >= BARREN_FOR;
  }
}
