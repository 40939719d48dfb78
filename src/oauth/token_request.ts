import { authenticate, type OAuthClient } from "./client_authentication.ts";
import { displayUrl } from "./network_text.ts";
import type { OAuthExchange } from "./oauth_exchange.ts";
import type { AuthorizationServerSummary } from "./ports.ts";
import { judgeTokenReply, type TokenReply } from "./token_reply.ts";
import { HttpFailure } from "../platform/http_client.ts";

/** What tokens are asked for with. Holds secrets: never log it. */
export type Grant =
  | {
    readonly kind: "authorization_code";
    readonly code: string;
    readonly redirectUri: string;
    readonly codeVerifier: string;
  }
  | { readonly kind: "refresh_token"; readonly refreshToken: string }
  | { readonly kind: "device_code"; readonly deviceCode: string }
  | { readonly kind: "client_credentials" };

/** A token request but for the client's proof. */
export interface TokenRequest {
  readonly grant: Grant;
  /** Byte for byte as in the authorization request; left away when absent. */
  readonly resource?: string;
  /** Only where the grant had no authorization request to say it: see {@linkcode tokenForm}. */
  readonly scope?: string;
}

const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";

/**
 * The form of a token request. `scope` is sent with client credentials alone: for a code it was said
 * before, and a refresh without it keeps what was granted (RFC 6749 section 6), whereas repeating it
 * is refused by servers that granted something else than was asked.
 */
export function tokenForm(request: TokenRequest): URLSearchParams {
  const form = new URLSearchParams();
  const { grant } = request;
  form.set("grant_type", grant.kind === "device_code" ? DEVICE_CODE : grant.kind);
  if (grant.kind === "authorization_code") {
    form.set("code", grant.code);
    form.set("redirect_uri", grant.redirectUri);
    form.set("code_verifier", grant.codeVerifier);
  }
  if (grant.kind === "refresh_token") form.set("refresh_token", grant.refreshToken);
  if (grant.kind === "device_code") form.set("device_code", grant.deviceCode);
  if (grant.kind === "client_credentials" && request.scope !== undefined) {
    form.set("scope", request.scope);
  }
  if (request.resource !== undefined) form.set("resource", request.resource);
  return form;
}

/** A token request with whom it is sent to and by. */
export interface TokenExchange {
  readonly server: AuthorizationServerSummary;
  readonly client: OAuthClient;
  readonly request: TokenRequest;
  readonly signal?: AbortSignal;
}

/**
 * Sends the token request, and once more with `client_id` in the form when the server misses it there:
 * who the client is comes before its grant, so that nothing is used up. A failed exchange is a reply of
 * kind `transient`: nothing is decided.
 * @throws `signal.reason` when the signal is aborted
 */
export async function requestTokens(
  exchange: OAuthExchange,
  tokens: TokenExchange,
): Promise<TokenReply> {
  const { reply, missesClientId } = await send(exchange, tokens, false);
  return missesClientId ? (await send(exchange, tokens, true)).reply : reply;
}

async function send(
  exchange: OAuthExchange,
  { server, client, request, signal }: TokenExchange,
  namedTwice: boolean,
): Promise<{ readonly reply: TokenReply; readonly missesClientId: boolean }> {
  const form = tokenForm(request);
  const headers = await authenticate(form, client, {
    audience: server.issuer,
    namedTwice,
    ...(server.tokenEndpointAuthMethods === undefined
      ? {}
      : { supported: server.tokenEndpointAuthMethods }),
  });
  const options = signal === undefined ? { headers } : { headers, signal };
  try {
    const answer = await exchange.postForm(new URL(server.tokenEndpoint), form, options);
    const reply = withoutSecrets(judgeTokenReply(answer), form, client);
    const missesClientId = !form.has("client_id") && missesOne(reply, answer.text);
    return { reply, missesClientId };
  } catch (failure) {
    signal?.throwIfAborted();
    if (!(failure instanceof HttpFailure)) throw failure;
    const cut = failure.kind === "reset" || failure.kind === "truncated";
    const why = `nothing (${failure.kind.replaceAll("_", " ")})`;
    return { reply: { kind: "transient", why, ...(cut ? { cut } : {}) }, missesClientId: false };
  }
}

/** Whether a refusal says, in a sentence or as a validation error, that it misses the client's ID. */
function missesOne({ kind }: TokenReply, text: string): boolean {
  if (kind !== "invalid_client" && kind !== "refused") return false;
  return /client[ _]?id/i.test(text) && /missing|require|undefined|empty|not match/i.test(text);
}

const SECRETS = ["code", "code_verifier", "refresh_token", "device_code", "client_assertion"];

/** Servers exist that repeat in an error what they were sent. */
function withoutSecrets(reply: TokenReply, form: URLSearchParams, client: OAuthClient): TokenReply {
  if (reply.kind === "tokens") return reply;
  const secrets = [...SECRETS.map((name) => form.get(name)), client.clientSecret];
  let { why } = reply;
  for (const secret of secrets) {
    if (typeof secret === "string" && secret.length >= 6) why = why.replaceAll(secret, "[secret]");
  }
  return { ...reply, why };
}

/** Which endpoint answered what, for people. */
export function tokenRefusalText(server: AuthorizationServerSummary, why: string): string {
  return `the token endpoint "${displayUrl(server.tokenEndpoint)}" answered ${why}`;
}
