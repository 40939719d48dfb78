import type { RequestId } from "../jsonrpc/envelope.ts";
import { errorFrame, INVALID_REQUEST } from "../jsonrpc/error_frame.ts";
import type { Frame } from "../jsonrpc/frame.ts";
import { membersOf, readFrame, readMembers } from "../jsonrpc/message_frame.ts";
import { type Answer, type OpenRequest, OpenRequests } from "../jsonrpc/open_requests.ts";
import { idOfPart } from "../jsonrpc/scan_envelope.ts";
import type { Logger } from "../log/logger.ts";
import { cancelledId } from "../mcp/cancelled_id.ts";
import { CANCELLED, DISCOVER, INITIALIZE, PING, TOOLS_LIST } from "../mcp/methods.ts";
import type { Clock } from "../platform/clock.ts";
import type { Line } from "../stdio/line_reader.ts";
import type { LineWriter } from "../stdio/line_writer.ts";
import { bridgeEnding } from "../transport/failure_errors.ts";
import type { Deliver, Transport } from "../transport/transport.ts";
import { OwnRequests } from "./own_requests.ts";
import { asksForFirstPage, mergePages } from "./page_merger.ts";
import { ProvisionalSession } from "./provisional_session.ts";
import type { SignInStatus } from "./sign_in_status.ts";
import { asProbeAnswer } from "./probe_answer.ts";
import type { ToolFilter } from "./tool_filter.ts";
import { refusalOf, withoutHiddenTools } from "./tool_gate.ts";
import { describeUnreadable, isBlank } from "./unreadable_line.ts";

/** The most requests that are answered at the end, which must not take long. */
const MOST_LAST_ANSWERS = 2000;

/** How long a ping of our own may stay unanswered, in milliseconds. */
const PING_PATIENCE = 30_000;

/** What a bridge works with. */
export interface BridgeParts {
  readonly writer: LineWriter;
  readonly logger: Logger;
  readonly serverUrl: URL;
  readonly maxMessageBytes: number;
  readonly allowedTools: ToolFilter | undefined;
  readonly mergePages: boolean;
  readonly clock: Clock;
  /**
   * What the sign-in tells; `undefined` when the client is to wait for it (`--wait-for-auth`) or there
   * is none.
   */
  readonly signIn: SignInStatus | undefined;
  /** Makes the connection to the server. */
  readonly connect: (
    parts: { readonly open: OpenRequests; readonly deliver: Deliver },
  ) => Transport & { readonly ready: boolean };
}

/**
 * Moves messages between the client (lines) and the server (a transport), each way as exact bytes, and
 * keeps the promise that each request of the client has exactly one answer.
 */
