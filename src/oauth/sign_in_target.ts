import type { Discovery } from "./discovery.ts";
import type { ServerRecord } from "./ports.ts";
import { type ScopeChoice, selectScope } from "./scopes.ts";
import { serverUrl } from "./server_identifier.ts";
import type { SignInRequest, SignInSettings, SignInTarget } from "./sign_in.ts";

/**
 * Puts together what discovery found and what the user fixed. The `resource` parameter is the
 * published identifier, byte for byte; where nothing is published (revision 2025-03-26) there is
 * none, because such servers know no such parameter.
 *
 * @param remembered What is known of the server from an earlier sign-in
 */
export function targetOf(
  discovery: Discovery,
  request: SignInRequest,
  context: { readonly settings: SignInSettings; readonly remembered: ServerRecord | undefined },
): SignInTarget {
  const { settings, remembered } = context;
  const published = settings.resource ?? discovery.protectedResource?.resource;
  const issuer = discovery.authorizationServer.issuer;
  const omitResource = remembered?.issuer === issuer && remembered.omitResource;
  const sent = !settings.omitResource && !omitResource;
  return {
    key: {
      issuer,
      resource: published ?? serverUrl(settings.server),
      profile: settings.profile,
    },
    authorizationServer: discovery.authorizationServer,
    ...(published !== undefined && sent ? { resourceParameter: published } : {}),
    omitResource,
    scope: scopeOf(discovery, request, settings),
  };
}

/**
 * The target of client credentials with an explicit token endpoint: nothing is discovered, so the
 * endpoint stands for its issuer, and only what the user or the challenge names is asked for.
 */
export function explicitTarget(
  tokenEndpoint: string,
  request: SignInRequest,
  settings: SignInSettings,
): SignInTarget {
  return {
    key: {
      issuer: tokenEndpoint,
      resource: settings.resource ?? serverUrl(settings.server),
      profile: settings.profile,
    },
    authorizationServer: {
      issuer: tokenEndpoint,
      tokenEndpoint,
      issParameterSupported: false,
      clientIdMetadataDocumentSupported: false,
      source: "assumed",
    },
    ...(settings.resource === undefined || settings.omitResource
      ? {}
      : { resourceParameter: settings.resource }),
    omitResource: false,
    scope: scopeOf(undefined, request, settings),
  };
}

function scopeOf(
  discovery: Discovery | undefined,
  request: SignInRequest,
  settings: SignInSettings,
): ScopeChoice {
  const challenged = request.challenge?.scope;
  const resourceScopes = discovery?.protectedResource?.scopesSupported;
  // A client that acts for itself has no offline access: there is no user to be away.
  const serverScopes = settings.method === "client_credentials"
    ? undefined
    : discovery?.authorizationServer.scopesSupported;
  const previous = request.stepUp?.previousScope;
  return selectScope({
    ...(settings.scope === undefined ? {} : { chosen: settings.scope }),
    ...(challenged === undefined ? {} : { challenged }),
    // A step-up adds what the challenge names, not everything that there is.
    ...(resourceScopes === undefined || request.stepUp !== undefined ? {} : { resourceScopes }),
    ...(serverScopes === undefined ? {} : { serverScopes }),
    ...(previous === undefined ? {} : { previous }),
  });
}
