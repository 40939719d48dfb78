import type { RequestId } from "../../jsonrpc/envelope.ts";
import type { Frame } from "../../jsonrpc/frame.ts";
import { INITIALIZE, INITIALIZED, isIdempotent } from "../../mcp/methods.ts";
import { HttpFailure } from "../../platform/http_client.ts";
import { BackOff } from "../back_off.ts";
import { endedWithoutAnswer, exchangeFailed, type FailedRequest } from "../failure_errors.ts";
import type { Intercept } from "../inbound.ts";
import { PendingRequests } from "../pending_requests.ts";
import { Session } from "../session.ts";
import { SessionRenewal } from "../session_renewal.ts";
import { answerFailure, failInternally } from "../streamable_http/request_runner.ts";
import { RetryPolicy } from "../streamable_http/retry_policy.ts";
import type { Transport, TransportContext } from "../transport.ts";
import { type Accepted, AcceptedMessages } from "./accepted_messages.ts";
import { type Connected, type EventConnection, openEventConnection } from "./event_connection.ts";
import { type EndpointOutcome, postToEndpoint } from "./post.ts";
import { StreamWatch } from "./stream_watch.ts";

/** How long a message waits for a lost stream to come back, in milliseconds. */
const RECONNECT_PATIENCE = 10_000;

/** The binding "HTTP with SSE" of 2024-11-05: one event stream, messages posted to its endpoint. */
export class HttpSse implements Transport {
  readonly #context: TransportContext;
  readonly #session = new Session();
  readonly #renewal: SessionRenewal;
  readonly #closing = new AbortController();
  #connection: EventConnection | undefined;
  /** While the stream is down: resolves when it is up again, with `false` when not in time. */
  #reconnecting: Promise<void> | undefined;
  #lastFailure = "the event stream is down";
  /** Ends the pause before the next try to reconnect. */
  #pause = new AbortController();
  readonly #accepted = new AcceptedMessages();
  readonly #watch: StreamWatch;

