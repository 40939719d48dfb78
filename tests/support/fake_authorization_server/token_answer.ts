import type { FakeReply } from "./recording_server.ts";
import { jsonReply } from "./recording_server.ts";
import type { Grant, World } from "./world.ts";

/** Makes tokens for a grant and the answer that carries them (RFC 6749 section 5.1). */
export function issueTokens(
  world: World,
  grant: Grant,
  how: { readonly refreshable: boolean },
): FakeReply {
  const { options } = world;
  const expiresAt = world.now() + options.accessTokenTtl * 1000;
  const access = world.secret("access");
  world.accessTokens.set(access, { grant, expiresAt, revoked: false, used: false });
  const idToken = options.idToken === "none" ? undefined : makeIdToken(world, grant, expiresAt);
  if (idToken !== undefined) {
    world.idTokens.set(idToken, { grant, expiresAt, revoked: false, used: false });
  }
  const members: Record<string, string | number> = {
    access_token: access,
    token_type: options.tokenType,
    ...(options.tellsExpiresIn ? { expires_in: options.accessTokenTtl } : {}),
    ...(grant.scope === "" ? {} : { scope: grant.scope }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
  };
  if (how.refreshable && givesRefreshToken(world, grant)) {
    members["refresh_token"] = makeRefreshToken(world, grant);
  }
  return options.tokenAnswer === "json" ? jsonReply(200, members) : {
    status: 200,
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body: new URLSearchParams(
      Object.entries(members).map(([name, value]) => [name, String(value)]),
    ).toString(),
  };
}

function givesRefreshToken(world: World, grant: Grant): boolean {
  switch (world.options.refreshTokens) {
    case "always":
      return true;
    case "never":
      return false;
    case "offline_access":
      return grant.scope.split(" ").includes("offline_access");
  }
}

function makeRefreshToken(world: World, grant: Grant): string {
  const { refreshTokenTtl } = world.options;
  const refresh = world.secret("refresh");
  world.refreshTokens.set(refresh, {
    grant,
    expiresAt: refreshTokenTtl === 0 ? Infinity : world.now() + refreshTokenTtl * 1000,
    revoked: false,
    used: false,
  });
  return refresh;
}

/** Opaque, or a JWT whose signature nobody here checks. */
function makeIdToken(world: World, grant: Grant, expiresAt: number): string {
  const nonce = world.secret("id-token");
  if (world.options.idToken === "opaque") return nonce;
  const token = [
    encode({ alg: "RS256", typ: "JWT" }),
    encode({
      iss: world.issuer,
      sub: grant.subject,
      aud: grant.clientId,
      exp: Math.floor(expiresAt / 1000),
      nonce,
    }),
    "c2lnbmF0dXJl",
  ].join(".");
  world.secrets.add(token);
  return token;
}

function encode(value: unknown): string {
  return btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