export class Bridge {
  readonly #parts: BridgeParts;
  readonly #open = new OpenRequests();
  readonly #transport: Transport & { readonly ready: boolean };
  /** Requests of the server that the client has not answered yet. */
  readonly #asked = new Set<RequestId>();
  readonly #own: OwnRequests;
  /** Set when the bridge ends: nothing goes to the server any more. */
  #ending = false;
  /** How many more requests are answered at the end. */
  #lastAnswers = MOST_LAST_ANSWERS;
  /** Stands in for the server while the user signs in. */
  #provisional: ProvisionalSession | undefined;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#transport = parts.connect({ open: this.#open, deliver: this.#fromServer });
    this.#own = new OwnRequests({
      open: this.#open,
      transport: this.#transport,
      clock: parts.clock,
    });
  }

  /** Takes one line of the client. A promise asks to wait with the next one. Never rejects. */
  fromClient(line: Line): Promise<void> | undefined {
    if (line.kind === "too_long") {
      const limit = Math.floor(this.#parts.maxMessageBytes / 1024 / 1024);
      return this.#refuse(
        idOfPart(line.start),
        INVALID_REQUEST,
        `Cannot pass on a message of ${line.length} bytes: the limit is ${limit} MiB. Hint: --max-message-size sets it`,
      );
    }
    try {
      const frame = readFrame(line.bytes);
      if (frame.envelope.kind !== "batch") return this.#takeReadable(frame);
      const { frames, errors } = readMembers(frame);
      if (errors.length === 0) return this.#takeReadable(frame);
      for (const error of errors) void this.#refuseUnreadable(line.bytes, error);
      for (const member of frames) void this.#takeReadable(member);
      return undefined;
    } catch (error) {
      return this.#refuseUnreadable(line.bytes, error);
    }
  }

  #takeReadable(frame: Frame): Promise<void> | undefined {
    if (this.#provisional?.active === true) return this.#provisional.take(frame);
    return this.#take(frame);
  }

  /** The machine woke up or the network changed. */
  refresh(): void {
    this.#transport.refresh();
  }

  /** Sends a `ping` of our own, so that the session is not taken for idle. */
  async ping(): Promise<void> {
    if (this.#transport.ready) await this.#own.ask(PING_PATIENCE, { method: PING });
  }

  /** Resolves when no request is open any more and the server has all other messages of the client. */
  async idle(): Promise<void> {
    for (let ids = this.#open.ids(); ids.length > 0; ids = this.#open.ids()) {
      await Promise.all(ids.map((id) => this.#open.whenDone(id)));
    }
    await this.#transport.delivered();
  }

  /** Ends the connection within `timeout` milliseconds and answers what is still open. */
  async close(timeout: number): Promise<void> {
    this.#ending = true;
    this.#provisional?.close();
    for (const id of this.#open.ids().slice(0, MOST_LAST_ANSWERS)) {
      const request = this.#open.get(id);
      if (request === undefined) continue;
      this.#lastAnswers--;
      void this.#open.fail(id, bridgeEnding(request.method, this.#parts.serverUrl, "unknown"));
    }
    await this.#transport.close(timeout);
  }

  #refuseUnreadable(bytes: Uint8Array, error: unknown): Promise<void> | undefined {
    if (isBlank(bytes)) return undefined;
    const { id, code, message } = describeUnreadable(error);
    return this.#refuse(id, code, message);
  }

  #refuse(id: RequestId | undefined, code: number, message: string): Promise<void> | undefined {
    this.#parts.logger.warn(message);
    return this.#write(errorFrame(id, { code, message }));
  }

  #write(frame: Frame): Promise<void> | undefined {
    return this.#parts.writer.write(frame.bytes);
  }

  #take(frame: Frame): Promise<void> | undefined {
    if (this.#ending) return this.#refuseAtTheEnd(frame);
    const { envelope } = frame;
    switch (envelope.kind) {
      case "request":
        return this.#takeRequest(frame, envelope.id, envelope.method);
      case "batch":
        return this.#takeBatch(frame);
      case "notification":
        return envelope.method === CANCELLED
          ? this.#takeCancelled(frame)
          : this.#transport.send(frame);
      default:
        // A response to nothing that the server asked (or asked twice) goes nowhere.
        if (envelope.id === undefined || !this.#asked.delete(envelope.id)) return undefined;
        return this.#transport.send(frame);
    }
  }

  #refuseAtTheEnd(frame: Frame): undefined {
    for (const { envelope } of membersOf(frame)) {
      if (envelope.kind !== "request" || this.#lastAnswers-- <= 0) continue;
      const error = bridgeEnding(envelope.method, this.#parts.serverUrl, "not_sent");
      void this.#write(errorFrame(envelope.id, error));
    }
  }

  #takeRequest(frame: Frame, id: RequestId, method: string): Promise<void> | undefined {
    const refusal = this.#refusal(frame);
    if (refusal !== undefined) return this.#write(refusal);
    if (method === INITIALIZE && this.#parts.signIn !== undefined) {
      return this.#initializeProvisionally(frame, id, this.#parts.signIn);
    }
    if (!this.#open.open(id, { method, answer: this.#answerTo(frame, method) })) {
      this.#parts.logger.warn("The client used the id of a request that is still open", { method });
      return undefined;
    }
    return this.#transport.send(frame);
  }

  /** Sends `initialize`; if signing in holds it up, the client has an answer of ours meanwhile. */
  #initializeProvisionally(
    initialize: Frame,
    id: RequestId,
    status: SignInStatus,
  ): Promise<void> | undefined {
    this.#provisional?.close();
    const provisional = new ProvisionalSession(initialize, {
      server: this.#parts.serverUrl,
      status,
      clock: this.#parts.clock,
      write: (frame) => this.#write(frame),
      forward: (frame) => this.#take(frame),
      reopen: (again) => void this.#sendInitialize(again, provisional),
    });
    this.#provisional = provisional;
    const sent = this.#sendInitialize(initialize, provisional, id);
    return sent === undefined ? undefined : Promise.race([sent, provisional.answeredEarly]);
  }

  #sendInitialize(
    frame: Frame,
    provisional: ProvisionalSession,
    id = frame.envelope.kind === "request" ? frame.envelope.id : "",
  ): Promise<void> | undefined {
    this.#open.close(id);
    this.#open.open(id, {
      method: INITIALIZE,
      answer: (response) => provisional.onAnswer(response),
    });
    return this.#transport.send(frame);
  }

  #refusal(frame: Frame): Frame | undefined {
    const { allowedTools } = this.#parts;
    return allowedTools === undefined ? undefined : refusalOf(frame, allowedTools);
  }

  /** A batch goes on as it is, unless a member needs more: a call that is refused, or a cancellation. */
  #takeBatch(frame: Frame): Promise<void> | undefined {
    const members = membersOf(frame);
    if (members.some((one) => this.#refusal(one) !== undefined || cancelledId(one) !== undefined)) {
      for (const member of members) void this.#take(member);
      return undefined;
    }
    for (const member of members) {
      const { envelope } = member;
      if (envelope.kind !== "request") continue;
      const { id, method } = envelope;
      this.#open.open(id, { method, answer: this.#answerTo(member, method) });
    }
    return this.#transport.send(frame);
  }

  /** How a request's answer reaches the client: as it is, in the common case. */
  #answerTo(request: Frame, method: string): Answer {
    const { allowedTools, mergePages } = this.#parts;
    if (method === DISCOVER) return (response) => this.#write(asProbeAnswer(response));
    const filtered: Answer = method === TOOLS_LIST && allowedTools !== undefined
      ? (response) => this.#write(withoutHiddenTools(response, allowedTools))
      : this.#plainAnswer;
    return mergePages && asksForFirstPage(request)
      ? (first) => this.#merge(request, first, { method, answer: filtered })
      : filtered;
  }

  readonly #plainAnswer: Answer = (response) => this.#write(response);

  /** The request stays open while its other pages are read: the client may cancel it, the bridge may end. */
  #merge(request: Frame, first: Frame, whole: OpenRequest): undefined {
    const { envelope } = request;
    if (envelope.kind !== "request") return;
    const { id } = envelope;
    this.#open.open(id, whole);
    const merging = mergePages(request, first, {
      now: () => this.#parts.clock.now(),
      isWanted: () => this.#open.get(id) === whole,
      ask: (method, params, limit) => this.#own.ask(limit, { method, params }),
    });
    // What cannot be merged is answered as it came.
    void merging.catch(() => first).then((merged) => {
      if (this.#open.get(id) === whole) void this.#open.settle(merged);
    });
  }

  /** A cancelled request is closed: its late answer would make some clients drop the connection. */
  #takeCancelled(frame: Frame): Promise<void> | undefined {
    const id = cancelledId(frame);
    if (id === undefined) return this.#transport.send(frame);
    this.#open.close(id);
    const sent = this.#transport.send(frame);
    this.#transport.drop(id);
    return sent;
  }

  readonly #fromServer: Deliver = ({ frame }) => {
    const { envelope } = frame;
    if (envelope.kind === "request") this.#asked.add(envelope.id);
    else if (envelope.kind === "notification" && envelope.method === CANCELLED) {
      const id = cancelledId(frame);
      if (id !== undefined) this.#asked.delete(id);
    }
    return this.#write(frame);
  };
}
