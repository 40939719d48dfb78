import type { Platform } from "./platform.ts";
import { SYSTEM_CLOCK } from "./system_clock.ts";
import { SystemEnvironment } from "./system_environment.ts";
import { SystemFiles } from "./system_files.ts";
import { openSystemHttpClient } from "./system_http_client.ts";
import { SYSTEM_SIGNALS } from "./system_signals.ts";
import { SystemStandardStreams } from "./system_standard_streams.ts";

/** The operating system itself. Cheap: nothing is read, opened or connected before it is asked for. */
export function systemPlatform(): Platform {
  const environment = new SystemEnvironment();
  const files = new SystemFiles();
  return {
    clock: SYSTEM_CLOCK,
    environment,
    files,
    streams: new SystemStandardStreams(),
    signals: SYSTEM_SIGNALS,
    loadSignIn: async () => {
      const { systemSignInPlatform } = await import("./system_sign_in_platform.ts");
      return systemSignInPlatform({ clock: SYSTEM_CLOCK, environment });
    },
    openHttpClient: openSystemHttpClient,
  };
}
