/** How important a message is: `error` and `warn` and `info` are for the user, `debug` for `--debug`. */
export type LogLevel = "error" | "warn" | "info" | "debug";

/** One fact beside a message. Values from the network are printed escaped and cut. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes messages for people; never to standard output. Secrets are redacted by the logger itself. */
export interface Logger {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
}

/** A logger that says nothing (for tests, and for parts that need none). */
export const SILENT_LOGGER: Logger = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
};
