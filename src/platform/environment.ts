/** The operating systems that Causeway tells apart. */
export type OperatingSystem = "linux" | "macos" | "windows";

/** The environment of the process, as a port. */
export interface Environment {
  /** The value of the environment variable, or `undefined` when it is not set. */
  get(name: string): string | undefined;
  readonly operatingSystem: OperatingSystem;
  /** The user's home directory, found without a shell; `undefined` when nothing names one. */
  readonly homeDirectory: string | undefined;
  readonly processId: number;
}
