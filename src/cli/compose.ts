import { runBridge } from "../bridge/run_bridge.ts";
import type { BridgeOptions } from "../bridge/options.ts";
import { SignInStatus } from "../bridge/sign_in_status.ts";
import { toolFilter } from "../bridge/tool_filter.ts";
import { LiveHeadersClient } from "../http/live_headers_client.ts";
import { OriginBoundClient } from "../http/origin_bound_client.ts";
import { displayUrl } from "../http/addresses.ts";
import type { Redactor } from "../log/redact.ts";
import type { UserLogger } from "../log/stderr_logger.ts";
import type { HttpClient, HttpHeader } from "../platform/http_client.ts";
import type { Platform } from "../platform/platform.ts";
import { proxyFor } from "../platform/proxy_settings.ts";
import { ServerConnection } from "../transport/server_connection.ts";
import { LiveHeaders } from "./live_headers.ts";
import { type SignInClient, signInClient } from "./sign_in_client.ts";

/** What a bridge is composed of. */
export interface BridgeCommand {
  readonly options: BridgeOptions;
  readonly platform: Platform;
  readonly logger: UserLogger;
  readonly redactor: Redactor;
}

/**
 * Puts a bridge together and runs it: the one place where concrete classes meet.
 * @returns the exit code of the process
 */
export async function runBridgeCommand(command: BridgeCommand): Promise<number> {
  const { options, platform, logger, redactor } = command;
  const status = new SignInStatus();
  let connection: ServerConnection | undefined;
  const headers = liveHeaders(command);
  const { http, paste, finish } = openHttp(command, {
    headers,
    status,
    mayWait: () => options.signIn.waitForAuth || connection?.ready !== true,
  });
  const code = await runBridge({
    streams: platform.streams,
    signals: platform.signals,
    clock: platform.clock,
    logger,
    serverUrl: options.serverUrl,
    maxMessageBytes: options.maxMessageBytes,
    allowedTools: toolFilter(options.tools),
    mergePages: options.mergePages,
    pingInterval: options.pingInterval,
    signIn: options.signIn.waitForAuth ? undefined : status,
    paste: platform.streams.stdinIsTerminal
      ? async (text) => logger.notice(await paste(text))
      : undefined,
    finish,
    announce: () => announce(command),
    connect: ({ open, deliver }) => {
      connection = new ServerConnection({
        url: options.serverUrl,
        http,
        clock: platform.clock,
        logger,
        open,
        deliver,
        timeouts: options.timeouts,
        isSigningIn: () => status.running || headers.running,
        maxMessageBytes: options.maxMessageBytes,
        redact: (text) => redactor.redact(text),
        random: Math.random,
      }, options.transport);
      return connection;
    },
  });
  http.close();
  return code;
}

function announce({ options, platform, logger }: BridgeCommand): void {
  logger.info(`Bridging to ${displayUrl(options.serverUrl)}`);
  if (!platform.streams.stdinIsTerminal) return;
  logger.info("Waiting for an MCP client's messages on standard input; clients start this program");
}

/** The user's header fields, as they are now: files and programs that they come from may change. */
function liveHeaders({ options, platform, logger, redactor }: BridgeCommand): LiveHeaders {
  return new LiveHeaders({
    headers: options.headers,
    sources: options.headerSources,
    commands: options.signIn.headerCommands,
    files: platform.files,
    lookUp: (name) => platform.environment.secret(name),
    clock: platform.clock,
    logger,
    loadProcesses: async () => (await platform.loadSignIn()).processes,
    redact: (text) => redactor.redact(text),
    onValue: (name, value) => redactor.registerHeader(name, value),
  });
}

interface HttpParts {
  readonly headers: LiveHeaders;
  readonly status: SignInStatus;
  readonly mayWait: () => boolean;
}

/** The client for the server: headers, cookies and redirects within, the sign-in around them. */
function openHttp(command: BridgeCommand, { headers, status, mayWait }: HttpParts): SignInClient {
  const { options, platform, logger, redactor } = command;
  const client = openSystemClient(command);
  const bound = new OriginBoundClient(client, {
    server: options.serverUrl,
    headers: () => headers.current(),
    keepCookies: options.keepCookies,
    wallTime: () => platform.clock.wallTime(),
  });
  const inner = headers.changeable
    ? new LiveHeadersClient(bound, headers, options.serverUrl)
    : bound;
  // Credentials that the user gave are his choice: they are not replaced by others.
  if (headers.has("authorization")) {
    const paste = () => Promise.resolve("No sign-in waits for a pasted URL");
    return { http: inner, paste, finish: () => Promise.resolve() };
  }
  const headersFor = (url: URL): readonly HttpHeader[] =>
    url.origin === options.serverUrl.origin ? headers.current() : [];
  return signInClient({
    options,
    platform,
    logger,
    http: client,
    headersFor,
    inner,
    status,
    redactor,
    mayWait,
  });
}

function openSystemClient({ options, platform }: BridgeCommand): HttpClient {
  return platform.openHttpClient({
    trustedCertificates: options.trustedCertificates,
    ...(options.clientCertificate === undefined
      ? {}
      : { clientCertificate: options.clientCertificate }),
    ipv4Only: options.ipv4Only,
    connectTimeout: options.timeouts.connect,
    proxyFor: (url) => proxyFor(url, platform.environment),
  });
}
