import { HttpFailure, type HttpReply, type HttpRequest } from "./http_client.ts";
import { WireBody } from "./http_wire_body.ts";
import { BufferedBody } from "./http_wire_buffered_body.ts";
import type { WireConnection } from "./http_wire_connection.ts";
import { contentSource } from "./http_wire_content.ts";
import {
  cancelled,
  cannotReach,
  cannotReadReply,
  cannotUnderstand,
  WireSyntaxError,
} from "./http_wire_failures.ts";
import { type Persistence, replyFraming, replyPersistence } from "./http_wire_framing.ts";
import { HeadScanner, parseHead, type ReplyHead } from "./http_wire_head.ts";
import type { WirePool } from "./http_wire_pool.ts";
import type { WireRuntime } from "./http_wire_runtime.ts";

/** The most interim replies (1xx) to one request. */
const MOST_INTERIM_REPLIES = 100;
/** The type of a TLS alert record, with which a TLS server answers plain HTTP. */
const TLS_ALERT = 0x15;

/** Where connections come from and go back to, and the clock. */
export interface ExchangeContext {
  readonly pool: WirePool;
  readonly runtime: WireRuntime;
}

/** One request and its reply on a connection. */
export class WireExchange {
  readonly #context: ExchangeContext;
  readonly #connection: WireConnection;
  readonly #request: HttpRequest;
  #persistence: Persistence | undefined;
  /** Whether any byte of a reply came. */
  #answered = false;
  #over = false;

  constructor(context: ExchangeContext, connection: WireConnection, request: HttpRequest) {
    this.#context = context;
    this.#connection = connection;
    this.#request = request;
  }

  get connection(): WireConnection {
    return this.#connection;
  }

  /**
   * Sends the request and waits for the head of the final reply.
   * @throws {HttpFailure} never anything else
   */
  async run(head: string | Uint8Array<ArrayBuffer>): Promise<HttpReply> {
    const { signal, body, headersTimeout, method } = this.#request;
    if (signal?.aborted) {
      const { origin } = this.#connection;
      throw this.fail(cancelled(origin, "not_sent", "the request was cancelled"));
    }
    signal?.addEventListener("abort", this.#onAbort);
    try {
      this.#connection.output.send(head, body);
      if (headersTimeout) this.#armHeadersTimeout(headersTimeout);
      const replyHead = await this.#readHead();
      if (headersTimeout) this.#connection.expireAt(Infinity, undefined);
      return this.#reply(method, replyHead);
    } catch (error) {
      throw this.fail(error);
    }
  }

  #reply(method: HttpRequest["method"], head: ReplyHead): HttpReply {
    const { status, headers } = head;
    const framing = replyFraming(method, head);
    this.#persistence = replyPersistence(head, framing);
    if (framing.kind === "length" && framing.length <= this.#connection.unreadLength) {
      const content = this.#connection.take(framing.length);
      this.complete();
      const body = new BufferedBody(content, this.#connection.origin, this.#request.signal);
      return { status, headers, body };
    }
    const body = new WireBody(this, contentSource(framing), {
      silenceLimit: this.#request.bodyTimeout ?? 0,
      runtime: this.#context.runtime,
    });
    return { status, headers, body };
  }

  async #readHead(): Promise<ReplyHead> {
    const connection = this.#connection;
    for (let replies = 0; replies < MOST_INTERIM_REPLIES; replies++) {
      const scanner = new HeadScanner();
      let length = -1;
      while (length < 0) {
        if (connection.unreadLength > 0) length = scanner.scan(connection.unread);
        if (length < 0 && !(await connection.more())) throw await this.#endedBeforeHead();
        this.#answered = true;
      }
      const head = parseHead(connection.take(length));
      if (head.status >= 200) return head;
      if (head.status === 101) {
        throw new WireSyntaxError("it switches to another protocol without being asked to");
      }
    }
    throw new WireSyntaxError("it has too many interim replies");
  }

  /** Why there is no head, and whether the server may have seen the request. */
  async #endedBeforeHead(): Promise<HttpFailure> {
    const { output, readError, origin } = this.#connection;
    if (!this.#answered && output.accepted === 0) await this.#writeSettled();
    if (!this.#answered && output.nothingSent) {
      const what = "the connection was closed before the request was sent";
      return cannotReach(origin, "reset", what, { cause: readError });
    }
    const what = this.#answered
      ? "the connection ended within its header section"
      : "the connection ended before it came";
    return cannotReadReply(origin, "reset", "unknown", what, readError);
  }

  /** Waits until the result of a write that is already over is known, but not for one that is stuck. */
  async #writeSettled(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = this.#context.runtime.alarm(0, resolve);
    await Promise.race([this.#connection.output.settled, promise]);
    stop();
  }

  #armHeadersTimeout(limit: number): void {
    const { output, origin } = this.#connection;
    const { writes } = output;
    this.#connection.expireAt(this.#context.runtime.now() + limit, () => {
      // A long upload that made progress was no silence.
      if (output.writes > 1 && output.writes !== writes) return this.#armHeadersTimeout(limit);
      const what = `no header section within ${limit / 1000} s`;
      this.#connection.fail(cannotReadReply(origin, "headers_timeout", "unknown", what));
    });
  }

  readonly #onAbort = (): void => {
    this.fail(cancelled(this.#connection.origin, "unknown", "the request was cancelled"));
  };

  /** The reply was read to its end: the connection goes back to the pool if it is fit for another exchange. */
  complete(): void {
    if (!this.#leave()) return;
    const connection = this.#connection;
    if (this.#persistence?.keepAlive === true && connection.output.finished) {
      this.#context.pool.park(connection, this.#persistence.idleLimit);
    } else {
      connection.close();
    }
  }

  /** Ends the exchange for a reason; the failure to throw. */
  fail(error: unknown): HttpFailure {
    const failure = this.#failure(error);
    if (this.#leave()) this.#connection.fail(failure);
    return failure;
  }

  #failure(error: unknown): HttpFailure {
    if (error instanceof HttpFailure) return error;
    const { origin, unread } = this.#connection;
    if (!(error instanceof WireSyntaxError)) {
      return cannotReadReply(origin, "protocol", "unknown", "an unexpected error", error);
    }
    const hint = unread[0] === TLS_ALERT ? "the server may speak TLS: try https://" : undefined;
    return cannotUnderstand(origin, error.message, hint);
  }

  #leave(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#request.signal?.removeEventListener("abort", this.#onAbort);
    return true;
  }
}
