import type { BridgeOptions } from "../bridge/options.ts";
import type { Redactor } from "../log/redact.ts";
import { StderrLogger, TeeLogger, type UserLogger } from "../log/stderr_logger.ts";
import type { Platform } from "../platform/platform.ts";
import { joinPath } from "./config_folder.ts";

/**
 * The logger of a bridge: standard error, and with `--debug` also a file, whose path it tells.
 * Never rejects; without a usable file it goes on with standard error alone.
 */
export async function openLogger(
  options: BridgeOptions,
  platform: Platform,
  redactor: Redactor,
): Promise<UserLogger> {
  const user = new StderrLogger({
    writeStderr: (text) => platform.streams.writeStderr(text),
    redactor,
    silent: options.silent,
  });
  if (!options.debug) return user;
  if (options.configFolder === undefined) {
    user.warn("Cannot write a debug log: there is no home directory; set MCP_REMOTE_CONFIG_DIR");
    return user;
  }
  const [{ DebugLog }, { mcpRemoteHash }] = await Promise.all([
    import("../log/debug_log.ts"),
    import("../credentials/mcp_remote_hash.ts"),
  ]);
  const name = `${mcpRemoteHash(options.mcpRemoteIdentity)}_debug.log`;
  const path = joinPath(platform.environment, options.configFolder, name);
  const log = await DebugLog.open({
    folder: options.configFolder,
    path,
    files: platform.files,
    clock: platform.clock,
    processId: platform.environment.processId,
    redactor,
    onFailure: (reason) => user.warn(`The debug log ends here: ${reason}`),
  });
  user.info(`The debug log is ${path}`);
  return new TeeLogger(user, log, redactor);
}
