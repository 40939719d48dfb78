/** Members and parameters whose values are credentials, or stand for one while a sign-in lasts. */
export const SECRET_MEMBERS: readonly string[] = [
  "access_token",
  "refresh_token",
  "id_token",
  "id_token_hint",
  "subject_token",
  "actor_token",
  "registration_access_token",
  "initial_access_token",
  "token",
  "auth_token",
  "accessToken",
  "refreshToken",
  "idToken",
  "bearer",
  "code",
  "code_verifier",
  "codeVerifier",
  "device_code",
  "user_code",
  "state",
  "nonce",
  "assertion",
  "client_assertion",
  "client_secret",
  "clientSecret",
  "secret",
  "password",
  "passwd",
  "passphrase",
  "private_key",
  "privateKey",
  "api_key",
  "apikey",
  "api-key",
  "x-api-key",
  "access_key",
  "sig",
  "signature",
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "session",
  "sessionid",
  "session_id",
  "mcp-session-id",
];

/** Says what is needed and holds no credential, though its name looks like it. */
const PLAIN_HEADERS: ReadonlySet<string> = new Set([
  "www-authenticate",
  "proxy-authenticate",
  "authentication-info",
]);

const SECRET_PART =
  /auth|cookie|token|secret|key|passw|passphrase|credential|session|signature|assertion|bearer|jwt/i;

/** Whether the value of this HTTP header may be a credential. When in doubt it may. */
export function isSensitiveHeader(name: string): boolean {
  return SECRET_PART.test(name) && !PLAIN_HEADERS.has(name.toLowerCase());
}

const MEMBERS: ReadonlySet<string> = new Set(SECRET_MEMBERS.map((name) => name.toLowerCase()));

/** Whether the value of this JSON member or parameter may be a credential. */
export function isSensitiveMember(name: string): boolean {
  return MEMBERS.has(name.toLowerCase());
}
