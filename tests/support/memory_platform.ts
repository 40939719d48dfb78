import type { Clock } from "../../src/platform/clock.ts";
import type { Environment } from "../../src/platform/environment.ts";
import type { Platform } from "../../src/platform/platform.ts";
import type { EndingSignal, Signals } from "../../src/platform/signals.ts";
import { openSystemHttpClient } from "../../src/platform/system_http_client.ts";
import { MemoryFiles } from "./memory_files.ts";
import type { MemoryStreams } from "./memory_streams.ts";

/** Signals that a test sends. */
export class FakeSignals implements Signals {
  readonly #callbacks = new Set<(signal: EndingSignal) => void>();

  onEnding(callback: (signal: EndingSignal) => void): () => void {
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  /** Sends a signal to whoever listens. */
  send(signal: EndingSignal): void {
    for (const callback of [...this.#callbacks]) callback(signal);
  }
}

/** An environment that consists of what it is given. */
export function fakeEnvironment(
  variables: Readonly<Record<string, string>> = {},
  homeDirectory: string | undefined = "/home/test",
): Environment {
  return {
    get: (name) => variables[name],
    secret: (name) => variables[name],
    secretNames: new Set(),
    operatingSystem: "linux",
    homeDirectory,
    processId: 4711,
  };
}

/** What a platform in memory is made of. */
export interface MemoryPlatformParts {
  readonly clock: Clock;
  readonly streams: MemoryStreams;
  readonly environment?: Environment;
  readonly files?: MemoryFiles;
  readonly signals?: FakeSignals;
}

/** A platform in memory but for HTTP, which is real. */
export function memoryPlatform(parts: MemoryPlatformParts): Platform {
  return {
    environment: fakeEnvironment(),
    files: new MemoryFiles(),
    signals: new FakeSignals(),
    loadSignIn: () => Promise.reject(new Error("A platform in memory cannot sign in")),
    openHttpClient: openSystemHttpClient,
    ...parts,
  };
}
