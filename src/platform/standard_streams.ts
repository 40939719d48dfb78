/** The standard streams of the process, as a port. */
export interface StandardStreams {
  /** Reads the next chunk of standard input; `undefined` at its end. */
  readStdin(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * Writes all bytes to standard output.
   * @throws {StdoutClosed} when the reader is gone (EPIPE)
   */
  writeStdout(bytes: Uint8Array): Promise<void>;
  /** Writes text for people to standard error. Never throws. */
  writeStderr(text: string): void;
  /** Whether a person types the input (standard input is a terminal). */
  readonly stdinIsTerminal: boolean;
  /** Whether a person reads the messages (standard error is a terminal). */
  readonly stderrIsTerminal: boolean;
}

/** Standard output has no reader any more. */
export class StdoutClosed extends Error {
  override readonly name = "StdoutClosed";
}
