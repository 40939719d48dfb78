import { ownIssuer } from "./discovery.ts";
import type { FakeReply, RecordedRequest } from "./recording_server.ts";
import { htmlReply, jsonReply, redirectReply } from "./recording_server.ts";
import type { Client, World } from "./world.ts";

/** The cookie that makes a request one of a browser whose user is signed in. */
export const SESSION_COOKIE = "fake_session=alice";

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

/** The authorization endpoint (RFC 6749 section 3.1, RFC 7636, RFC 8707, RFC 9207). */
export function answerAuthorization(world: World, request: RecordedRequest): FakeReply {
  const byBrowser = (request.headers["cookie"] ?? "").includes(SESSION_COOKIE);
  if (request.method !== "GET" && request.method !== "POST" && request.method !== "HEAD") {
    return { status: 405 };
  }
  if (request.method !== "POST") {
    if (byBrowser) world.counters.authorizations++;
    else world.counters.preflights++;
  }
  const parameters = request.query;
  const client = world.client(parameters.get("client_id") ?? "");
  if (client === undefined) return unknownClient(world);
  const redirectUri = parameters.get("redirect_uri") ?? "";
  if (!allowsRedirect(client, redirectUri)) {
    return htmlReply(400, "The redirect_uri is not registered for this application");
  }
  const { registeredScope } = world.options;
  const ceiling = registeredScope === "ceiling" ||
    (registeredScope === "ceiling_of_user" && byBrowser);
  const refused = refusal(world, parameters) ??
    (ceiling ? scopeRefusal(client, parameters) : undefined);
  if (refused !== undefined) return respond(world, parameters, refused);
  if (!byBrowser) return redirectReply(`/login?return=${encodeURIComponent(request.target)}`);
  return request.method === "POST"
    ? decide(world, parameters, new URLSearchParams(request.body).get("decision") === "approve")
    : page(world, parameters);
}

function page(world: World, parameters: URLSearchParams): FakeReply {
  switch (world.options.authorizePage) {
    case "approve":
      return decide(world, parameters, true);
    case "deny":
      return decide(world, parameters, false);
    case "silent":
      return htmlReply(200, "Please wait");
    case "consent":
      return htmlReply(
        200,
        '<form method="post"><button name="decision" value="approve">Allow</button>' +
          '<button name="decision" value="deny">Deny</button></form>',
      );
  }
}

function unknownClient(world: World): FakeReply {
  switch (world.options.unknownClientAnswer) {
    case "html":
      return htmlReply(400, "Unknown application");
    case 422:
      return jsonReply(422, { message: "Unrecognized client_id" });
    default:
      return jsonReply(world.options.unknownClientAnswer, {
        error: "invalid_client",
        error_description: "No such client",
      });
  }
}

function allowsRedirect(client: Client, redirectUri: string): boolean {
  return client.redirectUris?.includes(redirectUri) ??
    /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?\//.test(redirectUri);
}

/** The error of a request that must not be granted, or `undefined`. */
function refusal(
  world: World,
  parameters: URLSearchParams,
): { readonly error: string; readonly description: string } | undefined {
  const resource = parameters.get("resource");
  if (parameters.get("response_type") !== "code") {
    return { error: "unsupported_response_type", description: "only code" };
  }
  if (
    parameters.get("code_challenge_method") !== "S256" ||
    !/^[\w-]{43}$/.test(parameters.get("code_challenge") ?? "")
  ) return { error: "invalid_request", description: "PKCE with S256 is required" };
  const unknown = [...parameters.keys()].find((name) => !KNOWN_PARAMETERS.has(name));
  if (world.options.refusesUnknownAuthorizeParameters && unknown !== undefined) {
    return { error: "invalid_request", description: `unknown parameter ${unknown}` };
  }
  switch (world.options.resourceParameter) {
    case "required":
      return resource === null
        ? { error: "invalid_target", description: "resource is required" }
        : undefined;
    case "byte_equal":
      return resource !== world.publishedResource
        ? { error: "invalid_target", description: "resource is not the published one" }
        : undefined;
    case "refused_at_authorization":
      return resource !== null
        ? { error: "invalid_target", description: "resource is not supported" }
        : undefined;
    case "entra":
      return resource !== null
        ? {
          error: "invalid_request",
          description: "AADSTS9010010: The resource parameter provided in the request " +
            "doesn't match with the requested scopes.",
        }
        : undefined;
    default:
      return undefined;
  }
}

function scopeRefusal(
  client: Client,
  parameters: URLSearchParams,
): { readonly error: string; readonly description: string } | undefined {
  const registered = String(client.metadata["scope"] ?? "").split(" ");
  const beyond = parameters.get("scope")?.split(" ").find((one) => !registered.includes(one));
  if (beyond === undefined) return undefined;
  return { error: "invalid_scope", description: `Client was not registered with scope ${beyond}` };
}

function decide(world: World, parameters: URLSearchParams, approved: boolean): FakeReply {
  if (!approved) {
    return respond(world, parameters, {
      error: "access_denied",
      description: "The user said <b>no</b>",
    });
  }
  const code = world.secret("code");
  world.codes.set(code, {
    grant: {
      clientId: parameters.get("client_id") ?? "",
      subject: "alice",
      resource: parameters.get("resource") ?? undefined,
      scope: parameters.get("scope") ?? world.options.defaultScope,
      revoked: false,
    },
    redirectUri: parameters.get("redirect_uri") ?? "",
    challenge: parameters.get("code_challenge") ?? "",
    expiresAt: world.now() + 600_000,
  });
  return respond(world, parameters, { code });
}

function respond(
  world: World,
  parameters: URLSearchParams,
  outcome: { readonly code: string } | { readonly error: string; readonly description: string },
): FakeReply {
  const { stateInResponse, issInResponse } = world.options;
  const location = new URL(parameters.get("redirect_uri") ?? "");
  if ("code" in outcome) location.searchParams.set("code", outcome.code);
  else {
    location.searchParams.set("error", outcome.error);
    location.searchParams.set("error_description", outcome.description);
  }
  const state = parameters.get("state");
  if (stateInResponse === "wrong") location.searchParams.set("state", "not-the-state-you-sent");
  else if (stateInResponse === "right" && state !== null) location.searchParams.set("state", state);
  if (issInResponse === "right") location.searchParams.set("iss", ownIssuer(world));
  else if (issInResponse === "wrong") {
    location.searchParams.set("iss", "https://other-issuer.example");
  }
  return redirectReply(location.href);
}
