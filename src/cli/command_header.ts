import type { HeaderCommand } from "../bridge/sign_in_options.ts";
import { CausewayError } from "../errors.ts";
import type { Logger } from "../log/logger.ts";
import { printable } from "../oauth/network_text.ts";
import type { Clock } from "../platform/clock.ts";
import type { Processes, RunOutcome } from "../platform/processes.ts";
import { readCommandOutput } from "./command_output.ts";

/** The longest run of a program, in milliseconds. */
const LONGEST_RUN = 30_000;
/** Far more than any credential; servers take less. */
const LARGEST_OUTPUT = 64 * 1024;
/** How long before its end a value is replaced, in milliseconds: requests take time, clocks differ. */
const EARLY = 30_000;
/** The shortest time from one run to the next, in milliseconds, unless a server refuses the value. */
const SHORTEST_AGE = 10_000;

const RUN_IT_YOURSELF = "run the command yourself in a terminal; it must work without a question";

/** What a header from a program works with. */
export interface CommandHeaderParts {
  /** Loads what runs programs; only when the first one is run. */
  readonly loadProcesses: () => Promise<Processes>;
  readonly clock: Pick<Clock, "wallTime">;
  readonly logger: Logger;
  readonly redact: (text: string) => string;
  /** Called with each new value, before it is used. */
  readonly onValue: (name: string, value: string) => void;
}

/** A header whose value a program prints. It is run when a value is needed, one run at a time. */
export class CommandHeader {
  readonly #command: HeaderCommand;
  readonly #parts: CommandHeaderParts;
  #value: string | undefined;
  /** When the next run is due, milliseconds since the Unix epoch. */
  #dueAt = Infinity;
  #running: Promise<void> | undefined;

  constructor(command: HeaderCommand, parts: CommandHeaderParts) {
    this.#command = command;
    this.#parts = parts;
  }

  /** The header field's name. */
  get name(): string {
    return this.#command.name;
  }

  /** The value; `undefined` before the first run. */
  get value(): string | undefined {
    return this.#value;
  }

  /** Whether the program runs now. */
  get running(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Sees to it that there is a value that has not expired. If an expired one cannot be replaced, it
   * stays: whether it is good is for the server to say.
   *
   * @throws {CausewayError} `authorization-failed` when there is no value at all
   */
  async refresh(): Promise<void> {
    const { clock, logger } = this.#parts;
    if (this.#value !== undefined && clock.wallTime() < this.#dueAt) return;
    try {
      await this.renew();
    } catch (error) {
      if (this.#value === undefined || !(error instanceof CausewayError)) throw error;
      this.#dueAt = clock.wallTime() + SHORTEST_AGE;
      logger.warn(`${error.message}; the earlier value is sent`);
    }
  }

  /**
   * Runs the program, or waits for the run that is under way.
   *
   * @throws {CausewayError} `authorization-failed`; the value stays as it was
   */
  async renew(): Promise<void> {
    this.#running ??= this.#run().finally(() => this.#running = undefined);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { program, args, name } = this.#command;
    const { clock, onValue, logger } = this.#parts;
    const processes = await this.#parts.loadProcesses();
    logger.debug("Running a program for a header", { header: name, program });
    const outcome = await processes.run(program, args, {
      timeout: LONGEST_RUN,
      outputLimit: LARGEST_OUTPUT,
    });
    if (outcome.kind !== "exited" || outcome.code !== 0) throw this.#failed(outcome);
    const now = clock.wallTime();
    const output = readCommandOutput(name, outcome.stdout, now);
    if (output.kind === "unusable") throw this.#error(output.reason, RUN_IT_YOURSELF);
    if (output.value !== this.#value) onValue(name, output.value);
    this.#value = output.value;
    this.#dueAt = output.expiresAt === undefined
      ? Infinity
      : Math.max(output.expiresAt - EARLY, now + SHORTEST_AGE);
  }

  #failed(outcome: RunOutcome): CausewayError {
    switch (outcome.kind) {
      case "refused":
        return this.#error("it is not among the programs that may be run", RUN_IT_YOURSELF);
      case "not_found":
        return this.#error(
          "there is no such program on the PATH, or it may not be run",
          'clients often start programs with a shorter PATH: set PATH in the "env" of the ' +
            "client's configuration",
        );
      case "timed_out":
        return this.#error(`it did not end within ${LONGEST_RUN / 1000} seconds`, RUN_IT_YOURSELF);
      case "too_much_output":
        return this.#error(`it printed more than ${LARGEST_OUTPUT / 1024} KiB`, RUN_IT_YOURSELF);
      case "exited": {
        const said = this.#firstLine(outcome.stderr);
        return this.#error(
          `it ended with exit code ${outcome.code}${said === "" ? "" : ` and said: ${said}`}`,
          RUN_IT_YOURSELF,
        );
      }
    }
  }

  #firstLine(stderr: Uint8Array): string {
    const lines = this.#parts.redact(new TextDecoder().decode(stderr)).split(/[\r\n]/);
    return printable(lines.find((line) => line.trim() !== "") ?? "");
  }

  #error(what: string, hint: string): CausewayError {
    const { name, program } = this.#command;
    return new CausewayError(
      "authorization-failed",
      `Cannot get the header "${name}" from "${program}": ${what}`,
      { hint, clause: `the header "${name}" cannot be had from "${program}": ${what}` },
    );
  }
}
