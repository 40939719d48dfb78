import { answerAuthorization } from "./authorization_endpoint.ts";
import { answerDeviceAuthorization } from "./device_endpoint.ts";
import { answerResourceDiscovery, answerServerDiscovery, answerUnknownPath } from "./discovery.ts";
import { DEFAULT_OPTIONS, type FakeAuthorizationOptions } from "./options.ts";
import { answerProtectedResource } from "./protected_resource.ts";
import {
  type FakeHandler,
  htmlReply,
  type RecordedRequest,
  type RecordingServer,
  redirectReply,
  startRecordingServer,
} from "./recording_server.ts";
import { answerRegistration } from "./registration_endpoint.ts";
import { answerRevocation, answerToken } from "./token_endpoint.ts";
import { type Counters, type HeldFate, World } from "./world.ts";

/** A running authorization server with the MCP server that it protects. */
export interface FakeAuthorizationServer extends AsyncDisposable {
  /** The server URL as a user types it. */
  readonly mcpUrl: string;
  readonly issuer: string;
  readonly authorizationOrigin: string;
  readonly resourceOrigin: string;
  /** Every request, in the order of arrival, at either origin. */
  readonly requests: readonly RecordedRequest[];
  readonly counters: Readonly<Counters>;
  /** Every token, code, secret and verifier that was ever issued or received. */
  readonly secrets: ReadonlySet<string>;
  /** Changes how it behaves from now on. */
  behave(changes: Partial<FakeAuthorizationOptions>): void;
  /** Moves its clock: everything with a lifetime ages by that many seconds. */
  advance(seconds: number): void;
  /** All access (and ID) tokens that exist are expired from now on. */
  expireAccessTokens(): void;
  /** All access (and ID) tokens that exist are revoked; refresh tokens live on. */
  revokeAccessTokens(): void;
  /** Ends all grants: no token that exists is good for anything. */
  revokeGrants(): void;
  /** Forgets all dynamically registered clients. */
  forgetClients(): void;
  /**
   * Refresh requests wait from now on, before anything is done, until the returned function says what
   * becomes of them; later ones do not wait.
   */
  holdRefreshes(): (fate: HeldFate) => void;
  /** What the user of a device does on the verification page, for all pending codes. */
  decideDevice(decision: "approved" | "denied"): void;
  /** The next poll for each pending device code is answered `slow_down`. */
  slowDevices(): void;
  /** The requests to a path, in order. */
  requestsTo(path: string): readonly RecordedRequest[];
}

/** Starts it on free ports of 127.0.0.1. */
export async function startFakeAuthorizationServer(
  options: Partial<FakeAuthorizationOptions> = {},
): Promise<FakeAuthorizationServer> {
  const world = new World({ ...DEFAULT_OPTIONS, ...options });
  const log: RecordedRequest[] = [];
  const servers: RecordingServer[] = [];
  const authorization = await startRecordingServer((origin) => {
    world.authorizationOrigin = origin;
    return world.options.origins === "same" ? everything(world) : authorizationOnly(world);
  }, log);
  servers.push(authorization);
  world.resourceOrigin = authorization.origin;
  if (world.options.origins === "separate") {
    const resource = await startRecordingServer((origin) => {
      world.resourceOrigin = origin;
      return resourceOnly(world);
    }, log);
    servers.push(resource);
  }
  return controls(world, log, servers);
}

function controls(
  world: World,
  log: readonly RecordedRequest[],
  servers: readonly RecordingServer[],
): FakeAuthorizationServer {
  const accessTokens = () => [...world.accessTokens.values(), ...world.idTokens.values()];
  return {
    mcpUrl: world.mcpUrl,
    issuer: world.issuer,
    authorizationOrigin: world.authorizationOrigin,
    resourceOrigin: world.resourceOrigin,
    requests: log,
    counters: world.counters,
    secrets: world.secrets,
    behave: (changes) => {
      world.options = { ...world.options, ...changes };
    },
    advance: (seconds) => {
      world.clockOffset += seconds * 1000;
    },
    expireAccessTokens: () => {
      for (const token of accessTokens()) token.expiresAt = 0;
    },
    revokeAccessTokens: () => {
      for (const token of accessTokens()) token.revoked = true;
    },
    revokeGrants: () => {
      for (const token of [...accessTokens(), ...world.refreshTokens.values()]) {
        token.grant.revoked = true;
      }
    },
    forgetClients: () => world.clients.clear(),
    holdRefreshes: () => {
      const gate = Promise.withResolvers<HeldFate>();
      world.refreshGate = gate.promise;
      return (fate) => {
        world.refreshGate = undefined;
        gate.resolve(fate);
      };
    },
    decideDevice: (decision) => {
      for (const device of world.deviceCodes.values()) device.decision = decision;
    },
    slowDevices: () => {
      for (const device of world.deviceCodes.values()) device.slowDown = true;
    },
    requestsTo: (path) => log.filter((request) => request.path === path),
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]();
    },
  };
}

function everything(world: World): FakeHandler {
  return (request) =>
    redirected(world, request) ?? answerAtResource(world, request) ??
      answerAtAuthorizationServer(world, request) ?? answerUnknownPath(world);
}

function resourceOnly(world: World): FakeHandler {
  return (request) =>
    redirected(world, request) ?? answerAtResource(world, request) ?? answerUnknownPath(world);
}

function authorizationOnly(world: World): FakeHandler {
  return (request) =>
    redirected(world, request) ?? answerAtAuthorizationServer(world, request) ??
      answerUnknownPath(world);
}

function redirected(world: World, request: RecordedRequest) {
  const location = world.options.redirects[request.path];
  return location === undefined ? undefined : redirectReply(location, 307);
}

function answerAtResource(world: World, request: RecordedRequest) {
  if (request.path === world.options.mcpPath) return answerProtectedResource(world, request);
  return answerResourceDiscovery(world, request);
}

function answerAtAuthorizationServer(world: World, request: RecordedRequest) {
  switch (request.path) {
    case "/authorize":
      return answerAuthorization(world, request);
    case "/token":
      return answerToken(world, request);
    case "/register":
      return answerRegistration(world, request);
    case "/revoke":
      return answerRevocation(world, request);
    case "/device":
      return answerDeviceAuthorization(world, request);
    case "/login":
      return htmlReply(200, "Please sign in");
    default:
      return answerServerDiscovery(world, request);
  }
}
