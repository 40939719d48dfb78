import { parseJsonObject, printable, sentenceOf, stringMember } from "./network_text.ts";
import type { TextReply } from "./oauth_exchange.ts";

/** Tokens as issued (RFC 6749 section 5.1). Holds secrets: never log it. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken?: string;
  readonly idToken?: string;
  /** Seconds. */
  readonly expiresIn?: number;
  readonly scope?: string;
}

/** Why there are no tokens. */
export type TokenRefusalKind =
  /** The code, device code or refresh token is good for nothing any more: only a new sign-in helps. */
  | "dead_grant"
  /** The server does not know the client, or does not believe it: only a new registration helps. */
  | "invalid_client"
  /** The `resource` parameter is not wanted, or not this one. */
  | "invalid_target"
  | "invalid_scope"
  /** The device grant waits for the user (RFC 8628 section 3.5). */
  | "pending"
  | "slow_down"
  /** The user said no. */
  | "denied"
  /** Nothing is decided: the same request may work later. */
  | "transient"
  | "refused";

/** What a token endpoint answered. `why` is printable and holds no secret. */
export type TokenReply =
  | { readonly kind: "tokens"; readonly tokens: IssuedTokens }
  | {
    readonly kind: TokenRefusalKind;
    readonly why: string;
    /** With `transient`: the connection ended, and nobody knows whether the server acted. */
    readonly cut?: true;
  };

/** Error codes of RFC 6749, RFC 8628, RFC 8707, OpenID Connect, and those that known providers use instead. */
const KINDS: Readonly<Record<string, TokenRefusalKind>> = {
  invalid_grant: "dead_grant",
  expired_token: "dead_grant",
  bad_refresh_token: "dead_grant",
  bad_verification_code: "dead_grant",
  incorrect_device_code: "dead_grant",
  invalid_refresh_token: "dead_grant",
  refresh_token_expired: "dead_grant",
  token_expired: "dead_grant",
  token_revoked: "dead_grant",
  token_inactive: "dead_grant",
  invalid_code: "dead_grant",
  invalid_token: "dead_grant",
  interaction_required: "dead_grant",
  login_required: "dead_grant",
  consent_required: "dead_grant",
  invalid_client: "invalid_client",
  unauthorized_client: "invalid_client",
  bad_client_id: "invalid_client",
  invalid_client_id: "invalid_client",
  incorrect_client_credentials: "invalid_client",
  invalid_target: "invalid_target",
  invalid_resource: "invalid_target",
  invalid_scope: "invalid_scope",
  authorization_pending: "pending",
  slow_down: "slow_down",
  access_denied: "denied",
  authorization_declined: "denied",
  temporarily_unavailable: "transient",
  server_error: "transient",
  too_many_requests: "transient",
  rate_limit_exceeded: "transient",
};

/** Microsoft Entra's own codes for a resource that does not fit; they come under various `error` codes. */
const RESOURCE_REFUSED = /\bAADSTS(?:9010010|901002)\b/;
/** What may stand in a header field: anything else in a token would let a server write our requests. */
const TOKEN = /^[\x21-\x7e]+$/;
/** Ten years; servers that say more mean "for ever". */
const LONGEST = 10 * 365 * 24 * 3600;

/**
 * Judges a token endpoint's reply (RFC 6749 sections 5.1 and 5.2). The body may be JSON or
 * form-encoded, whatever the content type says; an error counts also in a 200. A web page, a 5xx or a
 * 429 decides nothing.
 */
export function judgeTokenReply(reply: TextReply): TokenReply {
  const { status } = reply;
  const document = parseJsonObject(reply.text) ?? parseForm(reply);
  if (status >= 500 || status === 429 || status === 408) {
    return { kind: "transient", why: refusalText(reply) };
  }
  if (document === undefined) {
    const why = refusalText(reply);
    return { kind: status >= 300 && status < 400 ? "refused" : "transient", why };
  }
  const error = errorCode(document);
  if (error !== undefined) {
    const kind = classifyOAuthError(error, stringMember(document, "error_description"));
    return { kind, why: errorText(error, document) };
  }
  if (status < 200 || status > 299) return { kind: "refused", why: refusalText(reply) };
  return judgeTokens(document);
}

/** `error`, or HubSpot's `status`. */
function errorCode(document: { readonly [member: string]: unknown }): string | undefined {
  const error = stringMember(document, "error");
  if (error !== undefined) return error;
  if (stringMember(document, "access_token") !== undefined) return undefined;
  return stringMember(document, "status") ?? stringMember(document, "code");
}

/** What an OAuth error code means, whichever endpoint it comes from. */
export function classifyOAuthError(
  error: string,
  description: string | undefined,
): TokenRefusalKind {
  if (RESOURCE_REFUSED.test(description ?? "")) return "invalid_target";
  const lower = error.toLowerCase();
  return Object.hasOwn(KINDS, lower) ? KINDS[lower] ?? "refused" : "refused";
}

function errorText(error: string, document: { readonly [member: string]: unknown }): string {
  const description = stringMember(document, "error_description") ??
    stringMember(document, "message");
  const code = printable(error, 60);
  return description === undefined ? code : `${code}: ${printable(description)}`;
}

function refusalText(reply: TextReply): string {
  const said = sentenceOf(reply.text);
  if (said !== "") return `HTTP ${reply.status}: ${said}`;
  const page = reply.mediaType === "text/html" || /^\s*</.test(reply.text);
  return `HTTP ${reply.status}${page ? " with a web page" : ""}`;
}

function judgeTokens(document: { readonly [member: string]: unknown }): TokenReply {
  const accessToken = stringMember(document, "access_token");
  if (accessToken === undefined) {
    return { kind: "refused", why: "the answer holds no access_token" };
  }
  const type = stringMember(document, "token_type");
  if (type !== undefined && type.toLowerCase() !== "bearer") {
    return { kind: "refused", why: `the token is of type "${printable(type, 40)}", not Bearer` };
  }
  const idToken = stringMember(document, "id_token");
  if (!TOKEN.test(accessToken) || (idToken !== undefined && !TOKEN.test(idToken))) {
    return { kind: "refused", why: "the token has characters that no token may have" };
  }
  const refreshToken = stringMember(document, "refresh_token");
  const scope = stringMember(document, "scope");
  const expiresIn = seconds(document["expires_in"]);
  return {
    kind: "tokens",
    tokens: {
      accessToken,
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(idToken === undefined ? {} : { idToken }),
      ...(expiresIn === undefined ? {} : { expiresIn }),
      ...(scope === undefined ? {} : { scope }),
    },
  };
}

/** Servers write the number as text, too. Nonsense counts as not said; zero means "never" to some. */
function seconds(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number) || number <= 0) return undefined;
  return Math.min(number, LONGEST);
}

/** A form-encoded answer; `undefined` when the text is none (it must name a token or an error). */
function parseForm(reply: TextReply): { readonly [member: string]: unknown } | undefined {
  const text = reply.text.trim();
  if (!/^[^\s<>{}"]+$/.test(text)) return undefined;
  const form = new URLSearchParams(text);
  if (!form.has("access_token") && !form.has("error")) return undefined;
  return Object.fromEntries(form);
}
