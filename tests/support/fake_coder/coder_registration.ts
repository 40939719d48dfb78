import type { FakeReply, RecordedRequest } from "../fake_authorization_server/recording_server.ts";
import { apiError, oauthError, oauthReply } from "./coder_replies.ts";
import type { CoderApp, CoderWorld } from "./coder_world.ts";

type Metadata = Readonly<Record<string, unknown>>;

const NAME_LIMIT = 64;
const METHODS: readonly unknown[] = ["client_secret_basic", "client_secret_post", "none"];
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** `POST /oauth2/register` (RFC 7591): unknown fields are ignored, only the first redirect URI counts. */
export function answerRegistration(world: CoderWorld, request: RecordedRequest): FakeReply {
  if (!world.dynamicRegistration) {
    return oauthError(
      world,
      403,
      "invalid_request",
      "Dynamic client registration is disabled on this deployment",
    );
  }
  const metadata = parse(request.body);
  if (metadata === undefined) return apiError(400, "Request body must be valid JSON.");
  const fault = faultOf(metadata);
  if (fault !== undefined) return oauthError(world, 400, "invalid_client_metadata", fault);
  const redirectUris = textList(metadata["redirect_uris"]);
  const method = textOr(metadata["token_endpoint_auth_method"], "client_secret_basic");
  const app: CoderApp = {
    id: crypto.randomUUID(),
    name: nameOf(metadata),
    secret: method === "none" && world.features.publicClients ? undefined : world.makeSecret(),
    callbackUrl: redirectUris[0] ?? "",
    method,
  };
  world.apps.set(app.id, app);
  world.counters.registrations++;
  return oauthReply(world, 201, {
    client_id: app.id,
    client_secret: app.secret,
    client_id_issued_at: Math.floor(world.now() / 1000),
    redirect_uris: redirectUris,
    client_name: app.name,
    grant_types: metadata["grant_types"] ?? ["authorization_code", "refresh_token"],
    response_types: metadata["response_types"] ?? ["code"],
    token_endpoint_auth_method: method,
    registration_access_token: world.makeSecret(),
    registration_client_uri: `${world.accessUrl}/oauth2/clients/${app.id}`,
  });
}

function faultOf(metadata: Metadata): string | undefined {
  const redirectUris = textList(metadata["redirect_uris"]);
  if (redirectUris.length === 0) return "at least one redirect URI is required";
  for (const uri of redirectUris) {
    const fault = redirectFault(uri);
    if (fault !== undefined) return fault;
  }
  const grants = textList(metadata["grant_types"] ?? ["authorization_code"]);
  if (!grants.includes("authorization_code")) return "authorization_code grant type is required";
  const wrong = grants.find((one) => one !== "authorization_code" && one !== "refresh_token");
  if (wrong !== undefined) return `unsupported grant type: ${wrong}`;
  if (textList(metadata["response_types"] ?? ["code"]).some((type) => type !== "code")) {
    return "unsupported response type";
  }
  if (!METHODS.includes(metadata["token_endpoint_auth_method"] ?? "none")) {
    return "unsupported token endpoint auth method";
  }
  for (const field of ["client_uri", "logo_uri", "tos_uri", "policy_uri"]) {
    const value = metadata[field];
    if (value !== undefined && !/^https?:\/\/./.test(String(value))) {
      return `${field} must be an absolute http(s) URL`;
    }
  }
  return undefined;
}

function redirectFault(uri: string): string | undefined {
  if (!URL.canParse(uri)) return `redirect URI ${uri} is not valid`;
  const url = new URL(uri);
  if (url.hash !== "") return "redirect URI must not have a fragment";
  if (["javascript:", "data:", "file:", "ftp:"].includes(url.protocol)) {
    return "redirect URI has a forbidden scheme";
  }
  return url.protocol === "http:" && !LOOPBACK.includes(url.hostname)
    ? "redirect URI with http must be on the loopback interface"
    : undefined;
}

function nameOf(metadata: Metadata): string {
  const name = textOr(metadata["client_name"], "Dynamically Registered Client");
  return name.length <= NAME_LIMIT ? name : `${name.slice(0, NAME_LIMIT - 9)}-0123abcd`;
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === "string" && value !== "" ? value : fallback;
}

function textList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

function parse(body: string): Metadata | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}
