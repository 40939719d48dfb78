import { escapeText } from "./escape_text.ts";
import { logLine, shownText } from "./log_line.ts";
import type { LogFields, Logger } from "./logger.ts";
import type { Redactor } from "./redact.ts";

/** A logger that can also tell the user what they must act on themselves. */
export interface UserLogger extends Logger {
  /**
   * Shows lines that the user must see whatever the flags say, such as the link of a sign-in. They
   * are shown whole and unredacted, so never pass text of a server.
   */
  notice(text: string): void;
}

/** How messages get to standard error. */
export interface StderrLoggerOptions {
  readonly writeStderr: (text: string) => void;
  readonly redactor: Redactor;
  /** Show errors and notices only. */
  readonly silent: boolean;
}

/**
 * Messages for people, one line each, on standard error: errors as `error: ...`, warnings as
 * `warning: ...`, the rest without a prefix. Debug messages are for the file.
 */
export class StderrLogger implements UserLogger {
  readonly #options: StderrLoggerOptions;

  constructor(options: StderrLoggerOptions) {
    this.#options = options;
  }

  error(message: string, fields: LogFields = {}): void {
    this.#write("error: ", message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    if (!this.#options.silent) this.#write("warning: ", message, fields);
  }

  info(message: string, fields: LogFields = {}): void {
    if (!this.#options.silent) this.#write("", message, fields);
  }

  debug(): void {}

  notice(text: string): void {
    const lines = text.split("\n").map((line) => `${escapeText(line)}\n`);
    this.#options.writeStderr(lines.join(""));
  }

  #write(prefix: string, message: string, fields: LogFields): void {
    this.#options.writeStderr(`${prefix}${logLine(message, fields, this.#options.redactor)}\n`);
  }
}

/** Sends messages to the user and to a file; of notices the file gets the redacted text. */
export class TeeLogger implements UserLogger {
  readonly #user: UserLogger;
  readonly #file: Logger;
  readonly #redactor: Redactor;

  constructor(user: UserLogger, file: Logger, redactor: Redactor) {
    this.#user = user;
    this.#file = file;
    this.#redactor = redactor;
  }

  error(message: string, fields?: LogFields): void {
    this.#user.error(message, fields);
    this.#file.error(message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#user.warn(message, fields);
    this.#file.warn(message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#user.info(message, fields);
    this.#file.info(message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#file.debug(message, fields);
  }

  notice(text: string): void {
    this.#user.notice(text);
    this.#file.info(shownText(text, this.#redactor));
  }
}
