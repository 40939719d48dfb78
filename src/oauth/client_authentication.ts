import type { ClientAuthenticationMethod } from "./ports.ts";
import type { HttpHeader } from "../platform/http_client.ts";

/** A client as it proves itself at the token endpoint. Holds secrets: never log it. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret?: string;
  /** The method that was registered or that the user named. */
  readonly tokenEndpointAuthMethod?: string;
  /** Signs a client assertion for an audience (RFC 7523 section 2.2), for clients with a key. */
  readonly assertion?: (audience: string) => Promise<string>;
}

/** Where a client proves itself. */
export interface AuthenticationTarget {
  /** `token_endpoint_auth_methods_supported`; absent means `client_secret_basic` (RFC 8414 section 2). */
  readonly supported?: readonly string[];
  /** The audience of a client assertion: the issuer identifier, or the endpoint where none is known. */
  readonly audience: string;
  /** Whether the form names the client also beside Basic; see {@linkcode authenticate}. */
  readonly namedTwice?: boolean;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/**
 * Chooses how the client proves itself. A held secret is always sent, even by a client that was
 * registered with `none`: servers exist that demand it nevertheless. What the server lists goes
 * before what the registration answered, because some answer a method that they then refuse.
 */
export function selectAuthenticationMethod(
  client: OAuthClient,
  supported: readonly string[] | undefined,
): ClientAuthenticationMethod {
  if (client.assertion !== undefined) return "private_key_jwt";
  if (client.clientSecret === undefined) return "none";
  const registered = client.tokenEndpointAuthMethod;
  const preferred = registered === "client_secret_basic" || registered === "client_secret_post"
    ? registered
    : undefined;
  if (supported === undefined) return preferred ?? "client_secret_basic";
  if (preferred !== undefined && supported.includes(preferred)) return preferred;
  if (supported.includes("client_secret_basic")) return "client_secret_basic";
  if (supported.includes("client_secret_post")) return "client_secret_post";
  return preferred ?? "client_secret_basic";
}

/**
 * Adds the client's proof to a form (RFC 6749 section 2.3.1, RFC 7523 section 2.2). Beside Basic the
 * form does not name the client: some servers (Okta's) take that for a second proof and refuse it,
 * though others (the Python SDK's) look the client up by it alone.
 * @returns The header fields that go with it
 */
export async function authenticate(
  form: URLSearchParams,
  client: OAuthClient,
  target: AuthenticationTarget,
): Promise<readonly HttpHeader[]> {
  const method = selectAuthenticationMethod(client, target.supported);
  const isBasic = method === "client_secret_basic";
  if (!isBasic || target.namedTwice === true) form.set("client_id", client.clientId);
  if (isBasic) {
    return [["authorization", basic(client.clientId, client.clientSecret ?? "")]];
  }
  if (method === "client_secret_post") form.set("client_secret", client.clientSecret ?? "");
  if (method === "private_key_jwt" && client.assertion !== undefined) {
    form.set("client_assertion_type", ASSERTION_TYPE);
    form.set("client_assertion", await client.assertion(target.audience));
  }
  return [];
}

/** Both parts are form-encoded before they are joined (RFC 6749 section 2.3.1), so they are ASCII. */
function basic(clientId: string, clientSecret: string): string {
  return `Basic ${btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`)}`;
}

function formEncode(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
