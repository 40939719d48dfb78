/** How a program is run. */
export interface RunOptions {
  /** What the program reads on its standard input; without it, nothing. */
  readonly stdin?: Uint8Array<ArrayBuffer>;
  /** Longest run, in milliseconds; then the program is killed. */
  readonly timeout: number;
  /** Longest standard output (and standard error), in bytes; beyond it the program is killed. */
  readonly outputLimit: number;
}

/** What became of a program that was run to its end. Its output may hold secrets: never log it. */
export type RunOutcome =
  | {
    readonly kind: "exited";
    /** 0 for success; 128 and more when a signal ended it. */
    readonly code: number;
    readonly stdout: Uint8Array<ArrayBuffer>;
    readonly stderr: Uint8Array<ArrayBuffer>;
  }
  /** The program is not on the closed list of `allowed_programs.ts`. */
  | { readonly kind: "refused" }
  /** There is no such program, or it may not be run. */
  | { readonly kind: "not_found" }
  | { readonly kind: "timed_out" }
  | { readonly kind: "too_much_output" };

/** What became of a program that was left running. */
export type LaunchOutcome =
  /** It still ran after the time to settle. */
  | { readonly kind: "running" }
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "refused" }
  | { readonly kind: "not_found" };

/** Other programs, as a port: a closed list of them, never a shell. */
export interface Processes {
  /** Runs the program with exactly these arguments and waits for its end. Never throws. */
  run(program: string, args: readonly string[], options: RunOptions): Promise<RunOutcome>;
  /**
   * Starts the program apart from this process, which it outlives, without any stream, and looks for
   * `settle` milliseconds whether it ends. Never throws.
   */
  launch(program: string, args: readonly string[], settle: number): Promise<LaunchOutcome>;
}
