import type { RequestId } from "../../jsonrpc/envelope.ts";
import type { Frame } from "../../jsonrpc/frame.ts";
import { INITIALIZE, INITIALIZED, isIdempotent } from "../../mcp/methods.ts";
import { HttpFailure } from "../../platform/http_client.ts";
import { endedWithoutAnswer, exchangeFailed, type FailedRequest } from "../failure_errors.ts";
import type { Intercept } from "../inbound.ts";
import { PendingRequests } from "../pending_requests.ts";
import { Session } from "../session.ts";
import { SessionRenewal } from "../session_renewal.ts";
import { answerFailure, failInternally } from "../streamable_http/request_runner.ts";
import { RetryPolicy } from "../streamable_http/retry_policy.ts";
import { OneWayMessages } from "../one_way_messages.ts";
import type { Transport, TransportContext } from "../transport.ts";
import { RequestTurns } from "../turns.ts";
import { type Accepted, AcceptedMessages } from "./accepted_messages.ts";
import type { Connected, EventConnection } from "./event_connection.ts";
import { KeptConnection } from "./kept_connection.ts";
import { type EndpointOutcome, postToEndpoint } from "./post.ts";
import { StreamWatch } from "./stream_watch.ts";

/** The binding "HTTP with SSE" of 2024-11-05: one event stream, messages posted to its endpoint. */
export class HttpSse implements Transport {
  readonly #context: TransportContext;
  readonly #session = new Session();
  readonly #renewal: SessionRenewal;
  readonly #closing = new AbortController();
  readonly #stream: KeptConnection;
  readonly #accepted = new AcceptedMessages();
  /** The messages with requests that are being posted. */
  readonly #posting = new Set<{ pending: PendingRequests; abort: AbortController }>();
  readonly #watch: StreamWatch;
  readonly #turns = new RequestTurns();
  readonly #oneWay: OneWayMessages;

