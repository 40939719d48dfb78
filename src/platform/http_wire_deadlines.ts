import type { WireRuntime } from "./http_wire_runtime.ts";

/** Something that ends when its time is over. */
export interface Expiring {
  /** When, on the runtime's clock in milliseconds; `Infinity` for never. */
  readonly deadline: number;
  /** Called once the deadline has passed. */
  expire(): void;
}

/**
 * The deadlines of all connections of a client, on one timer. Moving a deadline costs no timer: the
 * timer is armed for the earliest one that it was told of, and on firing looks at what is left.
 */
export class DeadlineTable<Entry extends Expiring> {
  readonly #runtime: WireRuntime;
  readonly #entries = new Set<Entry>();
  #firesAt = Infinity;
  #stopTimer: (() => void) | undefined;

  constructor(runtime: WireRuntime) {
    this.#runtime = runtime;
  }

  /** Everything in the table. */
  entries(): readonly Entry[] {
    return [...this.#entries];
  }

  /** Watches an entry's deadline from now on. */
  add(entry: Entry): void {
    this.#entries.add(entry);
    this.note(entry.deadline);
  }

  /** Forgets an entry. */
  delete(entry: Entry): void {
    this.#entries.delete(entry);
    if (this.#entries.size === 0) this.#stop();
  }

  /** Tells of a deadline that was set or moved to `deadline`. */
  note(deadline: number): void {
    if (deadline < this.#firesAt) this.#arm(deadline);
  }

  #arm(deadline: number): void {
    this.#stopTimer?.();
    this.#firesAt = deadline;
    const delay = Math.max(0, Math.ceil(deadline - this.#runtime.now()));
    this.#stopTimer = this.#runtime.alarm(delay, () => this.#fire());
  }

  #stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#firesAt = Infinity;
  }

  #fire(): void {
    this.#stopTimer = undefined;
    this.#firesAt = Infinity;
    const now = this.#runtime.now();
    for (const entry of this.entries()) {
      if (entry.deadline <= now) entry.expire();
    }
    let next = Infinity;
    for (const entry of this.#entries) next = Math.min(next, entry.deadline);
    this.note(next);
  }
}
