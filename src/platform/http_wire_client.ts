import {
  type HttpClient,
  type HttpClientOptions,
  HttpFailure,
  type HttpReply,
  type HttpRequest,
} from "./http_client.ts";
import { WireConnection } from "./http_wire_connection.ts";
import { DeadlineTable } from "./http_wire_deadlines.ts";
import { decodedReply } from "./http_wire_decoding.ts";
import { dial } from "./http_wire_dial.ts";
import { WireExchange } from "./http_wire_exchange.ts";
import { cancelled, cannotSend } from "./http_wire_failures.ts";
import { WirePool } from "./http_wire_pool.ts";
import { serializeHead } from "./http_wire_request.ts";
import { SYSTEM_WIRE_RUNTIME, type WireRuntime } from "./http_wire_runtime.ts";
import { TargetCache, type WireTarget } from "./http_wire_target.ts";

/**
 * HTTP/1.1 of our own over TCP (RFC 9112), for `http:` URLs that no proxy stands before: several times as
 * quick as `fetch`, and with certain knowledge of whether a request was sent. Of the options, those of TLS
 * and `proxyFor` are not looked at: the caller keeps such URLs away.
 * @param scheme `https:` for a runtime whose connections are encrypted
 */
export function openWireHttpClient(
  options: HttpClientOptions,
  runtime: WireRuntime = SYSTEM_WIRE_RUNTIME,
  scheme: "http:" | "https:" = "http:",
): HttpClient {
  return new WireHttpClient(options, runtime, scheme);
}

class WireHttpClient implements HttpClient {
  readonly #options: HttpClientOptions;
  readonly #runtime: WireRuntime;
  readonly #scheme: string;
  readonly #pool: WirePool;
  readonly #deadlines: DeadlineTable<WireConnection>;
  readonly #targets = new TargetCache();
  /** What ends the connecting of each exchange that has no connection yet. */
  readonly #dialing = new Set<AbortController>();
  #closed = false;

  constructor(options: HttpClientOptions, runtime: WireRuntime, scheme: string) {
    this.#options = options;
    this.#runtime = runtime;
    this.#scheme = scheme;
    this.#pool = new WirePool(runtime);
    this.#deadlines = new DeadlineTable(runtime);
  }

  async exchange(request: HttpRequest): Promise<HttpReply> {
    const target = this.#target(request);
    const head = serializeHead(request, target);
    const reply = await this.#send(request, target, head);
    return decodedReply(reply, request.method, target.origin);
  }

  #target(request: HttpRequest): WireTarget {
    const { url, signal } = request;
    if (url.protocol !== this.#scheme) {
      throw cannotSend(url.origin, `the scheme "${url.protocol}" is not for this wire`);
    }
    const target = this.#targets.get(url);
    if (this.#closed) throw cancelled(target.origin, "not_sent", "the client is closed");
    if (signal?.aborted) {
      throw cancelled(target.origin, "not_sent", "the request was cancelled");
    }
    return target;
  }

  async #send(
    request: HttpRequest,
    target: WireTarget,
    head: string | Uint8Array<ArrayBuffer>,
  ): Promise<HttpReply> {
    const context = { pool: this.#pool, runtime: this.#runtime };
    const noticing = this.#pool.notice(target.origin);
    if (noticing !== undefined) await noticing;
    const idle = this.#pool.take(target.origin);
    if (idle !== undefined) {
      try {
        return await new WireExchange(context, idle, request).run(head);
      } catch (error) {
        if (!wasClosedWhileIdle(error)) throw error;
      }
    }
    const connection = await this.#connect(target, request.signal);
    return await new WireExchange(context, connection, request).run(head);
  }

  async #connect(target: WireTarget, signal: AbortSignal | undefined): Promise<WireConnection> {
    const dialing = new AbortController();
    const onAbort = () => dialing.abort();
    signal?.addEventListener("abort", onAbort);
    this.#dialing.add(dialing);
    if (signal?.aborted || this.#closed) dialing.abort();
    try {
      const { ipv4Only, connectTimeout } = this.#options;
      const options = { ipv4Only, connectTimeout, runtime: this.#runtime };
      const socket = await dial(target, options, dialing.signal);
      // It may have been cancelled in the moment between.
      if (dialing.signal.aborted) {
        socket.close();
        throw cancelled(target.origin, "not_sent", "the request was cancelled");
      }
      return new WireConnection(target.origin, socket, this.#deadlines);
    } finally {
      this.#dialing.delete(dialing);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  dropIdleConnections(): void {
    this.#pool.drop();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pool.close();
    for (const dialing of this.#dialing) dialing.abort();
    for (const connection of this.#deadlines.entries()) {
      connection.fail(cancelled(connection.origin, "unknown", "the client was closed"));
    }
  }
}

/** Whether a kept connection turned out to be closed before any byte of the request was sent on it. */
function wasClosedWhileIdle(error: unknown): boolean {
  return error instanceof HttpFailure && error.kind === "reset" && error.delivery === "not_sent";
}
