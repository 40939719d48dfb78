import type { RequestId } from "../../jsonrpc/envelope.ts";
import type { Frame } from "../../jsonrpc/frame.ts";
import { INITIALIZE, INITIALIZED } from "../../mcp/methods.ts";
import { HttpFailure } from "../../platform/http_client.ts";
import { replyForm } from "../judge_reply.ts";
import { PendingRequests } from "../pending_requests.ts";
import { readRefusal } from "../read_refusal.ts";
import { Session } from "../session.ts";
import { SessionRenewal } from "../session_renewal.ts";
import type { Transport, TransportContext } from "../transport.ts";
import { OneWayMessages } from "../one_way_messages.ts";
import { RequestTurns } from "../turns.ts";
import { newPosition, readEventStream } from "../event_stream_reader.ts";
import { takeEvent } from "../inbound.ts";
import { ConnectionWatch } from "./connection_watch.ts";
import { type Exchange, type Link, newExchange } from "./link.ts";
import { ListeningStream } from "./listening_stream.ts";
import { exchangeMessage, type PostOutcome, postRequests } from "./post.ts";
import { runRequests } from "./request_runner.ts";
import { RetryPolicy } from "./retry_policy.ts";

/** How long opening a lost session anew may take where the user set no limit, in milliseconds. */
const RENEWAL_TIMEOUT = 10_000;
/** How long later messages wait for the server to take `notifications/initialized`. */
const INITIALIZED_PATIENCE = 5000;

/** How many streams of cancelled requests are kept at most: a server may never end them. */
const MOST_KEPT = 8;

/** The binding "Streamable HTTP" of the legacy era (2025-03-26, 2025-06-18, 2025-11-25). */
export class StreamableHttp implements Transport {
  readonly #link: Link;
  readonly #closing = new AbortController();
  readonly #renewal: SessionRenewal;
  readonly #listening: ListeningStream;
  readonly #watch: ConnectionWatch;
  readonly #oneWay: OneWayMessages;

