import { run } from "../../src/cli/run.ts";
import type { Clock } from "../../src/platform/clock.ts";
import type { Environment } from "../../src/platform/environment.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { FakeClock, untilPassing } from "./fake_clock.ts";
import { MemoryFiles } from "./memory_files.ts";
import { FakeSignals, memoryPlatform } from "./memory_platform.ts";
import { MemoryStreams } from "./memory_streams.ts";
import { StdioPeer } from "./stdio_peer.ts";
import { within } from "./until.ts";

/** What a bridge in this process is given. */
export interface BridgeInProcessOptions {
  /** The system's clock when absent. */
  readonly clock?: Clock;
  readonly environment?: Environment;
  readonly files?: MemoryFiles;
}

/**
 * The whole program within this process: everything in memory but HTTP. Disposing of it ends its input, and
 * fails when it does not end, or when it did what no bridge may do (see {@linkcode StdioPeer}).
 */
export class BridgeInProcess implements AsyncDisposable {
  readonly peer: StdioPeer;
  readonly streams: MemoryStreams;
  readonly signals = new FakeSignals();
  readonly files: MemoryFiles;
  /** The exit code, once it has ended. */
  readonly exit: Promise<number>;

  readonly #clock: Clock;

  private constructor(args: readonly string[], options: BridgeInProcessOptions) {
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.files = options.files ?? new MemoryFiles();
    this.streams = new MemoryStreams((bytes) => this.peer.take(bytes));
    this.peer = new StdioPeer((bytes) => Promise.resolve(this.streams.feed(bytes)));
    this.exit = run(
      args,
      memoryPlatform({
        clock: this.#clock,
        streams: this.streams,
        signals: this.signals,
        files: this.files,
        ...(options.environment === undefined ? {} : { environment: options.environment }),
      }),
    );
  }

  /** Starts the program with these arguments. */
  static start(args: readonly string[], options: BridgeInProcessOptions = {}): BridgeInProcess {
    return new BridgeInProcess(args, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.streams.endStdin();
    let ended = false;
    void this.exit.finally(() => ended = true);
    if (this.#clock instanceof FakeClock) {
      await untilPassing(this.#clock, "the end of the bridge", () => ended);
    }
    await within("the end of the bridge", this.exit);
    const { violations } = this.peer;
    if (violations.length === 0) return;
    throw new Error(`The bridge misbehaved: ${violations.join("; ")}\n${this.streams.stderr}`);
  }
}
