/**
 * The kinds of failure that Causeway tells apart. Each has one exit code and at most one JSON-RPC
 * error code (see {@linkcode EXIT_CODES} and {@linkcode JSON_RPC_CODES}).
 */
export type ErrorCode =
  | "internal"
  | "usage"
  | "server-unreachable"
  | "authorization-failed"
  | "incompatible-server"
  | "local-file";

/** The process exit code of each kind of failure. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  "internal": 1,
  "usage": 2,
  "server-unreachable": 3,
  "authorization-failed": 4,
  "incompatible-server": 5,
  "local-file": 6,
};

/** The JSON-RPC error code with which each kind of failure answers a request. */
export const JSON_RPC_CODES: Readonly<Record<ErrorCode, number>> = {
  "internal": -32603,
  "usage": -32602,
  "server-unreachable": -32000,
  "authorization-failed": -32010,
  "incompatible-server": -32022,
  "local-file": -32603,
};

/** What a {@linkcode CausewayError} carries beside its code and message. */
export interface CausewayErrorOptions {
  /** The next step for the person who reads it, often the very command or flag. */
  readonly hint?: string;
  /** The failure as a clause of a sentence that names the server already; the message when absent. */
  readonly clause?: string;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * A failure with a meaning for the user. The message reads
 * `Cannot <action> "<value>": <what is the case>`, in sentence case and without a final period;
 * it never holds a secret.
 */
export class CausewayError extends Error {
  override readonly name = "CausewayError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Completes `Cannot <do something at the server>: ...`. */
  readonly clause: string;

  constructor(code: ErrorCode, message: string, options: CausewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.clause = options.clause ?? message;
  }
}
