import {
  type BridgeOptions,
  type BridgeTimeouts,
  type HeaderSource,
  PROTOCOL_MODES,
  TRANSPORT_STRATEGIES,
} from "../bridge/options.ts";
import type { HeaderCommand } from "../bridge/sign_in_options.ts";
import type { Clock } from "../platform/clock.ts";
import type { Environment } from "../platform/environment.ts";
import type { Files } from "../platform/files.ts";
import type { HttpHeader } from "../platform/http_client.ts";
import { readClientCertificate, readTrustedCertificates } from "./certificates.ts";
import { configFolder } from "./config_folder.ts";
import { toMilliseconds } from "./durations.ts";
import { splitHeader } from "./header_fields.ts";
import { readHeaderSources } from "./header_sources.ts";
import type { GivenFlags, LowArguments } from "./low_arguments.ts";
import { resolveSignIn } from "./resolve_sign_in.ts";
import { parseServerUrl } from "./server_url.ts";

const DEFAULT_CONNECT_SECONDS = "10";
/** As mcp-remote; here it only makes a silent listening stream be opened anew. */
const DEFAULT_LISTENING_SECONDS = "300";
const DEFAULT_START_SECONDS = "10";
const DEFAULT_PING_SECONDS = "30";
const DEFAULT_MESSAGE_MEBIBYTES = "256";

/** The options of a bridge, and what the user should know about how they came to be. */
export interface Resolution {
  readonly options: BridgeOptions;
  readonly warnings: readonly string[];
}

/** What resolving asks of the operating system. */
export interface ResolveContext {
  readonly environment: Environment;
  readonly files: Files;
  readonly clock: Pick<Clock, "wallTime">;
}

/**
 * Makes the options of a bridge of what was typed: judges the URL, reads files and environment,
 * fills in defaults. Opens no connection.
 *
 * @throws {CausewayError} usage or local-file
 */
export async function resolveBridge(
  low: LowArguments,
  context: ResolveContext,
): Promise<Resolution> {
  const { flags } = low;
  const { environment, files } = context;
  const lookUp = (name: string) => environment.secret(name);
  const allowHttp = flags.has("allow-http");
  const serverUrl = parseServerUrl(low.serverUrl, allowHttp);
  const headerSources = sourcesOf(flags);
  const read = await readHeaderSources(headerSources, files, lookUp);
  const headerCommands = await headerCommandsOf(flags, read.unexpanded);
  const signIn = await resolveSignIn(
    { low, serverUrl, headers: read.unexpanded, headerCommands },
    { environment, files, lookUp, wallTime: () => context.clock.wallTime() },
  );
  const trusted = await readTrustedCertificates(
    flags.all("ca-cert"),
    files,
    (name) => environment.get(name),
  );
  const options: BridgeOptions = {
    serverUrl,
    allowHttp,
    transport: oneOf(TRANSPORT_STRATEGIES, flags.value("transport")),
    protocol: oneOf(PROTOCOL_MODES, flags.value("protocol")),
    headers: read.headers,
    headerSources,
    keepCookies: !flags.has("disable-cookies"),
    timeouts: timeoutsOf(flags),
    pingInterval: pingIntervalOf(flags),
    maxMessageBytes: toBytes(flags.value("max-message-size") ?? DEFAULT_MESSAGE_MEBIBYTES),
    tools: { allow: flags.all("allow-tool"), ignore: flags.all("ignore-tool") },
    mergePages: flags.has("merge-pages"),
    trustedCertificates: trusted.certificates,
    clientCertificate: await readClientCertificate(
      flags.value("client-cert"),
      flags.value("client-key"),
      files,
    ),
    ipv4Only: flags.has("ipv4"),
    signIn: signIn.options,
    configFolder: configFolder(environment),
    mcpRemoteIdentity: signIn.mcpRemoteIdentity,
    debug: flags.has("debug"),
    silent: flags.has("silent"),
  };
  return { options, warnings: [...read.warnings, ...signIn.warnings, ...trusted.warnings] };
}

function sourcesOf(flags: GivenFlags): readonly HeaderSource[] {
  return flags.inOrder("header", "header-env", "header-file").map(({ name, value }) => {
    if (name === "header-file") return { kind: "file", path: value };
    if (name === "header") return { kind: "field", field: splitHeader(value, "--header") };
    const equals = value.indexOf("=");
    return {
      kind: "field",
      field: [value.slice(0, equals), `\${${value.slice(equals + 1)}}`],
    };
  });
}

/** Loaded only where it is needed, like all that few bridges need. */
async function headerCommandsOf(
  flags: GivenFlags,
  others: readonly HttpHeader[],
): Promise<readonly HeaderCommand[]> {
  const values = flags.all("header-command");
  if (values.length === 0) return [];
  const { resolveHeaderCommands } = await import("./resolve_header_commands.ts");
  return resolveHeaderCommands(values, others.map(([name]) => name));
}

/** The word that was given, which the parser has checked; the first word when none was. */
function oneOf<Word extends string>(words: readonly [Word, ...Word[]], given?: string): Word {
  return words.find((word) => word === given) ?? words[0];
}

function timeoutsOf(flags: GivenFlags): BridgeTimeouts {
  return {
    connect: toMilliseconds(flags.value("connect-timeout") ?? DEFAULT_CONNECT_SECONDS),
    headers: toMilliseconds(flags.value("headers-timeout") ?? "0"),
    body: toMilliseconds(flags.value("body-timeout") ?? "0"),
    listening: toMilliseconds(flags.value("body-timeout") ?? DEFAULT_LISTENING_SECONDS),
    start: toMilliseconds(flags.value("start-timeout") ?? DEFAULT_START_SECONDS),
  };
}

function pingIntervalOf(flags: GivenFlags): number | undefined {
  const given = flags.value("ping-interval");
  if (given === undefined && !flags.has("keep-alive")) return undefined;
  return toMilliseconds(given ?? DEFAULT_PING_SECONDS);
}

function toBytes(mebibytes: string): number {
  return Math.max(1, Math.round(Number(mebibytes) * 1024 * 1024));
}
