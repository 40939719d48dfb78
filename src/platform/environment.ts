/** The operating systems that Causeway tells apart. */
export type OperatingSystem = "linux" | "macos" | "windows";

/** The environment of the process, as a port. */
export interface Environment {
  /** The value of the environment variable, or `undefined` when it is not set. */
  get(name: string): string | undefined;
  /**
   * As {@linkcode get}, for a variable that the user names for a secret: programs that have nothing to
   * do with it are started without it.
   */
  secret(name: string): string | undefined;
  /** Every name that was asked for by {@linkcode secret} so far. */
  readonly secretNames: ReadonlySet<string>;
  readonly operatingSystem: OperatingSystem;
  /** The user's home directory, found without a shell; `undefined` when nothing names one. */
  readonly homeDirectory: string | undefined;
  readonly processId: number;
}
