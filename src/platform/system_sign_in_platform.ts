import type { Platform } from "./platform.ts";
import type { SignInPlatform } from "./sign_in_platform.ts";
import { SystemBrowser } from "./system_browser.ts";
import { SystemFileLocks } from "./system_file_locks.ts";
import { SystemLoopbackListeners } from "./system_loopback_listener.ts";
import { SystemProcesses } from "./system_processes.ts";

/** The operating system's own parts for signing in. Cheap: nothing is started or opened. */
export function systemSignInPlatform(
  { clock, environment }: Pick<Platform, "clock" | "environment">,
): SignInPlatform {
  const processes = new SystemProcesses(clock, { secretNames: environment.secretNames });
  return {
    browser: new SystemBrowser(environment, processes),
    fileLocks: new SystemFileLocks(),
    listeners: new SystemLoopbackListeners(clock),
    processes,
  };
}
