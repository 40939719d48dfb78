import type { CrossProcessLock } from "../../src/oauth/ports.ts";

/** Mutual exclusion within this process. */
export class LocalLock implements CrossProcessLock {
  readonly #queues = new Map<string, Promise<unknown>>();

  withLock<T>(name: string, action: () => Promise<T>): Promise<T> {
    const turn = (this.#queues.get(name) ?? Promise.resolve()).then(action);
    this.#queues.set(name, turn.catch(() => {}));
    return turn;
  }
}
