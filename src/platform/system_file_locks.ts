import { CausewayError } from "../errors.ts";
import type { FileLocks, HeldFileLock } from "./file_locks.ts";

/** Who wants a lock now. One of the two is called, once. */
interface Waiter {
  grant(file: Deno.FsFile): void;
  fail(error: unknown): void;
}

/** A call to the operating system that waits for a lock; it cannot be called off. */
interface Attempt {
  /** While nobody wants the lock, it is given back as soon as it is granted. */
  waiter: Waiter | undefined;
}

/** The file locks of the operating system (`flock`, `LockFileEx`): it frees them when a process dies. */
export class SystemFileLocks implements FileLocks {
  /** Per path, the end of the queue of this process. */
  readonly #queues = new Map<string, Promise<void>>();
  /** Per path, at most one waiting call: each blocks one of the runtime's few threads for files. */
  readonly #attempts = new Map<string, Attempt>();

  async acquire(path: string, signal?: AbortSignal): Promise<HeldFileLock> {
    signal?.throwIfAborted();
    const turn = this.#enqueue(path);
    try {
      await abortable(turn.ready, signal);
      signal?.throwIfAborted();
      const file = await this.#lock(path, signal);
      return { release: () => release(file, turn.end) };
    } catch (error) {
      turn.end();
      throw error;
    }
  }

  #enqueue(path: string): { readonly ready: Promise<void>; readonly end: () => void } {
    const ready = this.#queues.get(path) ?? Promise.resolve();
    const own = Promise.withResolvers<void>();
    const last = ready.then(() => own.promise);
    this.#queues.set(path, last);
    last.then(() => {
      if (this.#queues.get(path) === last) this.#queues.delete(path);
    });
    return { ready, end: own.resolve };
  }

  #lock(path: string, signal: AbortSignal | undefined): Promise<Deno.FsFile> {
    const attempt = this.#attempts.get(path) ?? this.#begin(path);
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        attempt.waiter = undefined;
        reject(signal?.reason);
      };
      const settled = (): void => signal?.removeEventListener("abort", giveUp);
      attempt.waiter = {
        grant: (file) => (settled(), resolve(file)),
        fail: (error) => (settled(), reject(error)),
      };
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  #begin(path: string): Attempt {
    const attempt: Attempt = { waiter: undefined };
    this.#attempts.set(path, attempt);
    lockedFile(path).then((file) => {
      this.#attempts.delete(path);
      if (attempt.waiter === undefined) file.close();
      else attempt.waiter.grant(file);
    }, (error) => {
      this.#attempts.delete(path);
      attempt.waiter?.fail(error);
    });
    return attempt;
  }
}

async function lockedFile(path: string): Promise<Deno.FsFile> {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    await file.lock(true);
    return file;
  } catch (error) {
    file?.close();
    throw new CausewayError("local-file", `Cannot lock "${path}": ${String(error)}`, {
      cause: error,
      hint: "Put the credentials on a local disk: set MCP_REMOTE_CONFIG_DIR to a folder there",
    });
  }
}

function release(file: Deno.FsFile, end: () => void): void {
  try {
    // Windows may take its time over the locks of a file that is merely closed.
    file.unlockSync();
    file.close();
  } catch {
    // It has been released before.
  }
  end();
}

/** The promise's value, or a rejection with the reason of the signal when that comes first. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
