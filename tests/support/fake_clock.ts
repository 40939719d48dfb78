import type { Clock, Timer } from "../../src/platform/clock.ts";
import { until } from "./until.ts";

interface Pending {
  due: number;
  readonly period: number | undefined;
  readonly order: number;
  readonly callback: () => void;
}

/** Where {@linkcode FakeClock} starts on the wall: an arbitrary moment of 2026. */
const WALL_START = Date.UTC(2026, 8, 1, 12);

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Pending>();
  #now = 0;
  #wall = WALL_START;
  #order = 0;

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#wall;
  }

  after(delay: number, callback: () => void): Timer {
    return this.#add(delay, undefined, callback);
  }

  every(period: number, callback: () => void): Timer {
    return this.#add(period, period, callback);
  }

  sleep(delay: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.after(delay, resolve);
      signal?.addEventListener("abort", () => {
        timer.stop();
        resolve();
      }, { once: true });
    });
  }

  /** How many timers wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds until the next timer is due; `undefined` when none waits. */
  get nextIn(): number | undefined {
    const next = this.#next(Infinity);
    return next === undefined ? undefined : next.due - this.#now;
  }

  /**
   * Lets `duration` milliseconds pass: what falls due is called in order, each at its own time, and
   * what it sets going (without input or output) is done before the next.
   */
  async advance(duration: number): Promise<void> {
    const end = this.#now + duration;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#moveTo(next.due);
      if (next.period === undefined) this.#timers.delete(next);
      else next.due += next.period;
      next.callback();
      await settle();
    }
    this.#moveTo(end);
  }

  /** Moves the wall clock only, as it jumps when a machine wakes from sleep. */
  jumpWall(duration: number): void {
    this.#wall += duration;
  }

  #add(delay: number, period: number | undefined, callback: () => void): Timer {
    const due = this.#now + Math.max(0, delay);
    const pending: Pending = { due, period, order: this.#order++, callback };
    this.#timers.add(pending);
    return { stop: () => void this.#timers.delete(pending) };
  }

  #next(end: number): Pending | undefined {
    let next: Pending | undefined;
    for (const timer of this.#timers) {
      if (timer.due > end) continue;
      if (next === undefined || timer.due < next.due) next = timer;
      else if (timer.due === next.due && timer.order < next.order) next = timer;
    }
    return next;
  }

  #moveTo(time: number): void {
    this.#wall += time - this.#now;
    this.#now = time;
  }
}

/** Lets every promise that can settle do so. */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
}

/**
 * Lets fake time pass, a little at a time and with real pauses for input and output, until `condition` holds.
 * @throws {Error} when it does not within a real while; the text names `what`
 */
export async function untilPassing(
  clock: FakeClock,
  what: string,
  condition: () => boolean,
  step = 250,
): Promise<void> {
  await until(what, async () => {
    if (condition()) return true;
    await clock.advance(step);
    return false;
  });
}
