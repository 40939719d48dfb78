import type { Environment } from "../platform/environment.ts";

/**
 * The folder of credentials and debug logs: MCP_REMOTE_CONFIG_DIR, else `.mcp-auth` in the home
 * directory, as in mcp-remote; `undefined` when nothing names a home directory.
 */
export function configFolder(environment: Environment): string | undefined {
  const given = environment.get("MCP_REMOTE_CONFIG_DIR");
  if (given !== undefined && given !== "") return given;
  const home = environment.homeDirectory;
  return home === undefined || home === "" ? undefined : joinPath(environment, home, ".mcp-auth");
}

/** The path of `name` in a folder, with the separator of the operating system. */
export function joinPath(environment: Environment, folder: string, name: string): string {
  const separator = environment.operatingSystem === "windows" ? "\\" : "/";
  return /[/\\]$/.test(folder) ? `${folder}${name}` : `${folder}${separator}${name}`;
}
