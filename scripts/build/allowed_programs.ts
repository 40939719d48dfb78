import { allowedPrograms } from "../../src/platform/allowed_programs.ts";

/** The programs that the binary for a system (as `Deno.build.os` names it) may start: a closed list. */
export function programsFor(os: string): readonly string[] {
  switch (os) {
    case "darwin":
      return allowedPrograms("macos");
    case "windows":
      return allowedPrograms("windows");
    default:
      return allowedPrograms("linux");
  }
}