  constructor(context: TransportContext) {
    this.#context = context;
    this.#watch = new StreamWatch(context, {
      current: () => this.#session.established ? this.#connection : undefined,
      post: (connection, frame) => this.#postOneWay(connection, frame),
      closing: this.#closing.signal,
    });
    this.#renewal = new SessionRenewal(context, this.#session, {
      sendInitialize: (frame) => this.#sendDirectly(frame),
      sendInitialized: async (frame) => {
        if (this.#connection !== undefined) await this.#postOneWay(this.#connection, frame);
      },
      onRenewed: () => {},
    });
  }

  /**
   * Opens the stream; the caller judges the outcome. Once it is `connected`, `initialize` goes through
   * {@linkcode send} like any request.
   */
  async connect(signal: AbortSignal): Promise<Connected> {
    const connected = await openEventConnection(this.#context, this.#session, {
      intercept: this.#intercept,
      signal,
    });
    if (connected.kind === "connected") this.#use(connected.connection);
    return connected;
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
      return this.#waitFor(this.#sendOneWay(frame));
    }
    void this.#sendOneWay(frame);
    return undefined;
  }

  /** The stream is open from the start. */
  listen(): void {}

  drop(_id: RequestId): void {}

  refresh(): void {
    this.#context.http.dropIdleConnections();
    void this.#watch.ask();
  }

  close(_timeout: number): Promise<void> {
    this.#closing.abort();
    this.#watch.stop();
    this.#connection?.close();
    this.#connection = undefined;
    return Promise.resolve();
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

  #use(connection: EventConnection): void {
    this.#connection = connection;
    this.#watch.start();
    void connection.ended.then(() => this.#onEnded(connection));
  }

  #onEnded(connection: EventConnection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    if (this.#closing.signal.aborted) return;
    this.#context.logger.debug("The event stream ended; reconnecting");
    const lost = this.#accepted.takeAll();
    const back = this.#reconnect();
    for (const one of lost) void this.#afterLoss(one, back);
  }

  /** What waits for its answer on a lost stream is asked again where that is safe. */
  async #afterLoss({ frame, pending }: Accepted, back: Promise<void>): Promise<void> {
    if (pending.settled) return;
    if (isIdempotent(pending.method) && pending.method !== INITIALIZE) {
      await this.#waitFor(back);
      if (this.#connection !== undefined) return await this.#run(frame);
    }
    await pending.fail(
      endedWithoutAnswer(this.#asked(pending), "the event stream was lost before the answer came"),
    );
  }

  #reconnect(): Promise<void> {
    this.#reconnecting ??= this.#reconnectLoop().finally(() => this.#reconnecting = undefined);
    return this.#reconnecting;
  }

  async #reconnectLoop(): Promise<void> {
    const { clock, random } = this.#context;
    const backOff = new BackOff(250, 15_000, random);
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const connected = await openEventConnection(this.#context, this.#session, {
        intercept: this.#intercept,
        signal,
      });
      if (connected.kind === "connected") {
        this.#use(connected.connection);
        if (!this.#session.established) return;
        if (await this.#renewal.renew(this.#session.generation) === "renewed") return;
        if (this.#connection === connected.connection) {
          this.#connection = undefined;
          connected.connection.close();
        }
      } else {
        this.#lastFailure = whyNot(connected);
      }
      this.#pause = new AbortController();
      await clock.sleep(backOff.next(), AbortSignal.any([signal, this.#pause.signal]));
    }
  }

  async #ready(): Promise<EventConnection | undefined> {
    if (this.#reconnecting !== undefined) {
      // The client wants something: that is worth a try at once.
      this.#pause.abort();
      await this.#waitFor(this.#reconnecting);
    }
    return this.#connection;
  }

  async #waitFor(event: Promise<unknown>): Promise<void> {
    const patience = new AbortController();
    await Promise.race([event, this.#context.clock.sleep(RECONNECT_PATIENCE, patience.signal)]);
    patience.abort();
  }

  async #run(frame: Frame): Promise<void> {
    const pending = new PendingRequests(this.#context.open, frame);
    await this.#seeThrough(frame, pending)
      .catch((error) => failInternally({ context: this.#context }, pending, error));
  }

  async #seeThrough(frame: Frame, pending: PendingRequests): Promise<void> {
    const policy = new RetryPolicy(pending.method, this.#context.random);
    let replayed = false;
    while (!pending.settled) {
      const connection = await this.#ready();
      if (connection === undefined) return await this.#failUnreachable(pending);
      const accepted: Accepted = { frame, pending };
      this.#accepted.add(accepted);
      const outcome = await postToEndpoint(this.#context, this.#session, {
        connection,
        frame,
        pending,
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
      await this.#context.clock.sleep(wait, this.#closing.signal);
    }
  }

  /** The endpoint stands for the session: once it worked, 404 means that the session is gone. */
  #isSessionLost(outcome: EndpointOutcome): boolean {
    if (outcome.kind !== "refused") return false;
    return outcome.refusal === "session_lost" ||
      (outcome.status === 404 && this.#session.established);
  }

  async #failUnreachable(pending: PendingRequests): Promise<void> {
    const what = `${this.#lastFailure}; the bridge goes on trying to reconnect`;
    const failure = new HttpFailure("unreachable", "not_sent", what);
    await pending.fail(exchangeFailed(this.#asked(pending), failure));
  }

  #asked(pending: PendingRequests): FailedRequest {
    return { method: pending.method, url: this.#context.url };
  }

  /** Sends a request of a renewal over the new stream and waits for its answer there. */
  async #sendDirectly(frame: Frame): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    const pending = new PendingRequests(this.#context.open, frame);
    const outcome = await postToEndpoint(this.#context, this.#session, {
      connection,
      frame,
      pending,
    });
    if (outcome.kind !== "accepted") return;
    const id = pending.first;
    if (id === undefined) return;
    await this.#waitFor(Promise.race([this.#context.open.whenDone(id), connection.ended]));
  }

  async #sendOneWay(frame: Frame): Promise<void> {
    const connection = await this.#ready();
    if (connection !== undefined) await this.#postOneWay(connection, frame);
  }

  async #postOneWay(connection: EventConnection, frame: Frame): Promise<void> {
    const pending = new PendingRequests(this.#context.open, frame);
    const outcome = await postToEndpoint(this.#context, this.#session, {
      connection,
      frame,
      pending,
    });
    if (outcome.kind === "accepted") return;
    this.#context.logger.debug("A message that needs no answer was not delivered", {
      outcome: outcome.kind,
    });
  }
}

function whyNot(connected: Exclude<Connected, { kind: "connected" }>): string {
  switch (connected.kind) {
    case "refused":
      return `the event stream was refused with HTTP ${connected.status}`;
    case "not_offered":
      return `the server answered with ${connected.what}`;
    case "failed":
      return connected.failure.message;
  }
}
