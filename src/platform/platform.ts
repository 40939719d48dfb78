import type { Clock } from "./clock.ts";
import type { Environment } from "./environment.ts";
import type { Files } from "./files.ts";
import type { HttpClient, HttpClientOptions } from "./http_client.ts";
import type { SignInPlatform } from "./sign_in_platform.ts";
import type { Signals } from "./signals.ts";
import type { StandardStreams } from "./standard_streams.ts";

/** The operating system as Causeway sees it: true ports only, so that tests can replace each. */
export interface Platform {
  readonly clock: Clock;
  readonly environment: Environment;
  readonly files: Files;
  readonly streams: StandardStreams;
  readonly signals: Signals;
  /** Loads what only signing in needs. */
  loadSignIn(): Promise<SignInPlatform>;
  /** Opens an HTTP client; it makes no connection before the first exchange. */
  openHttpClient(options: HttpClientOptions): HttpClient;
}
