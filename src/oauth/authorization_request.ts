import { asksOfflineAccess } from "./scopes.ts";

/** What an authorization request says (RFC 6749 section 4.1.1, RFC 7636, RFC 8707). */
export interface AuthorizationRequest {
  /** Byte for byte as published; its own query is kept. */
  readonly authorizationEndpoint: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
  readonly codeChallenge: string;
  readonly scope?: string;
  /** Byte for byte as published; left away when absent. */
  readonly resource?: string;
  /** The user's further parameters (`--authorize-param`); see {@linkcode derivedParameter}. */
  readonly extra?: readonly (readonly [name: string, value: string])[];
}

const DERIVED = new Map([
  ["response_type", undefined],
  ["response_mode", undefined],
  ["client_id", "--client-id"],
  ["redirect_uri", "the port after the URL, --host and --callback-path"],
  ["state", undefined],
  ["code_challenge", undefined],
  ["code_challenge_method", undefined],
  ["scope", "--scope"],
  ["resource", "--resource"],
  ["request", undefined],
  ["request_uri", undefined],
]);

/** A parameter that the sign-in makes itself; `flag` is what changes it, if anything does. */
export interface DerivedParameter {
  readonly name: string;
  readonly flag?: string;
}

/** Whether the user may not give this parameter, because the sign-in derives it. */
export function derivedParameter(name: string): DerivedParameter | undefined {
  const lower = name.toLowerCase();
  if (!DERIVED.has(lower)) return undefined;
  const flag = DERIVED.get(lower);
  return { name: lower, ...(flag === undefined ? {} : { flag }) };
}

/**
 * The authorization URL. Only parameters of the standard, because servers exist that refuse any
 * other: `prompt=consent` only together with `offline_access`, where OpenID Connect Core section 11
 * demands it.
 */
export function authorizationUrl(request: AuthorizationRequest): string {
  const extra = (request.extra ?? []).filter(([name]) => derivedParameter(name) === undefined);
  const parameters: (readonly [string, string])[] = [
    ["response_type", "code"],
    ["client_id", request.clientId],
    ["redirect_uri", request.redirectUri],
    ["state", request.state],
    ["code_challenge", request.codeChallenge],
    ["code_challenge_method", "S256"],
  ];
  if (request.scope !== undefined) parameters.push(["scope", request.scope]);
  if (request.resource !== undefined) parameters.push(["resource", request.resource]);
  if (asksOfflineAccess(request.scope) && !extra.some(([name]) => name === "prompt")) {
    parameters.push(["prompt", "consent"]);
  }
  return withParameters(request.authorizationEndpoint, [...parameters, ...extra]);
}

/** A fragment is dropped (RFC 6749 section 3.1); names that the endpoint's own query has are kept there. */
function withParameters(
  endpoint: string,
  parameters: readonly (readonly [string, string])[],
): string {
  const base = endpoint.replace(/#.*$/s, "");
  const own = base.includes("?") ? base.slice(base.indexOf("?") + 1) : "";
  const text = parameters
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
  if (!base.includes("?")) return `${base}?${text}`;
  return own === "" || own.endsWith("&") ? `${base}${text}` : `${base}&${text}`;
}

/** Text from the network may hold lone surrogates, which have no encoding. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
