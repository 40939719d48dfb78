import type { Environment, OperatingSystem } from "../../src/platform/environment.ts";

/** An environment of exactly these variables, without a home directory. */
export function environmentOf(
  operatingSystem: OperatingSystem,
  variables: Readonly<Record<string, string>> = {},
): Environment {
  return {
    operatingSystem,
    homeDirectory: undefined,
    processId: 4711,
    get: (name) => variables[name],
    secret: (name) => variables[name],
    secretNames: new Set(),
  };
}
