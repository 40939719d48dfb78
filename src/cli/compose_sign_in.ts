import { McpRemoteStore } from "../credentials/mcp_remote_store.ts";
import { openCredentials } from "../credentials/open_credentials.ts";
import type { BridgeOptions } from "../bridge/options.ts";
import type { UserLogger } from "../log/stderr_logger.ts";
import { LoopbackReceiver } from "../oauth/loopback_receiver.ts";
import type { SignInPresenter } from "../oauth/ports.ts";
import type { SignInPorts } from "../oauth/sign_in.ts";
import { TokenSource } from "../oauth/token_source.ts";
import type { HttpClient, HttpHeader } from "../platform/http_client.ts";
import type { Platform } from "../platform/platform.ts";

/** What signing in is composed of. */
export interface SignInParts {
  readonly options: BridgeOptions;
  readonly platform: Platform;
  readonly logger: UserLogger;
  /** A client that adds nothing to requests and follows no redirects. */
  readonly http: HttpClient;
  /** The user's header fields for a URL. */
  readonly headersFor: (url: URL) => readonly HttpHeader[];
  readonly presenter: SignInPresenter;
}

/** The tokens of a bridge, and the way in for a callback URL that the user pastes. */
export interface ComposedSignIn {
  readonly tokens: TokenSource;
  readonly receiver: LoopbackReceiver;
}

/**
 * Puts the sign-in together: loaded only when a server asks for it or credentials are stored.
 * @throws {CausewayError} `local-file` when there is no folder for credentials
 */
export async function composeSignIn(parts: SignInParts): Promise<ComposedSignIn> {
  const { options: { signIn, mcpRemoteIdentity }, platform, logger, http, headersFor } = parts;
  const { clock, environment, files } = platform;
  const { fileLocks, processes, listeners, browser } = await platform.loadSignIn();
  const stored = { environment, files, fileLocks, processes, clock, logger };
  const { folders, store, lock } = openCredentials(stored, signIn.store);
  const receiver = new LoopbackReceiver({
    listeners,
    settings: signIn.callback,
    clock,
    logger,
  });
  const { client } = signIn.settings;
  const ports: SignInPorts = {
    http,
    headersFor,
    clock,
    logger,
    store,
    foreign: new McpRemoteStore({
      files,
      folder: folders.shared,
      identity: mcpRemoteIdentity,
      ...(client === undefined ? {} : { preRegistered: client }),
    }),
    lock,
    browser: signIn.openBrowser ? browser : { open: () => Promise.resolve(false) },
    receiver,
    presenter: parts.presenter,
  };
  return { tokens: new TokenSource(signIn.settings, ports), receiver };
}
