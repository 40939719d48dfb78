import type { RequestId } from "../jsonrpc/envelope.ts";
import type { Frame } from "../jsonrpc/frame.ts";
import type { Clock, Timer } from "../platform/clock.ts";

/** A request that waits, and what ends its wait. */
interface Held {
  readonly frame: Frame;
  readonly timer: Timer;
}

/** Requests of the client that wait for the user, each for no longer than its patience. */
export class HeldRequests {
  readonly #clock: Clock;
  readonly #held = new Map<RequestId, Held>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Holds a request; after `patience` milliseconds it is let go and `onLate` called. A second one under
   * the id of one that waits has no answer of its own, as ever.
   */
  hold(id: RequestId, frame: Frame, wait: { patience: number; onLate: () => void }): void {
    if (this.#held.has(id)) return;
    const timer = this.#clock.after(wait.patience, () => {
      this.#held.delete(id);
      wait.onLate();
    });
    this.#held.set(id, { frame, timer });
  }

  /** Forgets a request. */
  drop(id: RequestId): void {
    this.#held.get(id)?.timer.stop();
    this.#held.delete(id);
  }

  /** Lets all go, the oldest first. */
  takeAll(): readonly (readonly [RequestId, Frame])[] {
    const all = [...this.#held].map(([id, { frame }]) => [id, frame] as const);
    for (const [id] of all) this.drop(id);
    return all;
  }
}
