import type { HeldGrant } from "./sign_in.ts";
import type { RefreshOutcome } from "./token_refresh.ts";
import type { Clock } from "../platform/clock.ts";

/** So soon after a refresh that had no answer no other is tried for the same tokens, milliseconds. */
const LASTS = 5_000;

/**
 * Remembers a refresh that had no answer when it was tried before a known expiry: neither the request
 * that is then refused nor those behind it wait for the same once more.
 */
export class RefreshOutage {
  readonly #clock: Pick<Clock, "now">;
  #last:
    | { readonly accessToken: string; readonly at: number; readonly outcome: RefreshOutcome }
    | undefined;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Remembers the outcome if it is such a one. */
  note({ tokens: { accessToken } }: HeldGrant, outcome: RefreshOutcome): void {
    if (outcome.kind !== "unavailable") return;
    this.#last = { accessToken, at: this.#clock.now(), outcome };
  }

  /** What refreshing these tokens came to just now; `undefined` when it is worth a try. */
  of({ tokens: { accessToken } }: HeldGrant): RefreshOutcome | undefined {
    const last = this.#last;
    if (last === undefined || last.accessToken !== accessToken) return undefined;
    return this.#clock.now() - last.at < LASTS ? last.outcome : undefined;
  }

  /** A refresh may be tried at once. */
  forget(): void {
    this.#last = undefined;
  }
}
