import type { FakeReply, RecordedRequest } from "./recording_server.ts";
import { jsonReply } from "./recording_server.ts";
import type { Client, World } from "./world.ts";

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  "redirect_uris",
  "token_endpoint_auth_method",
  "grant_types",
  "response_types",
  "client_name",
  "client_uri",
  "logo_uri",
  "scope",
  "contacts",
  "software_id",
  "software_version",
]);

/** Dynamic client registration (RFC 7591 section 3). */
export function answerRegistration(world: World, request: RecordedRequest): FakeReply {
  const { options } = world;
  if (request.method !== "POST") return { status: 405 };
  if (options.registration === "forbidden") {
    return jsonReply(403, {
      error: "access_denied",
      error_description: "Registration is for administrators",
    });
  }
  if (options.registration === "off") return { status: 404 };
  const metadata = parseObject(request.body);
  if (metadata === undefined) return refusal("invalid_client_metadata", "not a JSON object");
  const redirectUris = metadata["redirect_uris"];
  if (!isTextList(redirectUris) || redirectUris.length === 0) {
    return refusal("invalid_redirect_uri", "redirect_uris is required");
  }
  if (options.demandsApplicationType && metadata["application_type"] !== "native") {
    return refusal("invalid_redirect_uri", "loopback needs application_type native");
  }
  const unknown = Object.keys(metadata).find((field) => !KNOWN_FIELDS.has(field));
  if (options.refusesUnknownRegistrationFields && unknown !== undefined) {
    return refusal("invalid_client_metadata", `unknown field ${unknown}`);
  }
  if (options.registeredScope === "refused" && "scope" in metadata) {
    return jsonReply(422, { detail: [{ loc: ["body", "scope"], msg: "not permitted" }] });
  }
  const client = register(world, metadata, redirectUris);
  return jsonReply(201, registrationAnswer(world, client));
}

function register(
  world: World,
  metadata: Readonly<Record<string, unknown>>,
  redirectUris: readonly string[],
): Client {
  world.counters.registrations++;
  const { registeredAuthMethod, clientSecretTtl } = world.options;
  const asked = metadata["token_endpoint_auth_method"];
  const authMethod = registeredAuthMethod !== "asked"
    ? registeredAuthMethod
    : typeof asked === "string"
    ? asked
    : "client_secret_basic";
  const client: Client = {
    id: `client-${world.counters.registrations}-${crypto.randomUUID()}`,
    secret: authMethod === "none" ? undefined : world.secret("client-secret"),
    secretExpiresAt: clientSecretTtl === 0 ? Infinity : world.now() + clientSecretTtl * 1000,
    redirectUris,
    authMethod,
    publicKey: undefined,
    metadata,
  };
  world.clients.set(client.id, client);
  return client;
}

function registrationAnswer(world: World, client: Client): Record<string, unknown> {
  return {
    ...client.metadata,
    client_id: client.id,
    client_id_issued_at: Math.floor(world.now() / 1000),
    client_secret: client.secret,
    client_secret_expires_at: client.secret === undefined
      ? undefined
      : client.secretExpiresAt === Infinity
      ? 0
      : Math.floor(client.secretExpiresAt / 1000),
    token_endpoint_auth_method: client.authMethod,
  };
}

function refusal(error: string, description: string): FakeReply {
  return jsonReply(400, { error, error_description: description });
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}
