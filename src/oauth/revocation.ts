import { authenticate, type OAuthClient } from "./client_authentication.ts";
import { sentenceOf } from "./network_text.ts";
import type { OAuthExchange } from "./oauth_exchange.ts";
import type { TokenSet } from "./ports.ts";
import { HttpFailure } from "../platform/http_client.ts";

/** What became of an attempt to revoke. */
export type RevocationOutcome =
  | { readonly kind: "revoked" }
  /** The authorization server offers no revocation: the tokens live until they expire. */
  | { readonly kind: "unsupported" }
  | { readonly kind: "failed"; readonly why: string };

/**
 * Revokes the tokens (RFC 7009 section 2.1): the refresh token first, because revoking it ends the
 * whole grant, then the access token.
 * @throws `signal.reason` when the signal is aborted
 */
export async function revokeTokens(
  exchange: OAuthExchange,
  tokens: TokenSet,
  options: { readonly client: OAuthClient; readonly signal?: AbortSignal },
): Promise<RevocationOutcome> {
  const endpoint = tokens.authorizationServer.revocationEndpoint;
  if (endpoint === undefined) return { kind: "unsupported" };
  const all = [
    ...(tokens.refreshToken === undefined ? [] : [[tokens.refreshToken, "refresh_token"] as const]),
    [tokens.accessToken, "access_token"] as const,
  ];
  for (const [token, hint] of all) {
    const form = new URLSearchParams([["token", token], ["token_type_hint", hint]]);
    const why = await revoke(exchange, new URL(endpoint), { form, tokens, ...options });
    if (why !== undefined) return { kind: "failed", why };
  }
  return { kind: "revoked" };
}

/** Why it failed; `undefined` when it did not. */
async function revoke(
  exchange: OAuthExchange,
  endpoint: URL,
  { form, tokens, client, signal }: {
    readonly form: URLSearchParams;
    readonly tokens: TokenSet;
    readonly client: OAuthClient;
    readonly signal?: AbortSignal;
  },
): Promise<string | undefined> {
  const supported = tokens.authorizationServer.tokenEndpointAuthMethods;
  const headers = await authenticate(form, client, {
    audience: tokens.authorizationServer.issuer,
    ...(supported === undefined ? {} : { supported }),
  });
  try {
    const options = signal === undefined ? { headers } : { headers, signal };
    const reply = await exchange.postForm(endpoint, form, options);
    if (reply.status >= 200 && reply.status < 300) return undefined;
    const said = sentenceOf(reply.text);
    const leaks = said.includes(form.get("token") ?? "");
    return `HTTP ${reply.status}${said === "" || leaks ? "" : `: ${said}`}`;
  } catch (failure) {
    signal?.throwIfAborted();
    if (!(failure instanceof HttpFailure)) throw failure;
    return failure.kind.replaceAll("_", " ");
  }
}
