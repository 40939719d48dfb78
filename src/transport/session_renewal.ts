import type { Envelope } from "../jsonrpc/envelope.ts";
import { notificationFrame } from "../jsonrpc/error_frame.ts";
import type { Frame, JsonObject } from "../jsonrpc/frame.ts";
import { objectOf } from "../jsonrpc/json_object.ts";
import { withId } from "../jsonrpc/message_frame.ts";
import { requestIdOf } from "../jsonrpc/request_id.ts";
import { resultText, type Session } from "./session.ts";
import type { TransportContext } from "./transport.ts";

/** How a renewal ended. */
export type Renewed = "renewed" | "failed";

/** How a binding sends the two messages of the handshake. */
export interface Handshake {
  /** Sends `initialize`, whose request is open already; resolves when it is settled. */
  readonly sendInitialize: (frame: Frame) => Promise<void>;
  /** Sends `notifications/initialized`; resolves when the server has taken it. */
  readonly sendInitialized: (frame: Frame) => Promise<void>;
  /** The new session is usable: streams of the old one are to be opened anew. */
  readonly onRenewed: () => void;
}

/**
 * Opens a lost session anew without the client noticing: the client's own `initialize` and
 * `notifications/initialized` are sent again, once for any number of waiting requests (2025-11-25,
 * transports, "Session Management", point 4).
 */
export class SessionRenewal {
  readonly #context: TransportContext;
  readonly #session: Session;
  readonly #handshake: Handshake;
  #running: Promise<Renewed> | undefined;
  #count = 0;
  /** What the client asked of the server for the whole session, by what it is about. */
  readonly #wishes = new Map<string, Frame>();

  constructor(context: TransportContext, session: Session, handshake: Handshake) {
    this.#context = context;
    this.#session = session;
    this.#handshake = handshake;
  }

  /**
   * Notes requests whose effect a new session must have as well: the log level and subscriptions.
   */
  remember(frame: Frame): void {
    const key = wishOf(frame);
    if (key === undefined) return;
    if (key.kind === "set") this.#wishes.set(key.name, frame);
    else this.#wishes.delete(key.name);
  }

  /**
   * Renews the session of `generation`, unless that has happened already.
   * @returns `failed` when the server did not answer `initialize` with a result
   */
  async renew(generation: number): Promise<Renewed> {
    // A renewal under way has a session before the server has taken `notifications/initialized`.
    if (this.#running === undefined && this.#session.generation !== generation) return "renewed";
    this.#running ??= this.#renew().finally(() => this.#running = undefined);
    return await this.#running;
  }

  async #renew(): Promise<Renewed> {
    const { initialize, initialized } = this.#session;
    if (initialize === undefined) return "failed";
    this.#context.logger.info("The session is lost; opening a new one");
    const before = this.#session.result;
    const response = await this.ask(initialize, this.#handshake.sendInitialize);
    if (response?.kind !== "result") return "failed";
    if (initialized !== undefined) await this.#handshake.sendInitialized(initialized);
    this.#handshake.onRenewed();
    for (const wish of this.#wishes.values()) {
      await this.ask(wish, this.#handshake.sendInitialize);
    }
    if (resultText(before) !== resultText(this.#session.result)) {
      await this.#announceChanges(before, this.#session.result);
    }
    return "renewed";
  }

  /** Sends a request of the client's a second time, for ourselves, under an id of our own. */
  async ask(frame: Frame, send: (frame: Frame) => Promise<void>): Promise<Envelope | undefined> {
    const id = requestIdOf(`causeway-again-${++this.#count}`);
    let answer: Envelope | undefined;
    this.#context.open.open(id, {
      method: frame.envelope.kind === "request" ? frame.envelope.method : "",
      answer: (response) => {
        answer = response.envelope;
        return undefined;
      },
    });
    await send(withId(frame, id));
    this.#context.open.close(id);
    return answer;
  }

  async #announceChanges(before: Frame | undefined, after: Frame | undefined): Promise<void> {
    const had = capabilities(before);
    const has = capabilities(after);
    for (const name of ["tools", "prompts", "resources"]) {
      if (had[name] === undefined && has[name] === undefined) continue;
      await this.#context.deliver({
        frame: notificationFrame(`notifications/${name}/list_changed`),
      });
    }
  }
}

function capabilities(response: Frame | undefined): JsonObject {
  const result = response?.json()["result"];
  return objectOf(objectOf(result)?.["capabilities"]) ?? {};
}

function wishOf(
  frame: Frame,
): { readonly kind: "set" | "unset"; readonly name: string } | undefined {
  if (frame.envelope.kind !== "request") return undefined;
  switch (frame.envelope.method) {
    case "logging/setLevel":
      return { kind: "set", name: "logging" };
    case "resources/subscribe":
    case "resources/unsubscribe": {
      const uri = objectOf(frame.json()["params"])?.["uri"];
      const kind = frame.envelope.method === "resources/subscribe" ? "set" : "unset";
      return typeof uri === "string" ? { kind, name: `resource ${uri}` } : undefined;
    }
    default:
      return undefined;
  }
}
