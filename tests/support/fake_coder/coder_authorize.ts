import {
  type FakeReply,
  htmlReply,
  type RecordedRequest,
  redirectReply,
} from "../fake_authorization_server/recording_server.ts";
import { errorPage, oauthError } from "./coder_replies.ts";
import type { CoderApp, CoderWorld } from "./coder_world.ts";

const SESSION_COOKIE = "coder_session_token";
const KNOWN_PARAMETERS: ReadonlySet<string> = new Set([
  "response_type",
  "client_id",
  "redirect_uri",
  "scope",
  "state",
  "resource",
  "code_challenge",
  "code_challenge_method",
]);

/** `GET` and `POST /oauth2/authorize`: errors are shown on Coder, never redirected. */
export function answerAuthorize(world: CoderWorld, request: RecordedRequest): FakeReply {
  const query = request.query;
  const unknown = [...query.keys()].filter((name) => !KNOWN_PARAMETERS.has(name));
  if (unknown.length > 0) {
    const text = unknown.map((name) => `"${name}" is not a valid query param`).join(", ");
    return errorPage("Invalid Query Parameters", text);
  }
  const app = world.apps.get(query.get("client_id") ?? "");
  if (app === undefined) {
    return oauthError(world, 401, "invalid_client", "The client credentials are invalid");
  }
  const fault = faultOf(world, app, query);
  if (fault !== undefined) return errorPage("Invalid Query Parameters", fault);
  const csrf = world.browserSessions.get(sessionOf(request) ?? "");
  if (csrf === undefined) {
    const back = encodeURIComponent(request.target);
    return redirectReply(`/login?message=Sign+in+to+continue&redirect=${back}`, 303);
  }
  if (request.method === "POST") {
    return new URLSearchParams(request.body).get("csrf_token") === csrf
      ? consent(world, app, query)
      : htmlReply(400, "Bad Request: CSRF token");
  }
  world.counters.authorizations++;
  return consentPage(world, query, csrf);
}

/** `GET /login` shows a form; posting it makes a session. */
export function answerLogin(world: CoderWorld, request: RecordedRequest): FakeReply {
  if (request.method !== "POST") {
    return htmlReply(
      200,
      '<form method="post"><input name="login"><input name="password" type="password">' +
        "<button>Sign in</button></form>",
    );
  }
  const session = world.makeSecret();
  world.browserSessions.set(session, crypto.randomUUID());
  return {
    status: 303,
    headers: {
      location: request.query.get("redirect") ?? "/",
      "set-cookie": `${SESSION_COOKIE}=${session}; Path=/; HttpOnly; SameSite=Lax`,
    },
  };
}

function faultOf(
  world: CoderWorld,
  app: CoderApp,
  query: URLSearchParams,
): string | undefined {
  const { features } = world;
  if (query.get("response_type") !== "code") return 'Query param "response_type" must be "code"';
  const redirectUri = query.get("redirect_uri") ?? app.callbackUrl;
  if (features.redirectExact ? redirectUri !== app.callbackUrl : !matches(redirectUri, app)) {
    return `Query param "redirect_uri" must exactly match ${app.callbackUrl}`;
  }
  const method = query.get("code_challenge_method") ?? "S256";
  if (method !== "S256") return "only the S256 code challenge method is supported";
  if (features.pkceMandatory && (query.get("code_challenge") ?? "") === "") {
    return 'Query param "code_challenge" is required and cannot be empty';
  }
  const resource = query.get("resource");
  if (resource !== null && (!URL.canParse(resource) || resource.includes("#"))) {
    return 'Query param "resource" must be an absolute URI without fragment';
  }
  return undefined;
}

/** Before 2.32: host and port equal, the registered path a prefix. */
function matches(redirectUri: string, app: CoderApp): boolean {
  if (!URL.canParse(redirectUri)) return false;
  const [asked, known] = [new URL(redirectUri), new URL(app.callbackUrl)];
  return asked.host === known.host && asked.pathname.startsWith(known.pathname);
}

function consentPage(world: CoderWorld, query: URLSearchParams, csrf: string): FakeReply {
  const cancel = new URL(query.get("redirect_uri") ?? "");
  cancel.searchParams.set("error", "access_denied");
  cancel.searchParams.set("error_description", "The resource owner denied the request");
  const state = query.get("state");
  if (world.features.stateOnCancel && state !== null) cancel.searchParams.set("state", state);
  return htmlReply(
    200,
    `<form method="post"><input type="hidden" name="csrf_token" value="${csrf}">` +
      `<button>Allow</button></form><a href="${cancel.href.replaceAll("&", "&amp;")}">Cancel</a>`,
  );
}

function consent(world: CoderWorld, app: CoderApp, query: URLSearchParams): FakeReply {
  const user = "alice";
  for (const [text, code] of world.codes) {
    if (code.appId === app.id && code.user === user) world.codes.delete(text);
  }
  const redirectUri = query.get("redirect_uri") ?? app.callbackUrl;
  const text = world.makeSecret();
  world.codes.set(text, {
    appId: app.id,
    user,
    redirectUri,
    challenge: query.get("code_challenge") ?? undefined,
    resource: query.get("resource") ?? undefined,
    expiresAt: world.now() + 600_000,
  });
  const location = new URL(redirectUri);
  location.searchParams.set("code", text);
  const state = query.get("state");
  if (state !== null) location.searchParams.set("state", state);
  return redirectReply(location.href);
}

function sessionOf(request: RecordedRequest): string | undefined {
  return new RegExp(`${SESSION_COOKIE}=([^;]+)`).exec(request.headers["cookie"] ?? "")?.[1];
}
