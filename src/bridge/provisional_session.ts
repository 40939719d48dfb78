import type { RequestId } from "../jsonrpc/envelope.ts";
import { type JsonRpcError, notificationFrame, resultFrame } from "../jsonrpc/error_frame.ts";
import type { Frame } from "../jsonrpc/frame.ts";
import { membersOf, withId } from "../jsonrpc/message_frame.ts";
import { cancelledId } from "../mcp/cancelled_id.ts";
import { SERVER_UNREACHABLE } from "../mcp/error_codes.ts";
import {
  CANCELLED,
  INITIALIZE,
  INITIALIZED,
  LISTED_MEMBER,
  PING,
  TOOLS_CALL,
  TOOLS_LIST,
} from "../mcp/methods.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import {
  callsSignIn,
  failureOf,
  provisionalInitializeResult,
  provisionalList,
  signInAnswer,
  signInFirst,
  signInOver,
  TRY_AGAIN,
} from "./provisional_answers.ts";
import { HeldRequests } from "./held_requests.ts";
import { ProvisionalRemains, SIGNED_IN } from "./provisional_remains.ts";
import { describePrompt, type SignInStatus } from "./sign_in_status.ts";

/** From the start of a sign-in until `initialize` is answered by ourselves, in milliseconds. */
const EARLY_AFTER = 1200;
/** How long a list waits for the user before it shows the sign-in; some clients give lists 5 s. */
const LIST_PATIENCE = 2500;
/** How long any other request waits before it is answered with an error that has the link. */
const REQUEST_PATIENCE = 20_000;

/** What the session needs of the bridge. */
export interface ProvisionalParts {
  readonly server: URL;
  readonly status: SignInStatus;
  readonly clock: Clock;
  /** Writes a message to the client. */
  readonly write: (frame: Frame) => Promise<void> | undefined;
  /** Treats a message of the client as any other, now that the server can take it. */
  readonly forward: (frame: Frame) => Promise<void> | undefined;
  /** Sends `initialize` again, for ourselves; the answer goes to {@linkcode ProvisionalSession.onAnswer}. */
  readonly reopen: (initialize: Frame) => void;
}

type State =
  /** `initialize` is on its way and no sign-in has held it up so far. */
  | "opening"
  /** The client has our answer; the server's is awaited, or was an error. */
  | "waiting"
  /** The server answers for itself. */
  | "over";

/**
 * Stands in for the server while the user signs in, so that the client is never kept waiting: answers
 * `initialize` after a moment, holds requests within the client's patience, offers the sign-in link as
 * a tool, and steps aside with `list_changed` when the server has answered for itself.
 */
export class ProvisionalSession {
  readonly #parts: ProvisionalParts;
  /** The client's newest `initialize`. */
  #initialize: Frame;
  readonly #early = Promise.withResolvers<void>();
  readonly #held: HeldRequests;
  /** Calls of our tool that wait for a link to show. */
  readonly #signIns = new Set<RequestId>();
  readonly #remains = new ProvisionalRemains();
  readonly #unwatch: () => void;
  #state: State = "opening";
  #answered = false;
  #timer: Timer | undefined;
  #initialized: Frame | undefined;
  /** The server's answer to `initialize` while that is an error. */
  #failure: JsonRpcError | undefined;
  /** Ends the wait of the tool when the server has answered. */
  #onOutcome: (() => void) | undefined;

  constructor(initialize: Frame, parts: ProvisionalParts) {
    this.#parts = parts;
    this.#initialize = initialize;
    this.#held = new HeldRequests(parts.clock);
    this.#unwatch = parts.status.onChange(() => this.#onStatus());
  }

  /** Resolves when `initialize` has been answered by ourselves. */
  get answeredEarly(): Promise<void> {
    return this.#early.promise;
  }

  /** Whether messages of the client go through {@linkcode take}. */
  get active(): boolean {
    return this.#state === "waiting" || this.#remains.any;
  }

