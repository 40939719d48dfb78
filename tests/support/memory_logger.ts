import type { LogFields, Logger, LogLevel } from "../../src/log/logger.ts";

/** A logger that keeps what it is told. */
export class MemoryLogger implements Logger {
  readonly lines: string[] = [];

  error(message: string, fields?: LogFields): void {
    this.#add("error", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#add("warn", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#add("info", message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#add("debug", message, fields);
  }

  #add(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.lines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
  }
}
