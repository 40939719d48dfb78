import type { JsonObject, JsonValue } from "../../../src/jsonrpc/frame.ts";
import type { EventStream } from "./event_stream.ts";
import { isResponse, member } from "./rpc.ts";

/** What the server keeps of one client: its streams and what it still owes an answer to. */
export class Session {
  /** Every logical stream by its id, so that each can be resumed. */
  readonly streams = new Map<string, EventStream>();
  /** The streams that carry what the server says unasked. */
  readonly listening: EventStream[] = [];
  readonly cancelled = new Set<string>();
  readonly subscriptions = new Set<string>();
  initialized = false;
  logLevel: JsonValue | undefined;
  readonly #asked = new Map<string, (answer: JsonObject) => void>();
  readonly #cancelListeners = new Map<string, () => void>();
  #askCount = 0;

  constructor(
    readonly id: string,
    readonly protocolVersion: string,
    public clientInfo: JsonValue | undefined,
  ) {}

  /** The newest listening stream that has a listener. */
  listener(): EventStream | undefined {
    return this.listening.findLast((stream) => stream.attached);
  }

  /** Sends a request of the server's own over `stream` and waits for the client's answer. */
  async ask(
    stream: EventStream | undefined,
    method: string,
    params: JsonObject,
  ): Promise<JsonObject> {
    const id = `ask-${this.id}-${++this.#askCount}`;
    const answer = new Promise<JsonObject>((resolve) => this.#asked.set(id, resolve));
    await stream?.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return await answer;
  }

  /** Takes an answer or a notification of the client. */
  take(message: JsonObject): void {
    if (isResponse(message)) {
      const id = String(message["id"]);
      this.#asked.get(id)?.(message);
      this.#asked.delete(id);
    } else if (message["method"] === "notifications/initialized") {
      this.initialized = true;
    } else if (message["method"] === "notifications/cancelled") {
      const id = JSON.stringify(member(message, "params", "requestId"));
      this.cancelled.add(id);
      this.#cancelListeners.get(id)?.();
    }
  }

  /** Resolves when the client cancels the request with this id. */
  cancellation(id: JsonValue): Promise<void> {
    return new Promise((resolve) => this.#cancelListeners.set(JSON.stringify(id), resolve));
  }

  /** Sends a message over the listening streams that have a listener. */
  async tell(message: JsonObject): Promise<number> {
    const attached = this.listening.filter((stream) => stream.attached);
    for (const stream of attached) await stream.send(JSON.stringify(message));
    return attached.length;
  }
}
