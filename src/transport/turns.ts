import { isIdempotent } from "../mcp/methods.ts";

/** The most calls under way at once; with all else they stay below the 1,024 files that a process may have open at the least. */
export const MOST_CALLS = 800;
/** The most requests that are no calls (pings, lists and the like). */
const MOST_OTHERS = 100;

/** How many places of a queue may be used up before they are cut off. */
const MOST_USED = 1024;

/** The turns of requests: a call may take as long as it likes, so none takes the place of a ping or a list. */
export class RequestTurns {
  readonly #calls = new Turns(MOST_CALLS);
  readonly #others = new Turns(MOST_OTHERS);

  /** The turns that requests with this method take. */
  of(method: string): Turns {
    return isIdempotent(method) ? this.#others : this.#calls;
  }
}

/**
 * Lets so many do something at once, and the others wait for their turn in order: a client that sends
 * requests without end must not make us open connections without end.
 */
export class Turns {
  #free: number;
  #waiting: (() => void)[] = [];
  /** Where in the queue the next one stands: taking it off the front of a long array is slow. */
  #next = 0;

  /** @param most how many may have a turn at once */
  constructor(most: number) {
    this.#free = most;
  }

  /** Takes a turn; a promise that resolves when it has come, `undefined` when it is there already. */
  take(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  /** Whether somebody waits for a turn. */
  get awaited(): boolean {
    return this.#next < this.#waiting.length;
  }

  /** Gives a turn back. */
  give(): void {
    const next = this.#waiting[this.#next];
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#next++;
    if (this.#next >= MOST_USED && this.#next * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    next();
  }
}
