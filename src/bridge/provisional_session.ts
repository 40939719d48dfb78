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
  TOOLS_LIST,
} from "../mcp/methods.ts";
import type { Clock, Timer } from "../platform/clock.ts";
import {
  absentLists,
  callsSignIn,
  failureOf,
  provisionalInitializeResult,
  provisionalList,
  signInAnswer,
  signInFirst,
  signInOver,
  TRY_AGAIN,
} from "./provisional_answers.ts";
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

/** A request that waits for the user. */
interface Held {
  readonly frame: Frame;
  readonly timer: Timer;
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
  readonly #initialize: Frame;
  readonly #early = Promise.withResolvers<void>();
  readonly #held = new Map<RequestId, Held>();
  readonly #unwatch: () => void;
  #state: State = "opening";
  #answered = false;
  #timer: Timer | undefined;
  #initialized: Frame | undefined;
  /** The server's answer to `initialize` while that is an error. */
  #failure: JsonRpcError | undefined;
  /** Ends the wait of the tool when the server has answered. */
  #onOutcome: (() => void) | undefined;
  /** Whether the client's newest list of tools is ours, so that it may still call our tool. */
  #showsTool = false;
  /** Lists that we announced and the server does not have. */
  readonly #absent = new Set<string>();

  constructor(initialize: Frame, parts: ProvisionalParts) {
    this.#parts = parts;
    this.#initialize = initialize;
    this.#unwatch = parts.status.onChange(() => this.#onStatus());
  }

  /** Resolves when `initialize` has been answered by ourselves. */
  get answeredEarly(): Promise<void> {
    return this.#early.promise;
  }

  /** Whether messages of the client go through {@linkcode take}. */
  get active(): boolean {
    return this.#state === "waiting" || this.#absent.size > 0 ||
      this.#showsTool;
  }

  get busy(): boolean {
    return this.#held.size > 0;
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
    for (const [id, { frame, timer }] of this.#held) {
      timer.stop();
      this.#answerItself(id, frame);
    }
    this.#held.clear();
  }

  /** The bridge ends: what is held is answered. */
  close(): void {
    for (const [id, { frame, timer }] of this.#held) {
      timer.stop();
      this.#answerItself(id, frame);
    }
    this.#held.clear();
    this.#finish();
    this.#absent.clear();
    this.#showsTool = false;
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
    if (method === INITIALIZE) return this.#answerInitialize(id, frame);
    if (callsSignIn(frame)) return this.#signIn(id);
    // What failed for the moment may work now: no user is needed for it.
    if (this.#failure?.code === SERVER_UNREACHABLE) this.#startOver();
    if (this.#failure !== undefined) {
      this.#answerItself(id, frame);
      return undefined;
    }
    const patience = LISTED_MEMBER[method] === undefined ? REQUEST_PATIENCE : LIST_PATIENCE;
    const timer = this.#parts.clock.after(patience, () => {
      this.#held.delete(id);
      this.#answerItself(id, frame);
    });
    this.#held.set(id, { frame, timer });
    return undefined;
  }

  /** A call of the sign-in tool gives the link; after a failure it starts over. */
  async #signIn(id: RequestId): Promise<void> {
    if (this.#failure !== undefined) {
      this.#parts.status.want();
      this.#startOver();
      await this.#promptOrOutcome();
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
    if (this.#state === "over") {
      return "You are signed in. The server's own tools take the place of this one: list them again.";
    }
    return "Signing in is under way; the server's tools appear in a moment.";
  }

  #answerItself(id: RequestId, frame: Frame): void {
    const method = frame.envelope.kind === "request" ? frame.envelope.method : "";
    const list = provisionalList(method, this.#parts.server);
    if (method === TOOLS_LIST) this.#showsTool = true;
    if (list !== undefined) void this.#parts.write(resultFrame(id, list));
    else if (this.#failure !== undefined) void this.#parts.write(signInOver(id, this.#failure));
    else void this.#parts.write(signInFirst(id, method, this.#whatToDo()));
  }

  #cancel(frame: Frame): void {
    const key = cancelledId(frame);
    if (key === undefined) return;
    this.#held.get(key)?.timer.stop();
    this.#held.delete(key);
  }

  /** The server has answered: what was held goes on to it, and the client is told to look again. */
  async #stepAside(response: Frame): Promise<void> {
    for (const method of absentLists(response)) this.#absent.add(method);
    // What comes meanwhile is held: nothing may overtake the handshake.
    if (this.#initialized !== undefined) await this.#parts.forward(this.#initialized);
    this.#finish();
    for (const { frame, timer } of this.#held.values()) {
      timer.stop();
      void this.#takeAfterwards(frame);
    }
    this.#held.clear();
    for (const name of ["tools", "prompts", "resources"]) {
      await this.#parts.write(notificationFrame(`notifications/${name}/list_changed`));
    }
  }

  /**
   * Lists that we announced too much stay empty instead of failing, and our tool says that all is well
   * for as long as the client has not seen the server's own.
   */
  #takeAfterwards(frame: Frame): Promise<void> | undefined {
    const { envelope } = frame;
    if (envelope.kind !== "request") return this.#parts.forward(frame);
    if (this.#showsTool && callsSignIn(frame)) {
      return this.#parts.write(signInAnswer(envelope.id, this.#whatToDo()));
    }
    if (envelope.method === TOOLS_LIST) this.#showsTool = false;
    if (this.#absent.has(envelope.method)) {
      const member = LISTED_MEMBER[envelope.method] ?? "";
      return this.#parts.write(resultFrame(envelope.id, { [member]: [] }));
    }
    return this.#parts.forward(frame);
  }
}
