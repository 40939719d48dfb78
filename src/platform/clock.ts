/** A running timer, to be stopped. */
export interface Timer {
  /** Stops the timer; its callback is not called any more. Idempotent. */
  stop(): void;
}

/** Time, as a port: tests drive a fake one. All durations are milliseconds. */
export interface Clock {
  /** Monotonic time in milliseconds since an arbitrary point; does not jump with the wall clock. */
  now(): number;
  /** Wall-clock time in milliseconds since the Unix epoch. */
  wallTime(): number;
  /** Calls `callback` once, `delay` milliseconds from now. Keeps the process alive. */
  after(delay: number, callback: () => void): Timer;
  /** Calls `callback` every `period` milliseconds. Does not keep the process alive. */
  every(period: number, callback: () => void): Timer;
  /** Resolves after `delay` milliseconds, or at once when `signal` is aborted (it never rejects). */
  sleep(delay: number, signal?: AbortSignal): Promise<void>;
}
