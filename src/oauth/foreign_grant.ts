import { isSameIssuer, summarize } from "./authorization_server_metadata.ts";
import { keepGrant } from "./grant_record.ts";
import type { ForeignCredentials } from "./ports.ts";
import type {
  HeldGrant,
  SignInContext,
  SignInPorts,
  SignInRequest,
  SignInTarget,
} from "./sign_in.ts";

/**
 * Takes over what another program stored for the server, so that who switches need not sign in
 * again. Whether the tokens still work, their use will show. `undefined` when there is nothing, and
 * when it is the very token that was refused: that program may have been out of use for long.
 */
export async function takeOverForeignGrant(
  target: SignInTarget,
  { refused }: Pick<SignInRequest, "refused">,
  { ports, settings }: Pick<SignInContext, "ports" | "settings">,
): Promise<HeldGrant | undefined> {
  const { tokenEndpoint } = target.authorizationServer;
  // No other program keeps ID tokens where we know of it.
  if (tokenEndpoint === undefined || settings.useIdToken) return undefined;
  const found = await ports.foreign?.read(settings.server);
  if (found === undefined || found.accessToken === refused) return undefined;
  if (!isIssuedBy(found, target.key.issuer)) return undefined;
  const { accessToken, refreshToken, expiresAt, scope, clientId, redirectUri } = found;
  const now = ports.clock.wallTime();
  const { issuer } = target.key;
  await keepClient(found, { issuer, now }, ports);
  const grant: HeldGrant = {
    key: target.key,
    tokens: {
      version: 1,
      accessToken,
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      issuedAt: now,
      ...(scope === undefined ? {} : { scope, requestedScope: scope }),
      ...(target.resourceParameter === undefined
        ? {}
        : { resourceParameter: target.resourceParameter }),
      clientId,
      ...(redirectUri === undefined ? {} : { redirectUri }),
      authorizationServer: summarize(target.authorizationServer, tokenEndpoint),
    },
    omitResource: target.omitResource,
  };
  await keepGrant(grant, ports, settings);
  ports.logger.info("credentials of another program were taken over: no need to sign in again");
  return grant;
}

/** A refresh token goes to nobody but who issued it. */
function isIssuedBy(found: ForeignCredentials, issuer: string): boolean {
  return found.issuer === undefined || isSameIssuer(found.issuer, issuer);
}

/** The client is needed for refreshing, and may serve the next sign-in with the same redirect URI. */
async function keepClient(
  found: ForeignCredentials,
  { issuer, now }: { readonly issuer: string; readonly now: number },
  ports: SignInPorts,
): Promise<void> {
  const { clientId, clientSecret, tokenEndpointAuthMethod, redirectUri } = found;
  if (redirectUri === undefined) return;
  await ports.store.writeClient({
    version: 1,
    issuer,
    redirectUri,
    clientId,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(tokenEndpointAuthMethod === undefined ? {} : { tokenEndpointAuthMethod }),
    registeredAt: now,
  });
}
