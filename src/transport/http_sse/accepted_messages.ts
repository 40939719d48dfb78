import type { Frame } from "../../jsonrpc/frame.ts";
import type { PendingRequests } from "../pending_requests.ts";

/** A message that the server has (or is being sent), and whose answers come on the stream. */
export interface Accepted {
  readonly frame: Frame;
  readonly pending: PendingRequests;
}

/** How many messages are kept at least before those with their answers are looked for. */
const FEW = 64;

/** The messages whose requests wait for answers on a stream; those that have them are forgotten in time. */
export class AcceptedMessages {
  #messages = new Set<Accepted>();
  #most = FEW;

  get size(): number {
    return this.#messages.size;
  }

  add(message: Accepted): void {
    this.#messages.add(message);
    if (this.#messages.size < this.#most) return;
    for (const one of this.#messages) if (one.pending.settled) this.#messages.delete(one);
    // The next look is far off, so that each message costs the same, however many wait.
    this.#most = Math.max(FEW, 2 * this.#messages.size);
  }

  delete(message: Accepted): void {
    this.#messages.delete(message);
  }

  /** Gives all messages away: the stream is lost. */
  takeAll(): ReadonlySet<Accepted> {
    const all = this.#messages;
    this.#messages = new Set();
    this.#most = FEW;
    return all;
  }
}
