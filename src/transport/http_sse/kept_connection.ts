import { BackOff } from "../back_off.ts";
import type { Intercept } from "../inbound.ts";
import type { Session } from "../session.ts";
import type { TransportContext } from "../transport.ts";
import { type Connected, type EventConnection, openEventConnection } from "./event_connection.ts";

/** How long a message waits for a lost stream to come back, in milliseconds. */
const RECONNECT_PATIENCE = 10_000;
/** A stream that lasts this long, in milliseconds, is no reason to wait before the next one. */
const LASTING = 10_000;

/** What keeping a stream takes. */
export interface KeptConnectionParts {
  readonly session: Session;
  /** Sees each response before it settles its request. */
  readonly intercept: Intercept;
  /** Aborted when the transport is closed. */
  readonly closing: AbortSignal;
  /** Opens the session anew over a stream that is new; `false` when that failed. */
  readonly renew: () => Promise<boolean>;
  /** Called when a stream comes into use. */
  readonly onUse: () => void;
  /** Called when the stream in use is lost; `back` resolves when there is another one. */
  readonly onLost: (back: Promise<void>) => void;
}

/** The event stream in use, opened anew, as often as it takes, when it ends. */
export class KeptConnection {
  readonly #context: TransportContext;
  readonly #parts: KeptConnectionParts;
  #current: EventConnection | undefined;
  #reconnecting: Promise<void> | undefined;
  #lastFailure = "the event stream is down";
  readonly #backOff: BackOff;
  /** How long to wait before the next try to reconnect, in milliseconds. */
  #wait = 0;
  /** Ends that wait. */
  #pause = new AbortController();

  constructor(context: TransportContext, parts: KeptConnectionParts) {
    this.#context = context;
    this.#parts = parts;
    this.#backOff = new BackOff(250, 15_000, context.random);
  }

  /** The stream in use; `undefined` while it is down. */
  get current(): EventConnection | undefined {
    return this.#current;
  }

  /** Why the stream could not be opened when that was tried last, for people. */
  get lastFailure(): string {
    return this.#lastFailure;
  }

  /** Opens the stream for the first time; the caller judges the outcome. */
  async connect(signal: AbortSignal): Promise<Connected> {
    const connected = await this.#open(signal);
    if (connected.kind === "connected") this.#use(connected.connection);
    return connected;
  }

  /** The stream, waited for while it is being opened anew; `undefined` when it is not there in time. */
  async ready(): Promise<EventConnection | undefined> {
    if (this.#reconnecting !== undefined) {
      // The client wants something: that is worth a try at once.
      this.#pause.abort();
      await this.waitFor(this.#reconnecting);
    }
    return this.#current;
  }

  /** Waits for an event, but not longer than for a stream to come back. */
  async waitFor(event: Promise<unknown>): Promise<void> {
    const patience = new AbortController();
    await Promise.race([event, this.#context.clock.sleep(RECONNECT_PATIENCE, patience.signal)]);
    patience.abort();
  }

  /** Ends the stream. */
  close(): void {
    this.#current?.close();
    this.#current = undefined;
  }

  #open(signal: AbortSignal): Promise<Connected> {
    const { session, intercept } = this.#parts;
    return openEventConnection(this.#context, session, { intercept, signal });
  }

  #use(connection: EventConnection): void {
    const since = this.#context.clock.now();
    this.#current = connection;
    this.#parts.onUse();
    void connection.ended.then(() => this.#onEnded(connection, since));
  }

  #onEnded(connection: EventConnection, since: number): void {
    if (this.#current !== connection) return;
    this.#current = undefined;
    if (this.#parts.closing.aborted) return;
    if (this.#context.clock.now() - since >= LASTING) {
      this.#backOff.reset();
      this.#wait = 0;
    }
    this.#context.logger.debug("The event stream ended; reconnecting");
    this.#reconnecting ??= this.#reconnect();
    this.#parts.onLost(this.#reconnecting);
  }

  async #reconnect(): Promise<void> {
    const { clock } = this.#context;
    const { session, closing, renew } = this.#parts;
    while (!closing.aborted) {
      if (this.#wait > 0) {
        this.#pause = new AbortController();
        await clock.sleep(this.#wait, AbortSignal.any([closing, this.#pause.signal]));
      }
      this.#wait = this.#backOff.next();
      const connected = await this.#open(closing);
      if (connected.kind === "connected") {
        const { connection } = connected;
        this.#use(connection);
        const isUsable = !session.established || await renew();
        if (this.#current === connection) {
          if (isUsable) break;
          this.#current = undefined;
          connection.close();
        }
      } else {
        this.#lastFailure = whyNot(connected);
      }
    }
    // At once, so that the end of the stream that is in use now begins anew.
    this.#reconnecting = undefined;
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
