import type { FakeReply, RecordedRequest } from "./recording_server.ts";
import { htmlReply, jsonReply } from "./recording_server.ts";
import type { World } from "./world.ts";

const HIDDEN_METADATA_PATH = "/metadata/of-the-resource";
const RESOURCE_WELL_KNOWN = "/.well-known/oauth-protected-resource";

/** Where the challenge says that the protected resource metadata is; `undefined` when it is silent. */
export function resourceMetadataUrl(world: World): string | undefined {
  return world.options.protectedResourceMetadata === "header"
    ? world.resourceOrigin + HIDDEN_METADATA_PATH
    : undefined;
}

/** Answers a discovery request at the resource's origin, or `undefined` when it is none. */
export function answerResourceDiscovery(
  world: World,
  request: RecordedRequest,
): FakeReply | undefined {
  const { protectedResourceMetadata: place, mcpPath, mcpQuery } = world.options;
  const served = place === "header"
    ? HIDDEN_METADATA_PATH
    : place === "path"
    ? RESOURCE_WELL_KNOWN + mcpPath + mcpQuery
    : place === "root"
    ? RESOURCE_WELL_KNOWN
    : undefined;
  return request.method === "GET" && request.target === served
    ? jsonReply(200, protectedResourceDocument(world))
    : undefined;
}

/** Answers a discovery request at the authorization server, or `undefined` when it is none. */
export function answerServerDiscovery(
  world: World,
  request: RecordedRequest,
): FakeReply | undefined {
  const { authorizationServerMetadata: form, issuerPath } = world.options;
  const served = form === "rfc8414"
    ? `/.well-known/oauth-authorization-server${issuerPath}`
    : form === "oidc_inserted"
    ? `/.well-known/openid-configuration${issuerPath}`
    : form === "oidc_appended"
    ? `${issuerPath}/.well-known/openid-configuration`
    : undefined;
  return request.method === "GET" && request.path === served
    ? jsonReply(200, authorizationServerDocument(world))
    : undefined;
}

/** What a path without a meaning is answered. */
export function answerUnknownPath(world: World): FakeReply {
  return world.options.htmlForUnknownPaths
    ? htmlReply(200, '<div id="app"></div>')
    : { status: 404, headers: { "content-type": "text/plain" }, body: "Not Found" };
}

function protectedResourceDocument(world: World): Record<string, unknown> {
  return {
    resource: world.publishedResource,
    authorization_servers: [world.issuer + (world.options.issuerSlashInResource ? "/" : "")],
    bearer_methods_supported: ["header"],
    scopes_supported: world.options.scopesSupported,
    ...world.options.protectedResourceOverrides,
  };
}

/** The issuer as the authorization server itself writes it. */
export function ownIssuer({ options, issuer }: World): string {
  const issuers = {
    exact: issuer,
    trailing_slash: `${issuer}/`,
    wrong: "https://other-issuer.example",
  };
  return issuers[options.issuerInMetadata];
}

function authorizationServerDocument(world: World): Record<string, unknown> {
  const { options, authorizationOrigin: origin } = world;
  return {
    issuer: ownIssuer(world),
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: options.registration === "off" ? undefined : `${origin}/register`,
    revocation_endpoint: options.revocation ? `${origin}/revoke` : undefined,
    device_authorization_endpoint: options.deviceFlow ? `${origin}/device` : undefined,
    response_types_supported: ["code"],
    grant_types_supported: [
      "authorization_code",
      "refresh_token",
      ...(options.deviceFlow ? ["urn:ietf:params:oauth:grant-type:device_code"] : []),
      ...(options.clientCredentials ? ["client_credentials"] : []),
    ],
    code_challenge_methods_supported: options.codeChallengeMethods,
    token_endpoint_auth_methods_supported: options.tokenEndpointAuthMethods,
    scopes_supported: options.refreshTokens === "offline_access"
      ? [...options.scopesSupported ?? [], "offline_access"]
      : undefined,
    client_id_metadata_document_supported: options.clientIdMetadataDocument || undefined,
    authorization_response_iss_parameter_supported: options.issInResponse === "unadvertised"
      ? undefined
      : true,
    ...openIdMembers(world),
    ...options.metadataOverrides,
  };
}

/** What OpenID Connect Discovery requires beyond RFC 8414; some clients insist on it. */
function openIdMembers(world: World): Record<string, unknown> {
  if (!world.options.authorizationServerMetadata.startsWith("oidc")) return {};
  return {
    jwks_uri: `${world.authorizationOrigin}/jwks`,
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  };
}
