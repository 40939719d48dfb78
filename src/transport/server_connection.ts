import type { RequestId } from "../jsonrpc/envelope.ts";
import type { Frame } from "../jsonrpc/frame.ts";
import type { JsonRpcError } from "../jsonrpc/error_frame.ts";
import { METHOD_NOT_FOUND } from "../jsonrpc/error_frame.ts";
import { withId } from "../jsonrpc/message_frame.ts";
import { requestIdOf } from "../jsonrpc/request_id.ts";
import { DISCOVER, INITIALIZE, INITIALIZED } from "../mcp/methods.ts";
import { SERVER_UNREACHABLE } from "../mcp/error_codes.ts";
import { Opening, type Strategy } from "./opening.ts";
import { PendingRequests } from "./pending_requests.ts";
import { StreamableHttp } from "./streamable_http/streamable_http.ts";
import type { Transport, TransportContext } from "./transport.ts";

/** How long the end of a session may take that a second `initialize` has replaced, in milliseconds. */
const OLD_SESSION_TIMEOUT = 1000;

/**
 * The connection to the server whose binding the client's `initialize` decides. What comes before it
 * (a `server/discover`, or requests of the 2026-07-28 era, which has no handshake) goes out by POST and
 * decides nothing.
 */
export class ServerConnection implements Transport {
  readonly #context: TransportContext;
  readonly #strategy: Strategy;
  readonly #closing = new AbortController();
  #decided: Transport | undefined;
  #handshakeless: StreamableHttp | undefined;
  /** The client's `initialize`, when opening with it has failed so far. */
  #refused: Frame | undefined;
  #initialized: Frame | undefined;
  #reopening: Promise<void> | undefined;
  #reopenings = 0;
  #lastError: JsonRpcError | undefined;

  constructor(context: TransportContext, strategy: Strategy) {
    this.#context = context;
    this.#strategy = strategy;
  }

  /** Whether a binding has been decided, so that requests of our own make sense. */
  get ready(): boolean {
    return this.#decided !== undefined;
  }

  send(frame: Frame): Promise<void> | undefined {
    const { envelope } = frame;
    if (envelope.kind === "request" && envelope.method === INITIALIZE) return this.#open(frame);
    if (this.#decided !== undefined) return this.#decided.send(frame);
    if (envelope.kind === "request" && envelope.method === DISCOVER) {
      // It decides nothing, so the client's `initialize` does not wait for it.
      void this.#discover(frame);
      return undefined;
    }
    if (this.#refused !== undefined) return this.#sendAfterReopening(frame, this.#refused);
    this.#handshakeless ??= new StreamableHttp(this.#context);
    return this.#handshakeless.send(frame);
  }

  async delivered(): Promise<void> {
    await Promise.all([this.#decided?.delivered(), this.#handshakeless?.delivered()]);
  }

  listen(): void {
    this.#decided?.listen();
  }

  drop(id: RequestId): void {
    this.#decided?.drop(id);
    this.#handshakeless?.drop(id);
  }

  refresh(): void {
    this.#context.http.dropIdleConnections();
    this.#decided?.refresh();
  }

  async close(timeout: number): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#decided?.close(timeout), this.#handshakeless?.close(timeout)]);
  }

  /** Later messages wait for the outcome: nothing may overtake the handshake. */
  async #open(initialize: Frame): Promise<void> {
    void this.#decided?.close(OLD_SESSION_TIMEOUT);
    this.#decided = undefined;
    this.#refused = initialize;
    this.#initialized = undefined;
    await this.#tryToOpen(initialize);
  }

  async #tryToOpen(initialize: Frame): Promise<void> {
    const opening = new Opening(this.#context, this.#strategy);
    const transport = await opening.open(initialize, this.#closing.signal);
    if (transport === undefined) return;
    if (this.#closing.signal.aborted) return await transport.close(0);
    this.#decided = transport;
    this.#refused = undefined;
  }

  /**
   * A request sent although `initialize` was answered with an error: perhaps the server is there by
   * now, so the handshake is made up for first.
   */
  async #sendAfterReopening(frame: Frame, initialize: Frame): Promise<void> {
    const { envelope } = frame;
    if (envelope.kind === "notification") {
      if (envelope.method === INITIALIZED) this.#initialized = frame;
      return;
    }
    this.#reopening ??= this.#reopen(initialize).finally(() => this.#reopening = undefined);
    await this.#reopening;
    if (this.#decided !== undefined) return await this.#decided.send(frame);
    const pending = new PendingRequests(this.#context.open, frame);
    await pending.fail(this.#lastError ?? { code: SERVER_UNREACHABLE, message: "Not connected" });
  }

  async #reopen(initialize: Frame): Promise<void> {
    const id = requestIdOf(`causeway-open-${++this.#reopenings}`);
    this.#context.open.open(id, {
      method: INITIALIZE,
      answer: (response) => {
        if (response.envelope.kind === "error") {
          this.#lastError = response.json()["error"] as unknown as JsonRpcError;
        }
        return undefined;
      },
    });
    await this.#tryToOpen(withId(initialize, id));
    this.#context.open.close(id);
    if (this.#initialized !== undefined) await this.#decided?.send(this.#initialized);
  }

  /** Every failure is turned into -32601 where the client's answer is made. */
  async #discover(frame: Frame): Promise<void> {
    const pending = new PendingRequests(this.#context.open, frame);
    if (this.#strategy === "sse-only") {
      return await pending.fail({ code: METHOD_NOT_FOUND, message: "Not offered over HTTP+SSE" });
    }
    this.#handshakeless ??= new StreamableHttp(this.#context);
    const { start } = this.#context.timeouts;
    const timer = start === 0 ? undefined : this.#context.clock.after(start, () => {
      void pending.fail({ code: METHOD_NOT_FOUND, message: "No answer in time" });
      for (const id of pending.left()) this.drop(id);
    });
    void this.#handshakeless.send(frame);
    const id = pending.first;
    if (id !== undefined) await this.#context.open.whenDone(id);
    timer?.stop();
  }
}