  /** Takes a message of the client while the session is active. */
  take(frame: Frame): Promise<void> | undefined {
    const { envelope } = frame;
    if (this.#state === "over") return this.#takeAfterwards(frame);
    if (envelope.kind === "request") return this.#takeRequest(frame, envelope.id, envelope.method);
    if (envelope.kind === "batch") {
      for (const member of membersOf(frame)) void this.take(member);
      return undefined;
    }
    if (envelope.kind !== "notification") return undefined;
    if (envelope.method === INITIALIZED) this.#initialized = frame;
    if (envelope.method === CANCELLED) this.#cancel(frame);
    return undefined;
  }

  /** Takes the server's answer to `initialize`, whether the client still waits for it or not. */
  async onAnswer(response: Frame): Promise<void> {
    this.#timer?.stop();
    this.#onOutcome?.();
    if (!this.#answered) {
      this.#answered = true;
      this.#finish();
      return await this.#parts.write(response);
    }
    if (this.#state === "over") return;
    if (response.envelope.kind === "result") return await this.#stepAside(response);
    this.#failure = failureOf(response);
    for (const [id, held] of this.#held.takeAll()) this.#answerItself(id, held);
  }

  /** The bridge ends: what is held is answered. */
  close(): void {
    for (const [id, held] of this.#held.takeAll()) this.#answerItself(id, held);
    for (const id of this.#signIns) {
      void this.#parts.write(signInFirst(id, TOOLS_CALL, this.#whatToDo()));
    }
    this.#signIns.clear();
    this.#onOutcome?.();
    this.#finish();
    this.#remains.clear();
  }

  #finish(): void {
    this.#state = "over";
    this.#timer?.stop();
    this.#unwatch();
  }

  #onStatus(): void {
    if (this.#state !== "opening") return;
    if (!this.#parts.status.running) {
      this.#timer?.stop();
      this.#timer = undefined;
      return;
    }
    this.#timer ??= this.#parts.clock.after(EARLY_AFTER, () => this.#answerEarly());
  }

  #answerEarly(): void {
    const { envelope } = this.#initialize;
    if (this.#state !== "opening" || envelope.kind !== "request") return;
    this.#state = "waiting";
    this.#answered = true;
    void this.#answerInitialize(envelope.id, this.#initialize);
    this.#early.resolve();
  }

  #answerInitialize(id: RequestId, initialize: Frame): Promise<void> | undefined {
    const result = provisionalInitializeResult(initialize, this.#parts.server);
    return this.#parts.write(resultFrame(id, result));
  }

  #takeRequest(frame: Frame, id: RequestId, method: string): Promise<void> | undefined {
    if (method === PING) return this.#parts.write(resultFrame(id, {}));
    if (method === INITIALIZE) {
      this.#initialize = frame;
      return this.#answerInitialize(id, frame);
    }
    if (callsSignIn(frame)) return this.#signIn(id);
    // What failed for the moment may work now: no user is needed for it.
    if (this.#failure?.code === SERVER_UNREACHABLE) this.#startOver();
    if (this.#failure !== undefined) {
      this.#answerItself(id, frame);
      return undefined;
    }
    const patience = LISTED_MEMBER[method] === undefined ? REQUEST_PATIENCE : LIST_PATIENCE;
    this.#held.hold(id, frame, { patience, onLate: () => this.#answerItself(id, frame) });
    return undefined;
  }

  /** A call of the sign-in tool gives the link; after a failure it starts over. */
  async #signIn(id: RequestId): Promise<void> {
    if (this.#failure !== undefined) {
      this.#signIns.add(id);
      this.#parts.status.want();
      this.#startOver();
      await this.#promptOrOutcome();
      // It may have been cancelled, or answered at the end.
      if (!this.#signIns.delete(id)) return;
    }
    await this.#parts.write(signInAnswer(id, this.#whatToDo()));
  }

  #startOver(): void {
    this.#failure = undefined;
    this.#parts.reopen(withId(this.#initialize, '"causeway-sign-in"'));
  }

  /** Waits a moment for a link to show, or for the server's answer. */
  async #promptOrOutcome(): Promise<void> {
    const { status, clock } = this.#parts;
    const known = new AbortController();
    const undo = status.onChange(() => {
      if (status.prompt !== undefined) known.abort();
    });
    this.#onOutcome = () => known.abort();
    await clock.sleep(REQUEST_PATIENCE, known.signal);
    this.#onOutcome = undefined;
    undo();
  }

  #whatToDo(): string {
    const { prompt } = this.#parts.status;
    if (prompt !== undefined) {
      return `${describePrompt(prompt)}\nThe server's tools appear when you are done.`;
    }
    if (this.#failure !== undefined) return `${this.#failure.message}\n${TRY_AGAIN}`;
    if (this.#state === "over") return SIGNED_IN;
    return "Signing in is under way; the server's tools appear in a moment.";
  }

  #answerItself(id: RequestId, frame: Frame): void {
    const method = frame.envelope.kind === "request" ? frame.envelope.method : "";
    const list = provisionalList(method, this.#parts.server);
    if (method === TOOLS_LIST) this.#remains.toolShown();
    if (list !== undefined) void this.#parts.write(resultFrame(id, list));
    else if (this.#failure !== undefined) void this.#parts.write(signInOver(id, this.#failure));
    else void this.#parts.write(signInFirst(id, method, this.#whatToDo()));
  }

  #cancel(frame: Frame): void {
    const key = cancelledId(frame);
    if (key === undefined) return;
    this.#held.drop(key);
    this.#signIns.delete(key);
  }

  /** The server has answered: what was held goes on to it, and the client is told to look again. */
  async #stepAside(response: Frame): Promise<void> {
    this.#remains.compare(response);
    // What comes meanwhile is held: nothing may overtake the handshake.
    if (this.#initialized !== undefined) await this.#parts.forward(this.#initialized);
    this.#finish();
    for (const [, held] of this.#held.takeAll()) void this.#takeAfterwards(held);
    for (const name of ["tools", "prompts", "resources"]) {
      await this.#parts.write(notificationFrame(`notifications/${name}/list_changed`));
    }
  }

  #takeAfterwards(frame: Frame): Promise<void> | undefined {
    const own = this.#remains.answerTo(frame);
    return own === undefined ? this.#parts.forward(frame) : this.#parts.write(own);
  }
}