  constructor(context: TransportContext) {
    const session = new Session();
    this.#link = {
      context,
      session,
      running: new Map(),
      turns: new RequestTurns(),
      closing: this.#closing.signal,
      isListening: () => this.#listening.active,
    };
    this.#listening = new ListeningStream(this.#link, () => this.#renew());
    this.#watch = new ConnectionWatch(this.#link);
    this.#oneWay = new OneWayMessages(context.clock, this.#closing.signal);
    this.#renewal = new SessionRenewal(context, session, {
      sendInitialize: (frame) => this.#postPatiently(frame),
      sendInitialized: (frame) => this.#postOneWay(frame, this.#closing.signal),
      onRenewed: () => this.listen(),
    });
  }

  /**
   * Sends the client's `initialize` once; the caller judges the outcome. A result establishes the
   * session.
   */
  async open(initialize: Frame, signal: AbortSignal): Promise<PostOutcome> {
    const pending = new PendingRequests(this.#link.context.open, initialize);
    const exchange = this.#exchange(pending);
    const stop = () => exchange.abort.abort();
    signal.addEventListener("abort", stop, { once: true });
    try {
      const outcome = await this.#untilSettled(initialize, pending, exchange);
      if (this.#link.session.established) {
        this.#link.session.initialize = initialize;
        this.#watch.start();
      }
      return outcome;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** The outcome as soon as it is known: a stream may go on after its last answer. */
  async #untilSettled(
    frame: Frame,
    pending: PendingRequests,
    exchange: Exchange,
  ): Promise<PostOutcome> {
    const posted = postRequests(this.#link, frame, pending, exchange);
    const id = pending.first;
    if (id === undefined) return await posted;
    const settled = this.#link.context.open.whenDone(id).then(() => ({ kind: "settled" } as const));
    return await Promise.race([posted, settled]);
  }

  /** Whether the server has answered `initialize` with a result. */
  get established(): boolean {
    return this.#link.session.established;
  }

  /** Sends a request once, for an answer or an outcome to judge (a probe such as `server/discover`). */
  async tryOnce(request: Frame): Promise<PostOutcome> {
    const pending = new PendingRequests(this.#link.context.open, request);
    return await postRequests(this.#link, request, pending, this.#exchange(pending));
  }

  send(frame: Frame): Promise<void> | undefined {
    switch (frame.envelope.kind) {
      case "request":
        if (frame.envelope.method !== INITIALIZE) this.#renewal.remember(frame);
        void runRequests(this.#link, frame, this.#renewal);
        return undefined;
      case "batch":
        void this.#sendBatch(frame);
        return undefined;
      case "notification":
        if (frame.envelope.method === INITIALIZED) return this.#sendInitialized(frame);
        return this.#sendOneWay(frame);
      default:
        return this.#sendOneWay(frame);
    }
  }

  delivered(): Promise<void> {
    return this.#oneWay.delivered();
  }

  listen(): void {
    this.#listening.start();
  }

  /**
   * Drops the exchange of a request that the client has cancelled, unless it has others to answer. In a
   * session its stream stays: a gateway may go on sending what is not about any request on the stream of
   * its oldest unanswered one, which a cancelled one is for ever (supergateway 4).
   */
  drop(id: RequestId): void {
    const { running, session } = this.#link;
    const exchange = running.get(id);
    if (exchange?.pending.settled !== true) return;
    const kept = [...running.values()].filter((one) => one.kept).length;
    if (session.id === undefined || kept >= MOST_KEPT) exchange.abort.abort();
    else exchange.kept = true;
  }

  refresh(): void {
    this.#link.context.http.dropIdleConnections();
    if (this.#listening.active) this.#listening.reopen();
    void this.#watch.check(0);
  }

  async close(timeout: number): Promise<void> {
    this.#watch.stop();
    this.#closing.abort();
    this.#listening.stop();
    for (const exchange of this.#link.running.values()) exchange.abort.abort();
    await this.#deleteSession(timeout);
  }

  async #sendBatch(frame: Frame): Promise<void> {
    const pending = new PendingRequests(this.#link.context.open, frame);
    if (pending.settled) this.#sendOneWay(frame);
    else await runRequests(this.#link, frame, this.#renewal);
  }

  async #sendInitialized(frame: Frame): Promise<void> {
    this.#link.session.initialized = frame;
    const patience = new AbortController();
    const { clock } = this.#link.context;
    await Promise.race([
      this.#postOneWay(frame, this.#closing.signal),
      clock.sleep(INITIALIZED_PATIENCE, patience.signal),
    ]);
    patience.abort();
    this.listen();
  }

  #exchange(pending: PendingRequests): Exchange {
    return newExchange(pending, this.#link.context.clock.now());
  }

  /** Sends a request of a renewal: repeated while the server is away, but not for ever. */
  async #postPatiently(frame: Frame): Promise<void> {
    const pending = new PendingRequests(this.#link.context.open, frame);
    const policy = new RetryPolicy(INITIALIZE, this.#link.context.random);
    const exchange = this.#exchange(pending);
    const { clock, timeouts } = this.#link.context;
    const limit = clock.after(timeouts.start || RENEWAL_TIMEOUT, () => exchange.abort.abort());
    const { signal } = exchange.abort;
    while (!this.#link.closing.aborted && !signal.aborted) {
      const wait = policy.waitAfter(await this.#untilSettled(frame, pending, exchange));
      if (wait === undefined || pending.settled) break;
      await clock.sleep(wait, AbortSignal.any([signal, this.#link.closing]));
    }
    limit.stop();
  }

  #sendOneWay(frame: Frame): undefined {
    this.#oneWay.send((signal) => this.#postOneWay(frame, signal));
  }

  /**
   * Sends a notification or a response. The server owes no answer; a failure costs the client nothing
   * (servers without sessions refuse every response to their own pings).
   */
  async #postOneWay(frame: Frame, signal: AbortSignal): Promise<void> {
    const { context } = this.#link;
    const { envelope } = frame;
    const method = envelope.kind === "notification" ? envelope.method : "";
    const policy = new RetryPolicy(method, context.random);
    for (;;) {
      let wait: number | undefined;
      try {
        return await this.#takeAcceptance(await exchangeMessage(this.#link, frame, signal));
      } catch (failure) {
        if (!(failure instanceof HttpFailure)) throw failure;
        wait = policy.waitAfter({ kind: "failed", failure });
        if (wait === undefined) {
          context.logger.debug(`A message was not delivered: ${failure.message}`);
        }
      }
      if (wait === undefined) return;
      await context.clock.sleep(wait, signal);
    }
  }

  async #takeAcceptance(
    reply: { status: number } & Parameters<typeof readRefusal>[1],
  ): Promise<void> {
    const { context, session } = this.#link;
    switch (replyForm(reply.status, reply.headers.get("content-type"))) {
      case "event_stream":
        void readEventStream(reply, {
          position: newPosition(),
          maxEventBytes: context.maxMessageBytes,
          onData: (data) => takeEvent(context, data, {}),
        });
        return;
      case "refusal": {
        const refused = await readRefusal(context, reply, session);
        context.logger.debug("The server refused a message that needs no answer", {
          status: refused.status,
          said: refused.extract,
        });
        return;
      }
      default:
        await reply.body.bytes(context.maxMessageBytes).catch(() => undefined);
    }
  }

  #renew(): void {
    if (!this.#link.closing.aborted) void this.#renewal.renew(this.#link.session.generation);
  }

  async #deleteSession(timeout: number): Promise<void> {
    const { context, session } = this.#link;
    if (session.id === undefined) return;
    const abort = new AbortController();
    const timer = context.clock.after(timeout, () => abort.abort());
    try {
      const reply = await context.http.exchange({
        method: "DELETE",
        mayAskUser: false,
        url: context.url,
        headers: session.headers,
        signal: abort.signal,
      });
      reply.body.cancel();
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      context.logger.debug(`The session was not ended: ${error.message}`);
    } finally {
      timer.stop();
    }
  }
}
