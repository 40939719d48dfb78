import { Redactor } from "../log/redact.ts";
import type { Platform } from "../platform/platform.ts";
import { StdoutClosed } from "../platform/standard_streams.ts";
import type { BridgeCommand } from "./compose.ts";
import type { LowArguments } from "./low_arguments.ts";
import { openLogger } from "./open_logger.ts";
import { parseArguments } from "./parse.ts";
import { reportError } from "./report_error.ts";
import { resolveBridge } from "./resolve.ts";
import { VERSION } from "./version.ts";

/** Runs a bridge to its end and resolves to the exit code. */
export type StartBridge = (command: BridgeCommand) => Promise<number>;

/**
 * Runs the program to its end and resolves to its exit code; never rejects. What `--help` and
 * `--version` show goes to standard output, all else to standard error.
 */
export async function run(
  args: readonly string[],
  platform: Platform,
  startBridge: StartBridge = composeAndStart,
): Promise<number> {
  const redactor = new Redactor();
  try {
    const parsed = parseArguments(args);
    switch (parsed.kind) {
      case "help": {
        const { helpText } = await import("./help.ts");
        return await show(helpText(parsed.detail), platform);
      }
      case "version":
        return await show(`${VERSION}\n`, platform);
      case "bridge":
        return await runBridge(parsed.low, { platform, redactor, startBridge });
    }
  } catch (error) {
    return reportError(error, {
      writeStderr: (text) => platform.streams.writeStderr(text),
      debug: args.includes("--debug"),
      redactor,
    });
  }
}

async function runBridge(
  low: LowArguments,
  context: { platform: Platform; redactor: Redactor; startBridge: StartBridge },
): Promise<number> {
  const { platform, redactor } = context;
  const { options, warnings } = await resolveBridge(low, platform);
  for (const [name, value] of options.headers) redactor.registerHeader(name, value);
  const { clientSecret } = options.signIn.settings.client ?? {};
  if (clientSecret !== undefined) redactor.registerSecret(clientSecret);
  const logger = await openLogger(options, platform, redactor);
  logger.debug("Causeway starts", {
    version: VERSION,
    system: platform.environment.operatingSystem,
    transport: options.transport,
    headers: options.headers.map(([name]) => name).join(" "),
  });
  for (const warning of warnings) logger.warn(warning);
  try {
    return await context.startBridge({ options, platform, logger, redactor });
  } catch (error) {
    const shown = error instanceof Error ? error.stack ?? error.message : String(error);
    logger.debug("The bridge failed", { error: shown });
    throw error;
  }
}

/** Loads the bridge only now: help and mistakes in the arguments need none of it. */
async function composeAndStart(command: BridgeCommand): Promise<number> {
  const { runBridgeCommand } = await import("./compose.ts");
  return await runBridgeCommand(command);
}

async function show(text: string, platform: Platform): Promise<number> {
  try {
    await platform.streams.writeStdout(new TextEncoder().encode(text));
  } catch (error) {
    // The reader has seen enough, as in `causeway --help | head -1`.
    if (!(error instanceof StdoutClosed)) throw error;
  }
  return 0;
}
