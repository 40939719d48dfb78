import type { CrossProcessLock } from "../oauth/ports.ts";
import type { FileLocks } from "../platform/file_locks.ts";
import type { Files } from "../platform/files.ts";
import { digestName } from "./digest.ts";

/** What the locks are made with. */
export interface FileCrossProcessLockOptions {
  readonly files: Files;
  readonly fileLocks: FileLocks;
  /** Causeway's own folder. */
  readonly folder: string;
}

/** Locks between processes by files that the operating system locks, and frees when a process dies. */
export class FileCrossProcessLock implements CrossProcessLock {
  readonly #options: FileCrossProcessLockOptions;

  constructor(options: FileCrossProcessLockOptions) {
    this.#options = options;
  }

  async withLock<T>(
    name: string,
    action: () => Promise<T>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    options.signal?.throwIfAborted();
    const folder = `${this.#options.folder}/locks`;
    await this.#options.files.makePrivateFolder(folder);
    const path = `${folder}/${await digestName(name, 40)}.lock`;
    const held = await this.#options.fileLocks.acquire(path, options.signal);
    try {
      return await action();
    } finally {
      held.release();
    }
  }
}
