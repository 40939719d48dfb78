import { expiryOfJwt } from "./id_token.ts";
import type { AuthorizationServerSummary, TokenSet } from "./ports.ts";
import {
  bearerOf,
  type HeldGrant,
  type SignInPorts,
  type SignInSettings,
  tokensLock,
} from "./sign_in.ts";
import { signInFailed } from "./sign_in_error.ts";
import { serverIdentifier } from "./server_identifier.ts";
import type { IssuedTokens } from "./token_reply.ts";

/** What tokens were issued for. */
export interface IssuingContext {
  /** Wall-clock time, milliseconds since the Unix epoch. */
  readonly now: number;
  readonly clientId: string;
  readonly redirectUri?: string;
  readonly requestedScope?: string;
  /** The `resource` parameter as it was sent. */
  readonly resourceParameter?: string;
  readonly authorizationServer: AuthorizationServerSummary;
}

/** The record of tokens that were just issued. */
export function tokenSetOf(issued: IssuedTokens, context: IssuingContext): TokenSet {
  const { accessToken, refreshToken, idToken, expiresIn, scope } = issued;
  const { now, clientId, redirectUri, authorizationServer } = context;
  const { requestedScope, resourceParameter } = context;
  return {
    version: 1,
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(idToken === undefined ? {} : { idToken }),
    ...(expiresIn === undefined ? {} : { expiresAt: now + expiresIn * 1000 }),
    issuedAt: now,
    ...(scope === undefined ? {} : { scope }),
    ...(requestedScope === undefined ? {} : { requestedScope }),
    ...(resourceParameter === undefined ? {} : { resourceParameter }),
    clientId,
    ...(redirectUri === undefined ? {} : { redirectUri }),
    authorizationServer,
  };
}

/** The record after a refresh: what the answer leaves out stays (RFC 6749 section 6). */
export function refreshedTokenSet(previous: TokenSet, issued: IssuedTokens, now: number): TokenSet {
  const { refreshToken, scope } = previous;
  return tokenSetOf(
    {
      ...issued,
      ...(issued.refreshToken === undefined && refreshToken !== undefined ? { refreshToken } : {}),
      ...(issued.scope === undefined && scope !== undefined ? { scope } : {}),
    },
    { ...previous, now },
  );
}

/** Longest time before its expiry at which a token is renewed, milliseconds. */
const LEEWAY = 60_000;

/**
 * Whether the token that is sent expires so soon that it is renewed before it is used: within a
 * minute, or the last fifth of a shorter life. Never for a token whose expiry nobody told.
 */
export function expiresSoon(tokens: TokenSet, useIdToken: boolean, now: number): boolean {
  const expiry = useIdToken ? expiryOfJwt(tokens.idToken ?? "") : tokens.expiresAt;
  if (expiry === undefined) return false;
  const lifetime = Math.max(0, expiry - tokens.issuedAt);
  return now >= expiry - Math.min(LEEWAY, lifetime / 5);
}

/**
 * Files a new grant: the tokens first, then what finds them at the next start, then what is of no use
 * any more. When it resolves, everything is on disk.
 */
export async function keepGrant(
  grant: HeldGrant,
  ports: SignInPorts,
  settings: SignInSettings,
): Promise<void> {
  const { store, lock } = ports;
  const { key, tokens, omitResource } = grant;
  const server = serverIdentifier(settings);
  const before = await store.readServer({ server, profile: settings.profile });
  await lock.withLock(tokensLock(key), () => store.writeTokens(key, tokens));
  await store.writeServer({ version: 1, server, ...key, omitResource });
  await store.removePendingSignIn(key);
  if (before === undefined || before.issuer === key.issuer) return;
  const { issuer, resource, profile } = before;
  await store.removeTokens({ issuer, resource, profile });
}

/**
 * Makes sure that the tokens hold what is to be sent.
 * @throws {CausewayError} `authorization-failed` when there is no ID token, and that one is wanted
 */
export function requireBearer(tokens: TokenSet, settings: SignInSettings): void {
  if (bearerOf(tokens, settings.useIdToken) !== undefined) return;
  throw signInFailed(settings.server, "its authorization server sent no ID token", {
    hint:
      'ask for one: --scope "openid", together with what else is needed; or leave --use-id-token away',
  });
}
