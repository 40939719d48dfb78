import { CausewayError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import type {
  LoopbackListener,
  LoopbackReply,
  LoopbackRequest,
} from "../platform/loopback_listener.ts";
import { bareReply, type LandingContent, landingPage, successRedirect } from "./landing_page.ts";
import type { ListeningReceiver, ReceivedAnswer, ReceiverVerdict } from "./ports.ts";

/** How long, in milliseconds, an answer may wait for a sign-in that is about to wait for it. */
const LONGEST_HOLD = 10_000;
/** How many requests may be held at once. */
const MOST_HELD = 16;
/** Longest path and query, in characters. */
const LONGEST_TARGET = 16_384;

/** Judges parameters and, when they are the answer, hands it on; false for a stray. */
type Taker = (parameters: URLSearchParams, show: (page: LandingContent) => void) => boolean;

/** What a listener for callbacks is made of. */
export interface CallbackListenerOptions {
  readonly redirectUri: string;
  readonly clock: Clock;
  /** Where the browser is sent after success, instead of our page. */
  readonly successUrl?: string;
}

/** Takes the requests to one redirect URI; {@linkcode attach} it to the listener that hands them over. */
export class CallbackListener implements ListeningReceiver {
  readonly redirectUri: string;
  readonly #expected: URL;
  readonly #options: CallbackListenerOptions;
  /** The replies to answers, by their query: the second of two equal requests gets the same page. */
  readonly #replies = new Map<string, Promise<LoopbackReply>>();
  readonly #unsettled = new Set<(page: LandingContent) => void>();
  #listener: LoopbackListener | undefined;
  #taker: { readonly take: Taker; readonly cancel: (reason: unknown) => void } | undefined;
  #changed = Promise.withResolvers<void>();
  #held = 0;
  #state: "open" | "succeeded" | "closed" = "open";

  constructor(options: CallbackListenerOptions) {
    this.#options = options;
    this.redirectUri = options.redirectUri;
    this.#expected = new URL(options.redirectUri);
  }

  /** Makes {@linkcode close} close that listener, too. */
  attach(listener: LoopbackListener): void {
    this.#listener = listener;
  }

  receive<T>(
    judge: (parameters: URLSearchParams) => ReceiverVerdict<T>,
    signal: AbortSignal,
  ): Promise<ReceivedAnswer<T>> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const cancel = (reason: unknown): void => {
        done();
        reject(reason);
      };
      const onAbort = (): void => cancel(signal.reason);
      const done = (): void => {
        signal.removeEventListener("abort", onAbort);
        this.#taker = undefined;
      };
      signal.addEventListener("abort", onAbort, { once: true });
      const take: Taker = (parameters, show) => {
        const verdict = judge(parameters);
        if (verdict.kind === "stray") return false;
        done();
        resolve(this.#received(verdict.answer, show));
        return true;
      };
      this.#taker = { take, cancel };
      this.#notify();
    });
  }

  /** Answers a request to the listener; see the checks in {@linkcode refusal}. */
  async handle(request: LoopbackRequest, port: number): Promise<LoopbackReply> {
    const refused = refusal(request, { expected: this.#expected, port });
    if (refused !== undefined) return refused;
    return await this.#offer(request.target.search) ?? landingPage({ kind: "stray" });
  }

  /** Takes parameters that did not come by HTTP. Resolves with whether they are the answer. */
  async takePasted(parameters: URLSearchParams): Promise<boolean> {
    while (this.#taker === undefined) {
      if (!await this.#untilChange()) return false;
    }
    return this.#taker.take(parameters, () => {});
  }

  async close(): Promise<void> {
    if (this.#state !== "closed") {
      this.#state = "closed";
      this.#taker?.cancel(
        new CausewayError("authorization-failed", "Cannot sign in: the sign-in was stopped"),
      );
      for (const show of [...this.#unsettled]) show({ kind: "stopped" });
      this.#notify();
    }
    await this.#listener?.close();
  }

  /** The reply for that query; `undefined` for a stray. */
  async #offer(query: string): Promise<LoopbackReply | undefined> {
    for (;;) {
      const known = this.#replies.get(query);
      if (known !== undefined) return await known;
      if (this.#taker !== undefined) return await this.#take(query, this.#taker.take);
      if (!await this.#untilChange()) return await this.#replies.get(query);
    }
  }

  #take(query: string, take: Taker): Promise<LoopbackReply | undefined> {
    const reply = Promise.withResolvers<LoopbackReply>();
    const show = (page: LandingContent): void => {
      this.#unsettled.delete(show);
      reply.resolve(this.#render(page));
    };
    if (!take(new URLSearchParams(query), show)) return Promise.resolve(undefined);
    this.#unsettled.add(show);
    this.#replies.set(query, reply.promise);
    return reply.promise;
  }

  /** Waits until somebody receives or nobody will; false when that is so already, or takes too long. */
  async #untilChange(): Promise<boolean> {
    if (this.#state !== "open" || this.#held >= MOST_HELD) return false;
    this.#held++;
    const enough = new AbortController();
    const late = this.#options.clock.sleep(LONGEST_HOLD, enough.signal).then(() => false);
    const changed = await Promise.race([this.#changed.promise.then(() => true), late]);
    enough.abort();
    this.#held--;
    return changed;
  }

  #received<T>(answer: T, show: (page: LandingContent) => void): ReceivedAnswer<T> {
    return {
      answer,
      showSuccess: () => {
        if (this.#state === "open") this.#state = "succeeded";
        show({ kind: "success" });
        this.#notify();
        return Promise.resolve();
      },
      showFailure: (message, hint) => {
        show({ kind: "failure", message, ...(hint === undefined ? {} : { hint }) });
        return Promise.resolve();
      },
    };
  }

  #render(page: LandingContent): LoopbackReply {
    const { successUrl } = this.#options;
    if (page.kind === "success" && successUrl !== undefined) return successRedirect(successUrl);
    return landingPage(page);
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/**
 * The reply to a request that cannot be an answer, whatever its parameters say: another path, another
 * method, another host (a page that rebound its name to this machine), or one that no person made.
 */
function refusal(
  request: LoopbackRequest,
  { expected, port }: { readonly expected: URL; readonly port: number },
): LoopbackReply | undefined {
  const host = request.header("host")?.toLowerCase();
  const hosts = [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, expected.host];
  if (host === undefined || !hosts.includes(host)) return bareReply(400);
  if (request.target.pathname !== expected.pathname) return bareReply(404);
  if (request.method !== "GET") return bareReply(405);
  if (request.target.search.length > LONGEST_TARGET) return bareReply(414);
  const purpose = request.header("sec-purpose") ?? request.header("purpose") ?? "";
  // A browser that only looks ahead must not use up the code; the visit itself comes later, if at all.
  if (/\bprefetch\b/i.test(purpose)) return bareReply(503);
  return undefined;
}
