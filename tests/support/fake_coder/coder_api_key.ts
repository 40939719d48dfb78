import type { FakeReply, RecordedRequest } from "../fake_authorization_server/recording_server.ts";
import { plainJson } from "./coder_replies.ts";
import type { CoderKey, CoderWorld } from "./coder_world.ts";

const SLIDE_PERIOD = 3_600_000;

/** The caller's key, or the answer for a caller without a good one. */
export type KeyVerdict =
  | { readonly kind: "key"; readonly key: CoderKey }
  | { readonly kind: "refused"; readonly reply: FakeReply };

/** Coder's API key middleware: cookie and query win over the header, and that over the bearer. */
export function extractKey(world: CoderWorld, request: RecordedRequest): KeyVerdict {
  const token = presentedToken(request);
  if (token === undefined) {
    return unauthorized(
      world,
      "The access token is invalid",
      'Cookie "coder_session_token" or query parameter must be provided.',
    );
  }
  if (!/^\w{10}-\w{22}$/.test(token)) {
    return unauthorized(
      world,
      "The access token is invalid",
      "Invalid API key format: incorrect amount of API key parts, expected 2.",
    );
  }
  const key = world.keys.get(token);
  if (key === undefined) {
    return unauthorized(world, "The access token is invalid", "API key is invalid.");
  }
  const now = world.now();
  if (key.expiresAt <= now) {
    const at = new Date(key.expiresAt).toISOString();
    return unauthorized(world, "The access token has expired", `API key expired at "${at}"`);
  }
  if (key.audience !== undefined && normalized(key.audience) !== normalized(world.accessUrl)) {
    return audienceMismatch(world);
  }
  if (!world.options.disableSessionExpiryRefresh && now - key.lastUsed > SLIDE_PERIOD) {
    key.expiresAt = now + world.options.accessTokenTtl * 1000;
  }
  key.lastUsed = now;
  return { kind: "key", key };
}

function presentedToken(request: RecordedRequest): string | undefined {
  const cookie = /coder_session_token=([^;]+)/.exec(request.headers["cookie"] ?? "")?.[1];
  const bearer = /^Bearer (.+)$/i.exec(request.headers["authorization"] ?? "")?.[1];
  return cookie ?? request.query.get("coder_session_token") ??
    request.headers["coder-session-token"] ?? bearer ??
    request.query.get("access_token") ?? undefined;
}

function unauthorized(world: CoderWorld, description: string, detail: string): KeyVerdict {
  const message =
    "You are signed out or your session has expired. Please sign in again to continue.";
  const reply = plainJson(401, { message, detail }, {
    "www-authenticate": challenge(world, "invalid_token", description),
  });
  return { kind: "refused", reply };
}

/** Not mended by more scope: only a token for another `resource` helps. */
function audienceMismatch(world: CoderWorld): KeyVerdict {
  const description = "The request requires higher privileges than provided by the access token";
  const reply = plainJson(403, { message: "Token audience validation failed" }, {
    "www-authenticate": challenge(world, "insufficient_scope", description),
  });
  return { kind: "refused", reply };
}

function challenge(world: CoderWorld, error: string, description: string): string {
  const metadata = `${world.accessUrl}/.well-known/oauth-protected-resource`;
  return `Bearer realm="coder", error="${error}", error_description="${description}", ` +
    `resource_metadata="${metadata}"`;
}

/** Lower case, default port dropped, an empty path as `/`, a trailing slash trimmed. */
function normalized(uri: string): string {
  if (!URL.canParse(uri)) return uri;
  const url = new URL(uri);
  const path = url.pathname === "/" ? "/" : url.pathname.replace(/\/$/, "");
  return `${url.protocol}//${url.host}${path}`;
}
