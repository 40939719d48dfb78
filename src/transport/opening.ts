import type { Frame } from "../jsonrpc/frame.ts";
import type { JsonRpcError } from "../jsonrpc/error_frame.ts";
import type { Timer } from "../platform/clock.ts";
import type { HttpFailure } from "../platform/http_client.ts";
import { BackOff } from "./back_off.ts";
import {
  type FailedRequest,
  refusedByStatus,
  startTimedOut,
  statusText,
} from "./failure_errors.ts";
import type { Connected } from "./http_sse/event_connection.ts";
import { PendingRequests } from "./pending_requests.ts";
import type { PostOutcome } from "./streamable_http/post.ts";
import {
  answerFailure,
  answeringError,
  describeOutcome,
} from "./streamable_http/request_runner.ts";
import { mayHeal } from "./streamable_http/retry_policy.ts";
import { StreamableHttp } from "./streamable_http/streamable_http.ts";
import type { Transport, TransportContext } from "./transport.ts";

/** Which bindings are tried, and in which order (the flag `--transport`). */
export type Strategy = "http-first" | "sse-first" | "http-only" | "sse-only";

type Binding = "http" | "sse";

const ORDER: Readonly<Record<Strategy, readonly Binding[]>> = {
  "http-first": ["http", "sse"],
  "sse-first": ["sse", "http"],
  "http-only": ["http"],
  "sse-only": ["sse"],
};

/** How one binding took the opening request. */
type Attempt =
  /** It is this binding: the request is settled, or its answer is on its way. */
  | { readonly kind: "opened"; readonly transport: Transport }
  /** The server does not serve this binding here; the next one may be tried. */
  | {
    readonly kind: "other_binding";
    readonly what: string;
    readonly outcome: PostOutcome | undefined;
  }
  /** The server is not there (yet): the same again, after a while. */
  | { readonly kind: "not_now"; readonly what: string; readonly wait: number | undefined }
  /** It makes no sense to go on. */
  | { readonly kind: "failed"; readonly outcome: PostOutcome }
  /** The request was answered with an error of the server, or cancelled. */
  | { readonly kind: "answered" };

/**
 * Opens the connection with the client's own `initialize`: the one request that decides the binding
 * (2025-11-25, transports, "Backwards Compatibility"). A server that is not there is tried again
 * until `timeouts.start` is over; then the request is answered with an error.
 */
export class Opening {
  readonly #context: TransportContext;
  readonly #strategy: Strategy;

  constructor(context: TransportContext, strategy: Strategy) {
    this.#context = context;
    this.#strategy = strategy;
  }

