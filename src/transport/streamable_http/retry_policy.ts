import { isIdempotent } from "../../mcp/methods.ts";
import { BackOff } from "../back_off.ts";
import type { PostOutcome } from "./post.ts";

/** The longest that a server's `Retry-After` is waited for, in milliseconds. */
const LONGEST_WAIT = 30_000;
const MAX_RETRIES = 4;

/**
 * Decides whether a request is sent again. One that the server cannot have seen may be; one that it
 * may have executed only when its method changes nothing.
 */
export class RetryPolicy {
  readonly #idempotent: boolean;
  readonly #backOff: BackOff;
  #left = MAX_RETRIES;

  constructor(method: string, random: () => number) {
    this.#idempotent = isIdempotent(method);
    this.#backOff = new BackOff(200, 2000, random);
  }

  /** The wait before the next try in milliseconds; `undefined` when there is none. */
  waitAfter(outcome: PostOutcome): number | undefined {
    if (this.#left === 0 || !this.#mayRepeat(outcome)) return undefined;
    this.#left--;
    const asked = outcome.kind === "refused" ? outcome.retryAfter : undefined;
    if (asked !== undefined && asked > LONGEST_WAIT) return undefined;
    return Math.max(asked ?? 0, this.#backOff.next());
  }

  #mayRepeat(outcome: PostOutcome): boolean {
    switch (outcome.kind) {
      case "failed":
        return mayHeal(outcome.failure.kind) &&
          (this.#idempotent || outcome.failure.delivery === "not_sent");
      case "refused":
        return this.#idempotent && outcome.refusal === "unavailable";
      case "cut":
        return this.#idempotent;
      default:
        return false;
    }
  }
}

/** Failures that another try cannot mend. */
const LASTING: ReadonlySet<string> = new Set([
  "tls",
  "protocol",
  "too_large",
  "authorization",
  "cancelled",
]);

/** Whether a failure of this kind may be gone at the next try. */
export function mayHeal(kind: string): boolean {
  return !LASTING.has(kind);
}
