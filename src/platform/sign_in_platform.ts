import type { BrowserOpener } from "./browser.ts";
import type { FileLocks } from "./file_locks.ts";
import type { LoopbackListeners } from "./loopback_listener.ts";
import type { Processes } from "./processes.ts";

/** The parts of the operating system that only signing in needs; loaded when it begins. */
export interface SignInPlatform {
  readonly browser: BrowserOpener;
  readonly fileLocks: FileLocks;
  readonly listeners: LoopbackListeners;
  readonly processes: Processes;
}
