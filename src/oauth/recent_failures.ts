import type { CausewayError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";

/** After a sign-in that failed for good, none is started for so long: no storm of tabs. Milliseconds. */
const BRAKE = 30_000;

/** What may fail. */
export type Attempt = "refresh" | "sign_in";

interface Failure {
  readonly error: CausewayError;
  /** Monotonic, milliseconds. */
  readonly at: number;
  /** The last request that waited for it. */
  readonly ticket: number;
}

/**
 * What failed a moment ago. Who waited while it failed fails with it. For a while after a failed
 * sign-in nobody is sent to the browser again; what failed for the moment only may be tried at once.
 */
export class RecentFailures {
  readonly #clock: Pick<Clock, "now">;
  readonly #failures = new Map<Attempt, Failure>();
  #tickets = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** A number for a request that begins to wait. */
  ticket(): number {
    return ++this.#tickets;
  }

  /** Remembers the failure, and gives it back to be thrown. */
  note(attempt: Attempt, error: CausewayError): CausewayError {
    this.#failures.set(attempt, { error, at: this.#clock.now(), ticket: this.#tickets });
    return error;
  }

  /** The next attempt may be made at once. */
  forget(attempt: Attempt): void {
    this.#failures.delete(attempt);
  }

  /** @throws {CausewayError} the failure that is this request's, too */
  throwFor(attempt: Attempt, ticket: number): void {
    const failure = this.#failures.get(attempt);
    if (failure === undefined) return;
    const lasting = attempt === "sign_in" && failure.error.code !== "server-unreachable";
    const braked = lasting && this.#clock.now() - failure.at < BRAKE;
    if (ticket <= failure.ticket || braked) throw failure.error;
    this.#failures.delete(attempt);
  }
}
