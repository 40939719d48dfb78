import {
  type FakeReply,
  type RecordedRequest,
  redirectReply,
  startRecordingServer,
} from "../fake_authorization_server/recording_server.ts";
import { extractKey } from "./coder_api_key.ts";
import { answerAuthorize, answerLogin } from "./coder_authorize.ts";
import { answerDiscovery } from "./coder_discovery.ts";
import type { CoderEra } from "./coder_eras.ts";
import { answerMcp } from "./coder_mcp.ts";
import { answerRegistration } from "./coder_registration.ts";
import { apiError, siteReply } from "./coder_replies.ts";
import { answerRevoke, answerTokens } from "./coder_tokens.ts";
import { type CoderCounters, type CoderOptions, CoderWorld } from "./coder_world.ts";

const MCP_PATH = "/api/experimental/mcp/http";
const NO_OAUTH2 =
  "OAuth2 Provider Functionality functionality requires enabling the 'oauth2' experiment.";
const NO_MCP =
  "This functionality requires enabling the following experiments: oauth2, mcp-server-http";

const DEFAULTS: Omit<CoderOptions, "era"> = {
  accessHost: "127.0.0.1",
  dynamicRegistration: undefined,
  experiments: true,
  redirectToAccessUrl: false,
  disableSessionExpiryRefresh: false,
  accessTokenTtl: 86_400,
  refreshTokenTtl: 30 * 86_400,
  dropsRefreshResponse: false,
  slowTool: 0,
  rateLimited: false,
  pingPeriod: 30_000,
};

/** A running stand-in for a Coder deployment. */
export interface FakeCoder extends AsyncDisposable {
  /** The deployment's access URL. */
  readonly accessUrl: string;
  /** The MCP endpoint below the access URL. */
  readonly mcpUrl: string;
  /** The same endpoint under another host name than the access URL's. */
  readonly aliasMcpUrl: string;
  readonly requests: readonly RecordedRequest[];
  readonly counters: Readonly<CoderCounters>;
  /** Every secret that was ever issued or received. */
  readonly secrets: ReadonlySet<string>;
  /** Changes its setup; another `era` is an upgrade that keeps all state. */
  behave(changes: Partial<CoderOptions>): void;
  /** Moves its clock. */
  advance(seconds: number): void;
  /** All API keys that exist are expired; their refresh tokens are not. */
  expireAccessTokens(): void;
  /** Deletes all OAuth2 apps with all that belongs to them. */
  deleteApps(): void;
  /** What an administrator does where registration is off. */
  createApp(callbackUrl: string): { readonly clientId: string; readonly clientSecret: string };
  /** `coder tokens create`. */
  createSessionToken(): string;
  /** The requests to a path, in order. */
  requestsTo(path: string): readonly RecordedRequest[];
}

/** Starts a deployment of that era on a free port of 127.0.0.1. */
export async function startFakeCoder(
  options: Partial<CoderOptions> & { readonly era: CoderEra },
): Promise<FakeCoder> {
  const world = new CoderWorld({ ...DEFAULTS, ...options });
  const server = await startRecordingServer((origin) => {
    world.accessUrl = `http://${world.options.accessHost}:${new URL(origin).port}`;
    return (request) => route(world, request);
  });
  const aliasHost = world.options.accessHost === "localhost" ? "127.0.0.1" : "localhost";
  return {
    accessUrl: world.accessUrl,
    mcpUrl: world.accessUrl + MCP_PATH,
    aliasMcpUrl: `http://${aliasHost}:${new URL(world.accessUrl).port}${MCP_PATH}`,
    requests: server.requests,
    counters: world.counters,
    secrets: world.secrets,
    behave: (changes) => {
      world.options = { ...world.options, ...changes };
    },
    advance: (seconds) => {
      world.clockOffset += seconds * 1000;
    },
    expireAccessTokens: () => {
      for (const key of world.keys.values()) key.expiresAt = 0;
    },
    deleteApps: () => {
      world.apps.clear();
      world.codes.clear();
      for (const key of [...world.keys.values()]) {
        if (key.appId !== undefined) world.keys.delete(key.token);
      }
    },
    createApp: (callbackUrl) => createApp(world, callbackUrl),
    createSessionToken: () => world.makeKey("alice", undefined, undefined).token,
    requestsTo: (path) => server.requests.filter((request) => request.path === path),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function createApp(world: CoderWorld, callbackUrl: string) {
  const app = {
    id: crypto.randomUUID(),
    name: "made by an administrator",
    secret: world.makeSecret(),
    callbackUrl,
    method: "client_secret_basic",
  };
  world.apps.set(app.id, app);
  return { clientId: app.id, clientSecret: app.secret };
}

function route(
  world: CoderWorld,
  request: RecordedRequest,
): FakeReply | Promise<FakeReply> {
  const host = new URL(world.accessUrl).host;
  if (world.options.redirectToAccessUrl && request.headers["host"] !== host) {
    return redirectReply(world.accessUrl, 307);
  }
  if (request.path === MCP_PATH) return routeMcp(world, request);
  if (request.path === "/login") return answerLogin(world, request);
  const isOauth = request.path.startsWith("/oauth2/") ||
    request.path.startsWith("/.well-known/oauth-");
  if (!isOauth) return siteReply();
  if (!world.options.experiments) return apiError(403, NO_OAUTH2);
  return routeOauth(world, request) ?? siteReply();
}

function routeMcp(
  world: CoderWorld,
  request: RecordedRequest,
): FakeReply | Promise<FakeReply> {
  world.counters.mcpRequests++;
  const verdict = extractKey(world, request);
  if (verdict.kind === "refused") return verdict.reply;
  return world.options.experiments ? answerMcp(world, request) : apiError(403, NO_MCP);
}

function routeOauth(
  world: CoderWorld,
  request: RecordedRequest,
): FakeReply | Promise<FakeReply> | undefined {
  const { method, path } = request;
  if (path === "/oauth2/authorize" && (method === "GET" || method === "POST")) {
    return answerAuthorize(world, request);
  }
  if (method !== "POST") return answerDiscovery(world, request);
  switch (path) {
    case "/oauth2/tokens":
      return answerTokens(world, request);
    case "/oauth2/register":
      return answerRegistration(world, request);
    case "/oauth2/revoke":
      return world.features.revocation ? answerRevoke(world, request) : undefined;
    default:
      return undefined;
  }
}
