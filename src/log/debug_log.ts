import type { Clock } from "../platform/clock.ts";
import type { Files } from "../platform/files.ts";
import { logLine } from "./log_line.ts";
import type { LogFields, Logger, LogLevel } from "./logger.ts";
import type { Redactor } from "./redact.ts";

/** The size in bytes at which the log becomes the old log and a new one begins. */
export const LARGEST_DEBUG_LOG = 10 * 1024 * 1024;
/** The most lines kept while the old log is moved. */
const MOST_HELD_LINES = 10_000;

/** Where and how the log is written. */
export interface DebugLogOptions {
  readonly folder: string;
  readonly path: string;
  readonly files: Files;
  readonly clock: Pick<Clock, "wallTime">;
  readonly processId: number;
  readonly redactor: Redactor;
  /** Told once when the log cannot be written; the program goes on without it. */
  readonly onFailure: (reason: string) => void;
  /** Default {@linkcode LARGEST_DEBUG_LOG}. */
  readonly largestSize?: number;
}

/**
 * The log of `--debug`: a file that only its owner can read, a line for each message with time
 * (UTC), process and level, without secrets. When it has grown large it is moved to the same path
 * with `.old`, so that at most two such files exist. Writing it never throws: a full disk must not
 * end the bridge.
 */
export class DebugLog implements Logger {
  readonly #options: DebugLogOptions;
  #size: number;
  #failed = false;
  #moving: Promise<void> | undefined;
  #held: string[] = [];

  private constructor(options: DebugLogOptions, size: number) {
    this.#options = options;
    this.#size = size;
  }

  /** Opens the log, made with its folder when they do not exist; never rejects. */
  static async open(options: DebugLogOptions): Promise<DebugLog> {
    try {
      await options.files.makePrivateFolder(options.folder);
      return new DebugLog(options, (await options.files.info(options.path))?.size ?? 0);
    } catch (error) {
      const log = new DebugLog(options, 0);
      log.#fail(error);
      return log;
    }
  }

  error(message: string, fields: LogFields = {}): void {
    this.#write("error", message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#write("warn", message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    this.#write("info", message, fields);
  }

  debug(message: string, fields: LogFields = {}): void {
    this.#write("debug", message, fields);
  }

  /** Resolves when nothing is being moved; never rejects. */
  async settled(): Promise<void> {
    await this.#moving;
  }

  #write(level: LogLevel, message: string, fields: LogFields): void {
    if (this.#failed) return;
    const { clock, processId, redactor } = this.#options;
    const time = new Date(clock.wallTime()).toISOString();
    const line = `${time} [${processId}] ${level}: ${logLine(message, fields, redactor)}\n`;
    if (this.#moving !== undefined) {
      if (this.#held.length < MOST_HELD_LINES) this.#held.push(line);
      return;
    }
    this.#append(line);
  }

  #append(text: string): void {
    try {
      this.#options.files.appendPrivate(this.#options.path, text);
    } catch (error) {
      return this.#fail(error);
    }
    this.#size += text.length;
    if (this.#size >= (this.#options.largestSize ?? LARGEST_DEBUG_LOG)) this.#moving = this.#move();
  }

  async #move(): Promise<void> {
    const { files, path } = this.#options;
    try {
      const bytes = await files.readBytes(path);
      if (bytes !== undefined) await files.writePrivate(`${path}.old`, bytes);
      await files.remove(path);
      this.#size = 0;
    } catch (error) {
      this.#fail(error);
    }
    this.#moving = undefined;
    const held = this.#held.join("");
    this.#held = [];
    if (held !== "" && !this.#failed) this.#append(held);
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#options.onFailure(error instanceof Error ? error.message : "it failed");
  }
}