  /**
   * @param initialize the client's request, open in `context.open`; it is settled in any case
   * @returns the binding, or `undefined` when the request was answered with an error
   */
  async open(initialize: Frame, closing: AbortSignal): Promise<Transport | undefined> {
    const pending = new PendingRequests(this.#context.open, initialize);
    const run = new OpeningRun(this.#context, initialize, pending);
    const stop = () => run.abort.abort();
    closing.addEventListener("abort", stop, { once: true });
    run.limit(this.#context.timeouts.start);
    try {
      return await run.go(ORDER[this.#strategy]);
    } finally {
      run.limit(0);
      closing.removeEventListener("abort", stop);
    }
  }
}

class OpeningRun {
  readonly abort = new AbortController();
  readonly #context: TransportContext;
  readonly #initialize: Frame;
  readonly #pending: PendingRequests;
  #last = "the server has not answered yet";
  #timer: Timer | undefined;

  constructor(context: TransportContext, initialize: Frame, pending: PendingRequests) {
    this.#context = context;
    this.#initialize = initialize;
    this.#pending = pending;
  }

  /** Answers the request with an error unless it is settled in time; a user who signs in has all of it. */
  limit(timeout: number): void {
    this.#timer?.stop();
    this.#timer = timeout === 0 ? undefined : this.#context.clock.after(timeout, () => {
      if (this.#context.isSigningIn()) this.limit(timeout);
      else void this.#timeOut(timeout);
    });
  }

  async #timeOut(timeout: number): Promise<void> {
    const error = startTimedOut(this.#asked(), timeout, this.#last);
    if (!this.#pending.settled) this.#context.logger.warn(error.message);
    await this.#pending.fail(error);
    this.abort.abort();
  }

  async go(order: readonly Binding[]): Promise<Transport | undefined> {
    const backOff = new BackOff(100, 1000, this.#context.random);
    while (!this.abort.signal.aborted) {
      const attempt = await this.#tryInOrder(order);
      if (attempt.kind === "opened") return attempt.transport;
      if (attempt.kind === "answered" || this.#pending.settled) return undefined;
      if (attempt.kind === "failed") {
        await answerFailure({ context: this.#context }, this.#pending, attempt.outcome);
        return undefined;
      }
      if (attempt.kind === "not_now") {
        this.#last = attempt.what;
        this.#context.logger.debug("The server is not there yet; trying again", {
          why: attempt.what,
        });
        const wait = Math.min(attempt.wait ?? 0, 5000);
        await this.#context.clock.sleep(Math.max(wait, backOff.next()), this.abort.signal);
      }
    }
    return undefined;
  }

  async #tryInOrder(
    order: readonly Binding[],
  ): Promise<Exclude<Attempt, { kind: "other_binding" }>> {
    const refusals: Extract<Attempt, { kind: "other_binding" }>[] = [];
    for (const binding of order) {
      const attempt = binding === "http" ? await this.#tryHttp() : await this.#trySse();
      // A refusal by one binding is final, so what the other says decides.
      const refusal = refusals.length > 0 ? asRefusal(attempt) : attempt;
      if (refusal.kind !== "other_binding") return refusal;
      this.#context.logger.debug("The server refuses this binding", {
        binding,
        what: refusal.what,
      });
      refusals.push(refusal);
    }
    await this.#answerRefusals(refusals);
    return { kind: "answered" };
  }

  /** Neither binding is served: the server's own error where there is one, else all that was said. */
  async #answerRefusals(
    refusals: readonly Extract<Attempt, { kind: "other_binding" }>[],
  ): Promise<void> {
    const answering = refusals.map(({ outcome }) => outcome)
      .find((outcome) => outcome !== undefined && answeringError(outcome) !== undefined);
    if (answering !== undefined) {
      return await answerFailure({ context: this.#context }, this.#pending, answering);
    }
    const error = combined(this.#asked(), refusals);
    this.#context.logger.warn(error.message);
    await this.#pending.fail(error);
  }

  #asked(): FailedRequest {
    return { method: this.#pending.method, url: this.#context.url };
  }

  async #tryHttp(): Promise<Attempt> {
    const transport = new StreamableHttp(this.#context);
    const outcome = await transport.open(this.#initialize, this.abort.signal);
    if (transport.established) {
      this.#context.logger.info("Connected over Streamable HTTP");
      return { kind: "opened", transport };
    }
    await transport.close(0);
    return this.#judgeHttp(outcome);
  }

  #judgeHttp(outcome: PostOutcome): Attempt {
    if (this.#pending.settled) return { kind: "answered" };
    const what = describeOutcome(this.#asked(), outcome)?.message ?? outcome.kind;
    const failure = failureOf(outcome);
    if (failure !== undefined && mayHeal(failure.kind)) {
      return { kind: "not_now", what: failure.message, wait: undefined };
    }
    if (outcome.kind !== "refused") return { kind: "failed", outcome };
    if (outcome.refusal === "unavailable") {
      return { kind: "not_now", what, wait: outcome.retryAfter };
    }
    return outcome.refusal === "other_binding"
      ? { kind: "other_binding", what: `Streamable HTTP: ${statusText(outcome.status)}`, outcome }
      : { kind: "failed", outcome };
  }

  async #trySse(): Promise<Attempt> {
    // Loaded only here: the binding is deprecated, and few servers have no other.
    const { HttpSse } = await import("./http_sse/http_sse.ts");
    const transport = new HttpSse(this.#context);
    const connected = await transport.connect(this.abort.signal);
    if (connected.kind !== "connected") {
      await transport.close(0);
      return judgeSse(connected);
    }
    this.#context.logger.info("Connected over HTTP+SSE");
    void transport.send(this.#initialize);
    await this.#settled();
    if (transport.established) return { kind: "opened", transport };
    await transport.close(0);
    return { kind: "answered" };
  }

  /** Resolves when the request has its answer or the opening is given up. */
  async #settled(): Promise<void> {
    const id = this.#pending.first;
    if (id === undefined) return;
    const { signal } = this.abort;
    const aborted = Promise.withResolvers<void>();
    const stop = () => aborted.resolve();
    signal.addEventListener("abort", stop, { once: true });
    if (!signal.aborted) await Promise.race([this.#context.open.whenDone(id), aborted.promise]);
    signal.removeEventListener("abort", stop);
  }
}

/** Why there is no whole reply, be it JSON or a stream. */
function failureOf(outcome: PostOutcome): HttpFailure | undefined {
  if (outcome.kind === "failed") return outcome.failure;
  return outcome.kind === "cut" && outcome.end.kind === "failed" ? outcome.end.failure : undefined;
}

/** After a refusal of the first binding, a refusal of the second is told together with it. */
function asRefusal(attempt: Attempt): Attempt {
  if (attempt.kind !== "failed" || attempt.outcome.kind !== "refused") return attempt;
  if (attempt.outcome.refusal === "unauthorized" || attempt.outcome.refusal === "modern") {
    return attempt;
  }
  const what = `then ${statusText(attempt.outcome.status)}`;
  return { kind: "other_binding", what, outcome: attempt.outcome };
}

function judgeSse(connected: Exclude<Connected, { kind: "connected" }>): Attempt {
  switch (connected.kind) {
    case "failed":
      return mayHeal(connected.failure.kind)
        ? { kind: "not_now", what: connected.failure.message, wait: undefined }
        : { kind: "failed", outcome: connected };
    case "not_offered":
      return {
        kind: "other_binding",
        what: `HTTP+SSE: HTTP ${connected.status} with ${connected.what}`,
        outcome: undefined,
      };
    case "refused":
      if (connected.refusal === "unavailable") {
        return { kind: "not_now", what: `HTTP ${connected.status}`, wait: connected.retryAfter };
      }
      return connected.refusal === "other_binding"
        ? {
          kind: "other_binding",
          what: `HTTP+SSE: ${statusText(connected.status)}`,
          outcome: connected,
        }
        : { kind: "failed", outcome: connected };
  }
}

function combined(
  request: FailedRequest,
  refusals: readonly Extract<Attempt, { kind: "other_binding" }>[],
): JsonRpcError {
  const first = refusals[0]?.outcome;
  const status = first?.kind === "refused" ? first.status : 404;
  const all = refusals.map(({ what, outcome }) => {
    const said = outcome?.kind === "refused" ? outcome.extract : "";
    return said === "" ? what : `${what}: ${said}`;
  });
  return refusedByStatus(request, status, all.join("; "));
}
