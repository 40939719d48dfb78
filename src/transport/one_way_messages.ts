import type { Clock } from "../platform/clock.ts";
import { Turns } from "./turns.ts";

/** The most of them under way at once. */
const MOST_ONE_WAY = 50;
/** How long the server may take over one while others wait for a turn, in milliseconds. */
const PATIENCE = 30_000;

/**
 * The messages on their way to the server that need no answer: notifications and responses. Only so
 * many at once, in turns of their own: they wait for no request, and no flood of them uses up connections.
 */
export class OneWayMessages {
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  readonly #turns = new Turns(MOST_ONE_WAY);
  readonly #underWay = new Set<Promise<void>>();

  /** @param closing aborted when the connection is closed */
  constructor(clock: Clock, closing: AbortSignal) {
    this.#clock = clock;
    this.#closing = closing;
  }

  /** Sends a message by `post`, which never rejects, in its turn. */
  send(post: (signal: AbortSignal) => Promise<void>): void {
    const sent = this.#send(post).finally(() => this.#underWay.delete(sent));
    this.#underWay.add(sent);
  }

  /** Resolves when the server has what was sent so far, or it was given up. */
  async delivered(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #send(post: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const turn = this.#turns.take();
    if (turn !== undefined) await turn;
    const late = new AbortController();
    // A large response over a slow line takes its time: only for others is it given up.
    const timer = this.#clock.every(PATIENCE, () => {
      if (this.#turns.awaited) late.abort();
    });
    await post(AbortSignal.any([this.#closing, late.signal]));
    timer.stop();
    this.#turns.give();
  }
}
