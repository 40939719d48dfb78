import type { FakeReply, RecordedRequest } from "../fake_authorization_server/recording_server.ts";
import { oauthError, oauthReply } from "./coder_replies.ts";
import type { CoderApp, CoderKey, CoderWorld } from "./coder_world.ts";

const FIELDS: readonly string[] = [
  "grant_type",
  "client_id",
  "client_secret",
  "code",
  "redirect_uri",
  "refresh_token",
  "code_verifier",
  "resource",
];
const MALFORMED = "The request is missing required parameters or is otherwise malformed";

/** `POST /oauth2/tokens`: unknown fields are refused, the query counts as well as the body. */
export async function answerTokens(
  world: CoderWorld,
  request: RecordedRequest,
): Promise<FakeReply> {
  const form = new URLSearchParams([...request.query, ...new URLSearchParams(request.body)]);
  const known = world.features.scopeAtToken ? [...FIELDS, "scope"] : FIELDS;
  if ([...form.keys()].some((name) => !known.includes(name))) {
    return oauthError(world, 400, "invalid_request", MALFORMED);
  }
  const basic = parseBasic(request.headers["authorization"]);
  if (basic !== undefined && world.features.basicAuthentication) {
    for (const [name, value] of Object.entries(basic)) {
      if (form.has(name) && form.get(name) !== value) {
        return oauthError(world, 400, "invalid_request", "Conflicting client credentials");
      }
      form.set(name, value);
    }
  }
  const clientId = form.get("client_id") ?? "";
  if (clientId === "") {
    return oauthError(world, 400, "invalid_request", "Missing client_id parameter");
  }
  const app = world.apps.get(clientId);
  if (app === undefined) return invalidClient(world);
  switch (form.get("grant_type")) {
    case "authorization_code":
      return await exchangeCode(world, app, form);
    case "refresh_token":
      return exchangeRefreshToken(world, app, form);
    default:
      return oauthError(world, 400, "unsupported_grant_type", "The grant type is not supported");
  }
}

/** `POST /oauth2/revoke` (RFC 7009). */
export function answerRevoke(world: CoderWorld, request: RecordedRequest): FakeReply {
  const form = new URLSearchParams(request.body);
  const token = form.get("token") ?? "";
  if (token === "" || !form.has("client_id")) {
    return oauthError(world, 400, "invalid_request", MALFORMED);
  }
  for (const key of [...world.keys.values()]) {
    const isMeant = key.token === token || key.refreshToken === token;
    if (isMeant && key.appId === form.get("client_id")) world.keys.delete(key.token);
  }
  world.counters.revocations++;
  return { status: 200 };
}

async function exchangeCode(
  world: CoderWorld,
  app: CoderApp,
  form: URLSearchParams,
): Promise<FakeReply> {
  world.secrets.add(form.get("code_verifier") ?? "");
  if (app.secret !== undefined && form.get("client_secret") !== app.secret) {
    return form.has("client_secret")
      ? invalidClient(world)
      : oauthError(world, 400, "invalid_request", MALFORMED);
  }
  const text = form.get("code") ?? "";
  const code = world.codes.get(text);
  const invalidGrant = (why: string) => oauthError(world, 400, "invalid_grant", why);
  if (code === undefined || code.appId !== app.id || code.expiresAt <= world.now()) {
    return invalidGrant("The authorization code is invalid or expired");
  }
  if (code.challenge !== undefined) {
    const verifier = form.get("code_verifier") ?? "";
    const tooShort = world.features.pkceStrict && !/^[\w.~-]{43,128}$/.test(verifier);
    if (tooShort || await challengeOf(verifier) !== code.challenge) {
      if (world.features.pkceStrict) world.codes.delete(text);
      return invalidGrant("The PKCE code verifier is invalid");
    }
  }
  const redirectUri = form.get("redirect_uri");
  if (world.features.redirectExact && redirectUri !== null && redirectUri !== code.redirectUri) {
    return invalidGrant("The redirect URI differs");
  }
  if ((form.get("resource") ?? undefined) !== code.resource) return invalidTarget(world);
  world.codes.delete(text);
  world.counters.codeGrants++;
  return tokenReply(world, world.makeKey(code.user, app.id, code.resource));
}

/** The secret is not checked here; the old key and its refresh token are gone at once. */
function exchangeRefreshToken(
  world: CoderWorld,
  app: CoderApp,
  form: URLSearchParams,
): FakeReply {
  const token = form.get("refresh_token") ?? "";
  const key = [...world.keys.values()].find((one) => one.refreshToken === token);
  if (
    token === "" || key === undefined || key.appId !== app.id ||
    key.refreshExpiresAt <= world.now()
  ) return oauthError(world, 400, "invalid_grant", "The refresh token is invalid or expired");
  const resource = form.get("resource");
  if (resource !== null && resource !== key.audience) return invalidTarget(world);
  world.counters.refreshes++;
  const fresh = world.makeKey(key.user, app.id, key.audience);
  return world.options.dropsRefreshResponse ? "drop" : tokenReply(world, fresh);
}

function tokenReply(world: CoderWorld, key: CoderKey): FakeReply {
  return oauthReply(world, 200, {
    access_token: key.token,
    token_type: "Bearer",
    expires_in: world.options.accessTokenTtl - 1,
    refresh_token: key.refreshToken,
    expiry: new Date(key.expiresAt).toISOString(),
  });
}

function invalidClient(world: CoderWorld): FakeReply {
  return oauthError(
    world,
    401,
    "invalid_client",
    "The client credentials are invalid",
    world.features.basicAuthentication ? { "www-authenticate": 'Basic realm="coder"' } : {},
  );
}

function invalidTarget(world: CoderWorld): FakeReply {
  return oauthError(world, 400, "invalid_target", "The resource parameter is invalid");
}

function parseBasic(
  field: string | undefined,
): { readonly client_id: string; readonly client_secret: string } | undefined {
  const encoded = /^Basic (.+)$/i.exec(field ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = atob(encoded);
  const colon = text.indexOf(":");
  return { client_id: text.slice(0, colon), client_secret: text.slice(colon + 1) };
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
