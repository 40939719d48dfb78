import { authenticateClient } from "./client_authentication.ts";
import { pollDevice } from "./device_endpoint.ts";
import type { TokenFault } from "./options.ts";
import type { FakeReply, RecordedRequest } from "./recording_server.ts";
import { htmlReply, jsonReply } from "./recording_server.ts";
import { issueTokens } from "./token_answer.ts";
import type { Client, Token, World } from "./world.ts";

/** The token endpoint (RFC 6749 section 3.2), with its faults. */
export async function answerToken(world: World, request: RecordedRequest): Promise<FakeReply> {
  if (request.method !== "POST") return { status: 405 };
  const form = new URLSearchParams(request.body);
  const kind = form.get("grant_type") ?? "";
  const fault = faultFor(world, kind);
  if (kind === "refresh_token") {
    world.counters.refreshRequests++;
    if (await world.refreshGate === "dropped") return "drop";
  }
  const early = answerEarly(fault);
  if (early !== undefined) return early;
  if (!(request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded")) {
    return tokenError("invalid_request", "the content type must be a form");
  }
  const authentication = await authenticateClient(world, request, form);
  if (!authentication.ok) return authentication.reply;
  const reply = resourceRefusal(world, form) ??
    await exchange(world, kind, form, authentication.client);
  const worked = typeof reply === "object" && "status" in reply && reply.status === 200;
  return fault === "drop_after" && worked ? "drop" : reply;
}

/** An error of the token endpoint (RFC 6749 section 5.2). */
export function tokenError(error: string, description: string): FakeReply {
  return jsonReply(400, { error, error_description: description });
}

function exchange(
  world: World,
  kind: string,
  form: URLSearchParams,
  client: Client,
): FakeReply | Promise<FakeReply> {
  switch (kind) {
    case "authorization_code":
      return exchangeCode(world, form, client);
    case "refresh_token":
      return exchangeRefreshToken(world, form, client);
    case "urn:ietf:params:oauth:grant-type:device_code":
      return pollDevice(world, form, client);
    case "client_credentials":
      return exchangeClientCredentials(world, form, client);
    default:
      return tokenError("unsupported_grant_type", kind);
  }
}

async function exchangeCode(
  world: World,
  form: URLSearchParams,
  client: Client,
): Promise<FakeReply> {
  const text = form.get("code") ?? "";
  const code = world.codes.get(text);
  world.codes.delete(text);
  const verifier = form.get("code_verifier") ?? "";
  world.secrets.add(verifier);
  if (code === undefined || code.expiresAt <= world.now()) {
    return tokenError("invalid_grant", "the code is unknown, used or expired");
  }
  if (code.grant.clientId !== client.id) return tokenError("invalid_grant", "another client");
  if (form.get("redirect_uri") !== code.redirectUri) {
    return tokenError("invalid_grant", "redirect_uri differs");
  }
  if (!/^[\w.~-]{43,128}$/.test(verifier) || await challengeOf(verifier) !== code.challenge) {
    return tokenError("invalid_grant", "code_verifier does not match");
  }
  if (form.has("resource") && form.get("resource") !== (code.grant.resource ?? null)) {
    return tokenError("invalid_target", "resource differs from the authorization request");
  }
  world.counters.codeGrants++;
  return issueTokens(world, code.grant, { refreshable: true });
}

function exchangeRefreshToken(world: World, form: URLSearchParams, client: Client): FakeReply {
  const token = world.refreshTokens.get(form.get("refresh_token") ?? "");
  const { refreshRotation } = world.options;
  if (token === undefined || token.grant.clientId !== client.id) {
    return tokenError("invalid_grant", "unknown refresh token");
  }
  if (token.used && refreshRotation === "family") {
    token.grant.revoked = true;
    world.counters.familyRevocations++;
    return tokenError("invalid_grant", "reuse: the whole grant is revoked");
  }
  if (!world.isLive(token)) return tokenError("invalid_grant", "the refresh token is dead");
  if (form.has("resource") && form.get("resource") !== (token.grant.resource ?? null)) {
    return tokenError("invalid_target", "resource differs from the authorization request");
  }
  world.counters.refreshGrants++;
  if (refreshRotation !== "none") token.used = true;
  return issueTokens(world, token.grant, { refreshable: refreshRotation !== "none" });
}

function exchangeClientCredentials(
  world: World,
  form: URLSearchParams,
  client: Client,
): FakeReply {
  if (!world.options.clientCredentials) return tokenError("unsupported_grant_type", "off");
  if (client.authMethod === "none") {
    return tokenError("unauthorized_client", "a public client has no credentials");
  }
  world.counters.clientCredentialsGrants++;
  const grant = {
    clientId: client.id,
    subject: client.id,
    resource: form.get("resource") ?? undefined,
    scope: form.get("scope") ?? world.options.defaultScope,
    revoked: false,
  };
  return issueTokens(world, grant, { refreshable: false });
}

/** Revocation (RFC 7009): 200 whatever the token. */
export async function answerRevocation(
  world: World,
  request: RecordedRequest,
): Promise<FakeReply> {
  if (request.method !== "POST" || !world.options.revocation) return { status: 404 };
  const form = new URLSearchParams(request.body);
  const authentication = await authenticateClient(world, request, form);
  if (!authentication.ok) return authentication.reply;
  world.counters.revocations++;
  const text = form.get("token") ?? "";
  const refresh: Token | undefined = world.refreshTokens.get(text);
  if (refresh !== undefined) refresh.grant.revoked = true;
  const access = world.accessTokens.get(text);
  if (access !== undefined) access.revoked = true;
  return { status: 200 };
}

function resourceRefusal(world: World, form: URLSearchParams): FakeReply | undefined {
  const resource = form.get("resource");
  switch (world.options.resourceParameter) {
    case "required":
      return resource === null ? tokenError("invalid_target", "resource is required") : undefined;
    case "byte_equal":
      return resource !== world.publishedResource
        ? tokenError("invalid_target", "resource is not the published one")
        : undefined;
    case "refused_at_token":
      return resource !== null
        ? tokenError("invalid_target", "resource is not supported")
        : undefined;
    case "entra":
      return resource !== null
        ? tokenError("invalid_request", "AADSTS901002: The 'resource' parameter is not supported.")
        : undefined;
    default:
      return undefined;
  }
}

function faultFor(world: World, kind: string): TokenFault {
  return kind === "refresh_token"
    ? world.options.refreshFault
    : kind === "authorization_code"
    ? world.options.codeFault
    : "none";
}

function answerEarly(fault: TokenFault): FakeReply | undefined {
  switch (fault) {
    case "503":
      return { status: 503, headers: { "content-type": "text/plain" }, body: "unavailable" };
    case "html":
      return htmlReply(200, "Sign in to the network");
    case "bad_gateway_html":
      return htmlReply(502, "Bad Gateway");
    case "hang":
      return "hang";
    case "drop_before":
      return "drop";
    case "invalid_grant":
      return tokenError("invalid_grant", "the grant is dead");
    default:
      return undefined;
  }
}

async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
