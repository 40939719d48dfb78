import type { Environment, OperatingSystem } from "./environment.ts";

/** Reads one environment variable. */
export type ReadVariable = (name: string) => string | undefined;

/** The part of `node:os` that is used, and only when no variable names the home directory. */
interface OperatingSystemModule {
  homedir(): string;
}

/** The environment of this process. Nothing is read before it is asked for. */
export class SystemEnvironment implements Environment {
  readonly operatingSystem: OperatingSystem = operatingSystemOf(Deno.build.os);
  readonly secretNames = new Set<string>();
  #homeDirectory: { readonly path: string | undefined } | undefined;

  get(name: string): string | undefined {
    // The runtime throws for a name that no operating system could hold.
    if (name === "" || /[=\0]/.test(name)) return undefined;
    return Deno.env.get(name);
  }

  secret(name: string): string | undefined {
    this.secretNames.add(name);
    return this.get(name);
  }

  get homeDirectory(): string | undefined {
    this.#homeDirectory ??= {
      path: homeFromVariables(this.operatingSystem, (name) => this.get(name)) ?? homeFromAccount(),
    };
    return this.#homeDirectory.path;
  }

  get processId(): number {
    return Deno.pid;
  }
}

/**
 * The home directory as the variables name it: `HOME`, on Windows first `USERPROFILE`, then
 * `HOMEDRIVE` with `HOMEPATH`. An empty variable counts as one that is not set.
 */
export function homeFromVariables(
  operatingSystem: OperatingSystem,
  read: ReadVariable,
): string | undefined {
  const home = nonEmpty(read("HOME"));
  if (operatingSystem !== "windows") return home;
  const drive = nonEmpty(read("HOMEDRIVE"));
  const path = nonEmpty(read("HOMEPATH"));
  const joined = drive !== undefined && path !== undefined ? drive + path : undefined;
  return nonEmpty(read("USERPROFILE")) ?? joined ?? home;
}

/** Every system that is neither Windows nor macOS is treated as Linux. */
function operatingSystemOf(name: string): OperatingSystem {
  if (name === "windows") return "windows";
  return name === "darwin" ? "macos" : "linux";
}

/** The home directory of the account (the password file); `undefined` without leave to ask for it. */
function homeFromAccount(): string | undefined {
  const host: { process?: { getBuiltinModule?(name: "node:os"): OperatingSystemModule } } =
    globalThis;
  try {
    // By this way the module is loaded only here, and at once: an import would cost every start.
    return nonEmpty(host.process?.getBuiltinModule?.("node:os").homedir());
  } catch {
    return undefined;
  }
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