  constructor(context: TransportContext) {
    this.#context = context;
    this.#oneWay = new OneWayMessages(context.clock, this.#closing.signal);
    this.#stream = new KeptConnection(context, {
      session: this.#session,
      intercept: this.#intercept,
      closing: this.#closing.signal,
      renew: async () => await this.#renewal.renew(this.#session.generation) === "renewed",
      onUse: () => this.#watch.start(),
      onLost: (back) => {
        for (const one of this.#accepted.takeAll()) void this.#afterLoss(one, back);
      },
    });
    this.#watch = new StreamWatch(context, {
      current: () => this.#session.established ? this.#stream.current : undefined,
      post: (connection, frame) => this.#postOneWay(connection, frame, this.#closing.signal),
      closing: this.#closing.signal,
    });
    this.#renewal = new SessionRenewal(context, this.#session, {
      sendInitialize: (frame) => this.#sendDirectly(frame),
      sendInitialized: async (frame) => {
        const { current } = this.#stream;
        if (current !== undefined) await this.#postOneWay(current, frame, this.#closing.signal);
      },
      onRenewed: () => {},
    });
  }

  /**
   * Opens the stream; the caller judges the outcome. Once it is `connected`, `initialize` goes through
   * {@linkcode send} like any request.
   */
  connect(signal: AbortSignal): Promise<Connected> {
    return this.#stream.connect(signal);
  }

  /** Whether the server has answered `initialize` with a result. */
  get established(): boolean {
    return this.#session.established;
  }

  send(frame: Frame): Promise<void> | undefined {
    const { envelope } = frame;
    if (envelope.kind === "request" || envelope.kind === "batch") {
      if (envelope.kind === "request") {
        if (envelope.method === INITIALIZE) this.#session.initialize = frame;
        else this.#renewal.remember(frame);
      }
      void this.#run(frame);
      return undefined;
    }
    if (envelope.kind === "notification" && envelope.method === INITIALIZED) {
      this.#session.initialized = frame;
      return this.#stream.waitFor(this.#sendOneWay(frame, this.#closing.signal));
    }
    this.#oneWay.send((signal) => this.#sendOneWay(frame, signal));
    return undefined;
  }

  delivered(): Promise<void> {
    return this.#oneWay.delivered();
  }

  /** The stream is open from the start. */
  listen(): void {}

  drop(_id: RequestId): void {
    for (const { pending, abort } of this.#posting) if (pending.settled) abort.abort();
  }

  refresh(): void {
    this.#context.http.dropIdleConnections();
    void this.#watch.ask();
  }

  async close(_timeout: number): Promise<void> {
    this.#closing.abort();
    this.#watch.stop();
    this.#stream.close();
    for (const { pending } of this.#accepted.takeAll()) {
      const what = "the connection was closed before the answer came";
      await pending.fail(endedWithoutAnswer(this.#asked(pending), what));
    }
  }

  /** Sees each response before it settles its request: the answer to `initialize` makes the session. */
  readonly #intercept: Intercept = (response) => {
    const { envelope } = response;
    if (envelope.kind !== "result" && envelope.kind !== "error") return false;
    if (envelope.id === undefined) return false;
    const method = this.#context.open.get(envelope.id)?.method;
    if (method === INITIALIZE && envelope.kind === "result") {
      this.#session.establish(undefined, response);
    }
    return false;
  };

  /** What waits for its answer on a lost stream is asked again where that is safe. */
  async #afterLoss({ frame, pending }: Accepted, back: Promise<void>): Promise<void> {
    if (pending.settled) return;
    if (isIdempotent(pending.method) && pending.method !== INITIALIZE) {
      await this.#stream.waitFor(back);
      if (this.#stream.current !== undefined) return await this.#run(frame);
    }
    await pending.fail(
      endedWithoutAnswer(this.#asked(pending), "the event stream was lost before the answer came"),
    );
  }

  async #run(frame: Frame): Promise<void> {
    const pending = new PendingRequests(this.#context.open, frame);
    const turns = this.#turns.of(pending.method);
    const turn = turns.take();
    if (turn !== undefined) await turn;
    const posting = { pending, abort: new AbortController() };
    this.#posting.add(posting);
    const signal = AbortSignal.any([this.#closing.signal, posting.abort.signal]);
    await this.#seeThrough(frame, pending, signal)
      .catch((error) => failInternally({ context: this.#context }, pending, error));
    this.#posting.delete(posting);
    turns.give();
  }

  async #seeThrough(
    frame: Frame,
    pending: PendingRequests,
    signal: AbortSignal,
  ): Promise<void> {
    const policy = new RetryPolicy(pending.method, this.#context.random);
    let replayed = false;
    while (!pending.settled) {
      const connection = await this.#stream.ready();
      if (connection === undefined) return await this.#failUnreachable(pending);
      const accepted: Accepted = { frame, pending };
      this.#accepted.add(accepted);
      const outcome = await postToEndpoint(this.#context, this.#session, {
        connection,
        frame,
        pending,
        signal,
      });
      if (pending.settled || outcome.kind === "accepted") return;
      this.#accepted.delete(accepted);
      if (!replayed && this.#isSessionLost(outcome)) {
        replayed = true;
        connection.close();
        await connection.ended;
        continue;
      }
      const wait = policy.waitAfter(outcome);
      if (wait === undefined) {
        return await answerFailure({ context: this.#context }, pending, outcome);
      }
      await this.#context.clock.sleep(wait, signal);
    }
  }

  /** The endpoint stands for the session: once it worked, 404 means that the session is gone. */
  #isSessionLost(outcome: EndpointOutcome): boolean {
    if (outcome.kind !== "refused") return false;
    return outcome.refusal === "session_lost" ||
      (outcome.status === 404 && this.#session.established);
  }

  async #failUnreachable(pending: PendingRequests): Promise<void> {
    const what = `${this.#stream.lastFailure}; the bridge goes on trying to reconnect`;
    const failure = new HttpFailure("unreachable", "not_sent", what);
    await pending.fail(exchangeFailed(this.#asked(pending), failure));
  }

  #asked(pending: PendingRequests): FailedRequest {
    return { method: pending.method, url: this.#context.url };
  }

  /** Sends a request of a renewal over the new stream and waits for its answer there. */
  async #sendDirectly(frame: Frame): Promise<void> {
    const connection = this.#stream.current;
    if (connection === undefined) return;
    const pending = new PendingRequests(this.#context.open, frame);
    const outcome = await postToEndpoint(this.#context, this.#session, {
      connection,
      frame,
      pending,
      signal: this.#closing.signal,
    });
    if (outcome.kind !== "accepted") return;
    const id = pending.first;
    if (id === undefined) return;
    await this.#stream.waitFor(Promise.race([this.#context.open.whenDone(id), connection.ended]));
  }

  async #sendOneWay(frame: Frame, signal: AbortSignal): Promise<void> {
    const connection = await this.#stream.ready();
    if (connection !== undefined) await this.#postOneWay(connection, frame, signal);
  }

  async #postOneWay(
    connection: EventConnection,
    frame: Frame,
    signal: AbortSignal,
  ): Promise<void> {
    const pending = new PendingRequests(this.#context.open, frame);
    const outcome = await postToEndpoint(this.#context, this.#session, {
      connection,
      frame,
      pending,
      signal,
    });
    if (outcome.kind === "accepted") return;
    this.#context.logger.debug("A message that needs no answer was not delivered", {
      outcome: outcome.kind,
    });
  }
}
