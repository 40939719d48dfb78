import type { OperatingSystem } from "./environment.ts";

/** What a program is started for. */
export type ProgramPurpose = "browser" | "keychain" | "credentials";

/** A program that Causeway may start. */
export interface AllowedProgram {
  /** The name as looked up on the PATH, or the absolute path. */
  readonly name: string;
  readonly purpose: ProgramPurpose;
  /** The operating systems on which it is needed. */
  readonly systems: readonly OperatingSystem[];
}

const EVERY_SYSTEM: readonly OperatingSystem[] = ["linux", "macos", "windows"];

/**
 * Every program that Causeway may ever start, on any system. The list is closed: the build grants
 * the binary leave to run exactly these, and nothing can widen it afterwards.
 */
export const ALLOWED_PROGRAMS: readonly AllowedProgram[] = [
  { name: "xdg-open", purpose: "browser", systems: ["linux"] },
  { name: "wslview", purpose: "browser", systems: ["linux"] },
  // On Linux it is reached only from within WSL.
  { name: "rundll32.exe", purpose: "browser", systems: ["linux", "windows"] },
  { name: "/usr/bin/open", purpose: "browser", systems: ["macos"] },
  { name: "secret-tool", purpose: "keychain", systems: ["linux"] },
  { name: "/usr/bin/security", purpose: "keychain", systems: ["macos"] },
  { name: "powershell.exe", purpose: "keychain", systems: ["windows"] },
  ...["gcloud", "az", "aws", "kubectl", "coder", "gh", "op", "vault", "pass"].map(
    credentialProgram,
  ),
  // A name under which users put a program of their own on the PATH.
  credentialProgram("causeway-credential-helper"),
];

/** The names of the programs that the binary for an operating system may start. */
export function allowedPrograms(operatingSystem: OperatingSystem): readonly string[] {
  return ALLOWED_PROGRAMS
    .filter((program) => program.systems.includes(operatingSystem))
    .map((program) => program.name);
}

/**
 * Whether the program may be started; with a purpose, whether it may be started for that. Compare
 * what a user names with purpose `credentials`, so that a keychain tool is not theirs to run.
 */
export function isAllowedProgram(name: string, purpose?: ProgramPurpose): boolean {
  return ALLOWED_PROGRAMS.some((program) => {
    return program.name === name && (purpose === undefined || program.purpose === purpose);
  });
}

function credentialProgram(name: string): AllowedProgram {
  return { name, purpose: "credentials", systems: EVERY_SYSTEM };
}
