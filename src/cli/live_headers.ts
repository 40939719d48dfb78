import type { HeaderSource } from "../bridge/options.ts";
import type { HeaderCommand } from "../bridge/sign_in_options.ts";
import { CausewayError } from "../errors.ts";
import type { RenewableHeaders } from "../http/live_headers_client.ts";
import type { Clock } from "../platform/clock.ts";
import type { Files } from "../platform/files.ts";
import type { HttpHeader } from "../platform/http_client.ts";
import { CommandHeader, type CommandHeaderParts } from "./command_header.ts";
import type { LookUp } from "./header_fields.ts";
import { readHeaderSources } from "./header_sources.ts";

/** How long, in milliseconds, header files are taken to be unchanged. */
const UNCHANGED = 1000;

/** What live headers are made of. */
export interface LiveHeadersOptions extends CommandHeaderParts {
  /** The fields as they stood at start. */
  readonly headers: readonly HttpHeader[];
  /** What they were made of, to read files again. */
  readonly sources: readonly HeaderSource[];
  readonly commands: readonly HeaderCommand[];
  readonly files: Files;
  readonly lookUp: LookUp;
  readonly clock: Pick<Clock, "now" | "wallTime">;
}

/** The user's own header fields as they are now: header files may change, programs print new values. */
export class LiveHeaders implements RenewableHeaders {
  readonly #options: LiveHeadersOptions;
  readonly #commands: readonly CommandHeader[];
  readonly #paths: readonly string[];
  #given: readonly HttpHeader[];
  #version = 0;
  /** What is known of the files as they were last read. */
  #stamp: string | undefined;
  #lookedAt = -Infinity;
  #looking: Promise<void> | undefined;
  #warned = false;

  constructor(options: LiveHeadersOptions) {
    this.#options = options;
    this.#given = options.headers;
    this.#paths = options.sources.flatMap((source) => source.kind === "file" ? [source.path] : []);
    this.#commands = options.commands.map((command) =>
      new CommandHeader(command, {
        ...options,
        onValue: (name, value) => {
          options.onValue(name, value);
          this.#version++;
        },
      })
    );
  }

  get version(): number {
    return this.#version;
  }

  /** Whether a program runs now, for which a request waits. */
  get running(): boolean {
    return this.#commands.some((command) => command.running);
  }

  /** Whether any value can change: else nothing has to be refreshed. */
  get changeable(): boolean {
    return this.#commands.length > 0 || this.#paths.length > 0;
  }

  /** Whether the user gives the header of this name, in any case; also if its program has not run. */
  has(name: string): boolean {
    const wanted = name.toLowerCase();
    return [...this.#given.map(([given]) => given), ...this.#commands.map((one) => one.name)]
      .some((given) => given.toLowerCase() === wanted);
  }

  /** The fields, one a name; without those whose program has not been run. */
  current(): readonly HttpHeader[] {
    if (this.#commands.length === 0) return this.#given;
    const commanded = new Set(this.#commands.map(({ name }) => name.toLowerCase()));
    return [
      ...this.#given.filter(([name]) => !commanded.has(name.toLowerCase())),
      ...this.#commands.flatMap(({ name, value }): readonly HttpHeader[] =>
        value === undefined ? [] : [[name, value]]
      ),
    ];
  }

  async refresh(): Promise<void> {
    const { clock } = this.#options;
    if (clock.now() - this.#lookedAt >= UNCHANGED) await this.#lookAtFiles();
    await Promise.all(this.#commands.map((command) => command.refresh()));
  }

  async renew(refused: number): Promise<boolean> {
    if (this.#version !== refused) return true;
    await this.#lookAtFiles();
    await Promise.all(this.#commands.map((command) => command.renew()));
    return this.#version !== refused;
  }

  async #lookAtFiles(): Promise<void> {
    if (this.#paths.length === 0) return;
    this.#looking ??= this.#readChanged().finally(() => this.#looking = undefined);
    await this.#looking;
  }

  /** A file that cannot be read keeps its last values: it may be in the middle of being replaced. */
  async #readChanged(): Promise<void> {
    const { sources, files, lookUp, clock, logger } = this.#options;
    this.#lookedAt = clock.now();
    try {
      const stamp = JSON.stringify(await Promise.all(this.#paths.map((path) => files.info(path))));
      if (stamp === this.#stamp) return;
      const { headers } = await readHeaderSources(sources, files, lookUp);
      this.#stamp = stamp;
      this.#warned = false;
      this.#replace(headers);
    } catch (error) {
      if (!(error instanceof CausewayError)) throw error;
      if (!this.#warned) logger.warn(`${error.message}; the earlier headers are sent`);
      this.#warned = true;
    }
  }

  #replace(headers: readonly HttpHeader[]): void {
    if (JSON.stringify(headers) === JSON.stringify(this.#given)) return;
    for (const [name, value] of headers) this.#options.onValue(name, value);
    this.#given = headers;
    this.#version++;
  }
}
