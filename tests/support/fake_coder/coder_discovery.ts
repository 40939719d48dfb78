import type { FakeReply, RecordedRequest } from "../fake_authorization_server/recording_server.ts";
import { plainJson } from "./coder_replies.ts";
import type { CoderWorld } from "./coder_world.ts";

const RESOURCE = "/.well-known/oauth-protected-resource";
const SERVER = "/.well-known/oauth-authorization-server";

/** Metadata (RFC 9728, RFC 8414); `undefined` where this release has no route. */
export function answerDiscovery(
  world: CoderWorld,
  request: RecordedRequest,
): FakeReply | undefined {
  if (request.method !== "GET") return undefined;
  const isAt = (base: string) =>
    request.path === base || world.features.metadataSuffix && request.path.startsWith(`${base}/`);
  if (isAt(RESOURCE)) return plainJson(200, resourceDocument(world));
  return isAt(SERVER) ? plainJson(200, serverDocument(world)) : undefined;
}

function resourceDocument(world: CoderWorld): Record<string, unknown> {
  return {
    resource: world.accessUrl,
    authorization_servers: [world.accessUrl],
    scopes_supported: world.features.scopesSupported,
    bearer_methods_supported: ["header", "query"],
  };
}

function serverDocument(world: CoderWorld): Record<string, unknown> {
  const { accessUrl, features } = world;
  return {
    issuer: accessUrl,
    authorization_endpoint: `${accessUrl}/oauth2/authorize`,
    token_endpoint: `${accessUrl}/oauth2/tokens`,
    registration_endpoint: world.options.era !== "2.37" || world.dynamicRegistration
      ? `${accessUrl}/oauth2/register`
      : undefined,
    revocation_endpoint: features.revocation ? `${accessUrl}/oauth2/revoke` : undefined,
    response_types_supported: ["code"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    scopes_supported: features.scopesSupported,
    token_endpoint_auth_methods_supported: features.authMethods,
  };
}
