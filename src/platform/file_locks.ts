/** A lock that is held. */
export interface HeldFileLock {
  /** Gives the lock back. Idempotent, never throws. */
  release(): void;
}

/** Exclusive locks on files that the operating system frees when their holder dies, as a port. */
export interface FileLocks {
  /**
   * Waits until this process alone holds the lock on the file, which is made (mode 0600) when it does
   * not exist and is never removed. Not reentrant; waiters of one process are served in order.
   * @throws {CausewayError} `local-file` when the file cannot be made or locked; `signal.reason` when
   * `signal` is aborted while waiting
   */
  acquire(path: string, signal?: AbortSignal): Promise<HeldFileLock>;
}
