import { CausewayError } from "../errors.ts";
import type { Environment } from "../platform/environment.ts";

/** Where credentials lie. */
export interface StoreFolders {
  /** The folder shared with mcp-remote: `MCP_REMOTE_CONFIG_DIR`, or `.mcp-auth` in the home directory. */
  readonly shared: string;
  /** Causeway's own folder in it. */
  readonly own: string;
}

/**
 * The folders of the store, from the environment; nothing is made.
 * @throws {CausewayError} `local-file` when there is neither the variable nor a home directory
 */
export function storeFolders(environment: Environment): StoreFolders {
  const shared = sharedFolder(environment);
  return { shared, own: `${shared}/causeway` };
}

function sharedFolder(environment: Environment): string {
  const given = environment.get("MCP_REMOTE_CONFIG_DIR");
  if (given !== undefined && given !== "") return given;
  if (environment.homeDirectory !== undefined) return `${environment.homeDirectory}/.mcp-auth`;
  throw new CausewayError(
    "local-file",
    "Cannot find the folder for credentials: nothing names a home directory",
    { hint: "Set MCP_REMOTE_CONFIG_DIR to a folder that only you can read" },
  );
}
