// The rules of the terminal UI:
//
//   - Standard output carries JSON-RPC and nothing else, but for --help and --version, which end
//     the program. Everything for people goes to standard error.
//   - Failures read `error: Cannot <action> "<value>": <what is the case>`, one line, no final
//     period; `hint: ` lines follow, with the next step, if possible the very command or flag.
//   - Warnings read `warning: ...`; what is merely said has no prefix.
//   - Everything is one line with nothing unsafe in it: text of the network is escaped and cut.
//   - No line holds a secret. The one exception is the link of a sign-in, which is made to be opened.
//   - A stack is shown with --debug only, and only for a bug of ours.

import { CausewayError, EXIT_CODES } from "../errors.ts";
import { shownText } from "../log/log_line.ts";
import { Redactor } from "../log/redact.ts";

/** How a failure is told. */
export interface ReportOptions {
  readonly writeStderr: (text: string) => void;
  /** Show the stack of an internal error. */
  readonly debug: boolean;
  /** Default: one that knows no registered secrets. */
  readonly redactor?: Redactor;
}

/** Tells the user about a failure that ends the program; returns the exit code. Never throws. */
export function reportError(error: unknown, options: ReportOptions): number {
  const redactor = options.redactor ?? new Redactor();
  if (error instanceof CausewayError && error.code !== "internal") {
    options.writeStderr(`error: ${shownText(error.message, redactor)}\n`);
    writeHint(error.hint, redactor, options);
    return EXIT_CODES[error.code];
  }
  const message = error instanceof Error ? error.message : "something that is no error was thrown";
  options.writeStderr(`error: Internal error: ${shownText(message, redactor)}\n`);
  if (options.debug && error instanceof Error) {
    for (const line of (error.stack ?? "").split("\n").slice(1)) {
      options.writeStderr(`  ${shownText(line.trim(), redactor)}\n`);
    }
  }
  const hint = error instanceof CausewayError ? error.hint : undefined;
  writeHint(hint ?? "this is a bug in Causeway; --debug shows where", redactor, options);
  return EXIT_CODES.internal;
}

function writeHint(hint: string | undefined, redactor: Redactor, options: ReportOptions): void {
  for (const line of hint?.split("\n") ?? []) {
    options.writeStderr(`hint: ${shownText(line, redactor)}\n`);
  }
}
