import { ScriptedBrowser } from "../../support/scripted_browser.ts";

/** The redirect URI of a client that nobody listens for: its callback is read off, not loaded. */
export const REDIRECT_URI = "http://127.0.0.1:9/callback";

/** RFC 7636, appendix B. */
export const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/** A reply read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as a JSON object; empty when it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

/**
 * A request that is read to its end, without following redirects, on a connection of its own: some
 * versions of fetch repeat a request whose reused connection was dropped.
 */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const response = await fetch(url, { redirect: "manual", ...init, client });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

/** Posts JSON. */
export function postJson(
  url: string,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return ask(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify(value),
  });
}

/** Posts a form. */
export function postForm(
  url: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return ask(url, { method: "POST", headers, body: new URLSearchParams(fields) });
}

/** An authorization URL with PKCE; `extra` is merged last. */
export function authorizationUrl(
  endpoint: string,
  clientId: string,
  extra: Readonly<Record<string, string>> = {},
): string {
  const url = new URL(endpoint);
  const parameters = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    state: "the-state",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...extra,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** Registers a client and returns the answer's members. */
export async function register(
  endpoint: string,
  metadata: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const answer = await postJson(endpoint, {
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: "none",
    ...metadata,
  });
  return answer.json;
}

/** The parameters of the authorization response. */
export async function authorize(
  endpoint: string,
  clientId: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<URLSearchParams> {
  const url = authorizationUrl(endpoint, clientId, extra);
  return new URL(await new ScriptedBrowser().callbackUrl(url)).searchParams;
}

/** Redeems a code as a public client; `extra` is merged last. */
export function redeem(
  endpoint: string,
  clientId: string,
  code: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return postForm(endpoint, {
    grant_type: "authorization_code",
    client_id: clientId,
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
    ...extra,
  });
}

/** Refreshes as a public client; `extra` is merged last. */
export function refresh(
  endpoint: string,
  clientId: string,
  token: string,
  extra: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return postForm(endpoint, {
    grant_type: "refresh_token",
    client_id: clientId,
    refresh_token: token,
    ...extra,
  });
}

/** The member as text; fails when it is none. */
export function text(object: Readonly<Record<string, unknown>>, member: string): string {
  const value = object[member];
  if (typeof value !== "string") throw new Error(`${member} is ${JSON.stringify(object)}`);
  return value;
}

/** An `initialize` request. */
export const INITIALIZE = {
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "plain", version: "1" },
  },
} as const;

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
