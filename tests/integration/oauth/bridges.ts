import {
  FetchClient,
  MemoryCredentials,
  MemoryLock,
  TestBrowser,
  TestPresenter,
  TestReceiver,
} from "./doubles.ts";
import { SILENT_LOGGER } from "../../../src/log/logger.ts";
import { AuthorizedHttpClient } from "../../../src/oauth/authorized_http_client.ts";
import type { SignInPorts, SignInSettings } from "../../../src/oauth/sign_in.ts";
import { TokenSource } from "../../../src/oauth/token_source.ts";
import type { HttpClient } from "../../../src/platform/http_client.ts";
import {
  type FakeAuthorizationServer,
  startFakeAuthorizationServer,
} from "../../support/fake_authorization_server/fake_authorization_server.ts";
import type { FakeAuthorizationOptions } from "../../support/fake_authorization_server/options.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** The machine of a user: what all bridges on it share. */
export interface Machine {
  readonly store: MemoryCredentials;
  readonly lock: MemoryLock;
  readonly browser: TestBrowser;
  readonly receiver: TestReceiver;
  readonly clock: FakeClock;
}

/** A machine on which nobody has signed in anywhere. */
export function newMachine(): Machine {
  return {
    store: new MemoryCredentials(),
    lock: new MemoryLock(),
    browser: new TestBrowser(),
    receiver: new TestReceiver(),
    clock: new FakeClock(),
  };
}

/** One bridge, as far as the sign-in goes. */
export interface TestBridge extends Disposable {
  readonly http: AuthorizedHttpClient;
  readonly tokens: TokenSource;
  readonly presenter: TestPresenter;
  readonly settings: SignInSettings;
  readonly ports: SignInPorts;
  /** Whether the sign-in code was loaded. */
  readonly loaded: boolean;
}

/** Starts a bridge to a server. */
export function startBridge(
  machine: Machine,
  server: string,
  settings: Partial<SignInSettings> = {},
  ports: Partial<SignInPorts> & { readonly always?: boolean } = {},
): TestBridge {
  const presenter = new TestPresenter();
  const inner: HttpClient = ports.http ?? new FetchClient();
  const allPorts: SignInPorts = {
    http: inner,
    clock: machine.clock,
    logger: SILENT_LOGGER,
    store: machine.store,
    lock: machine.lock,
    browser: machine.browser,
    receiver: machine.receiver,
    presenter,
    ...ports,
  };
  const allSettings: SignInSettings = {
    server: new URL(server),
    profile: "default",
    method: "browser",
    clientName: "Causeway",
    omitResource: false,
    authorizeParameters: [],
    useIdToken: false,
    timeout: 300_000,
    ...settings,
  };
  const tokens = new TokenSource(allSettings, allPorts);
  let loaded = false;
  const http = new AuthorizedHttpClient(inner, {
    server: allSettings.server,
    hasStoredCredentials: async () => (await machine.store.servers()).length > 0,
    loadTokens: () => {
      loaded = true;
      return Promise.resolve(tokens);
    },
    always: ports.always ?? false,
  });
  return {
    http,
    tokens,
    presenter,
    settings: allSettings,
    ports: allPorts,
    get loaded() {
      return loaded;
    },
    [Symbol.dispose]: () => http.close(),
  };
}

/** A reply to {@linkcode post}. */
export interface PostReply {
  readonly status: number;
  readonly text: string;
  readonly session: string | undefined;
}

let nextId = 1;

/** Sends one JSON-RPC request through the bridge. */
export async function post(
  bridge: TestBridge,
  method: string,
  options: { readonly params?: unknown; readonly session?: string; readonly signal?: AbortSignal } =
    {},
): Promise<PostReply> {
  const message = { jsonrpc: "2.0", id: nextId++, method, params: options.params ?? {} };
  const reply = await bridge.http.exchange({
    method: "POST",
    url: bridge.settings.server,
    headers: [
      ["content-type", "application/json"],
      ["accept", "application/json, text/event-stream"],
      ...(options.session === undefined ? [] : [["mcp-session-id", options.session] as const]),
    ],
    body: new TextEncoder().encode(JSON.stringify(message)),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = new TextDecoder().decode(await reply.body.bytes(1_000_000));
  return { status: reply.status, text, session: reply.headers.get("mcp-session-id") };
}

/** Sends `initialize`; the cheapest request that needs a token. */
export function initialize(bridge: TestBridge, signal?: AbortSignal): Promise<PostReply> {
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1" },
  };
  return post(bridge, "initialize", signal === undefined ? { params } : { params, signal });
}

/** A server, and a machine whose user is signed in there. */
export async function signedIn(
  options: Partial<FakeAuthorizationOptions> = {},
): Promise<{ server: FakeAuthorizationServer; machine: Machine }> {
  const server = await startFakeAuthorizationServer(options);
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  await initialize(bridge);
  return { server, machine };
}
