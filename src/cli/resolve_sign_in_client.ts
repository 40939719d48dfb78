import { CausewayError } from "../errors.ts";
import type { JsonObject, JsonValue } from "../jsonrpc/frame.ts";
import { objectOf } from "../jsonrpc/json_object.ts";
import type { OAuthClient } from "../oauth/client_authentication.ts";
import type { GivenFlags } from "./low_arguments.ts";
import { type JsonContext, readJsonArgument, readNamedFile } from "./resolve_sign_in_json.ts";

const CLIENT_INFO = "--static-oauth-client-info";

/** What making a client takes. */
export interface ClientContext extends JsonContext {
  /** Milliseconds since the Unix epoch. */
  readonly wallTime: () => number;
  /** The user's metadata for a registration, which may name how the client authenticates. */
  readonly metadata: JsonObject | undefined;
}

/**
 * The client that the user registered beforehand: `--static-oauth-client-info`, or `--client-id`
 * with `--client-secret-env`; `undefined` when neither was given.
 *
 * @throws {CausewayError} usage or local-file; no secret is in the message
 */
export async function resolveClient(
  flags: GivenFlags,
  context: ClientContext,
): Promise<OAuthClient | undefined> {
  const info = flags.value("static-oauth-client-info");
  const clientId = flags.value("client-id");
  const secretVariable = flags.value("client-secret-env");
  if (info !== undefined && (clientId !== undefined || secretVariable !== undefined)) {
    const other = clientId !== undefined ? "--client-id" : "--client-secret-env";
    throw usage(`Cannot use "${other}": ${CLIENT_INFO} names the client already`, {
      hint: `leave out ${other} or ${CLIENT_INFO}`,
    });
  }
  if (info !== undefined) {
    return await clientOfInfo(await readJsonArgument(CLIENT_INFO, info, context), context);
  }
  if (clientId === undefined) {
    if (secretVariable === undefined) return undefined;
    throw usage('Cannot use "--client-secret-env": the client ID is missing', {
      hint: "add --client-id ID",
    });
  }
  const method = methodOf(undefined, context.metadata);
  const client: OAuthClient = {
    clientId: clientId.trim(),
    ...(secretVariable === undefined ? {} : { clientSecret: secretOf(secretVariable, context) }),
    ...(method === undefined ? {} : { tokenEndpointAuthMethod: method }),
  };
  requireKeyFor(client);
  return client;
}

function secretOf(variable: string, { lookUp }: ClientContext): string {
  const secret = lookUp(variable);
  if (secret !== undefined && secret !== "") return secret;
  throw usage(
    `Cannot use "--client-secret-env": the environment variable "${variable}" is ${
      secret === undefined ? "not set" : "empty"
    }`,
    { hint: `set ${variable} in the "env" of the client's configuration` },
  );
}

async function clientOfInfo(info: JsonObject, context: ClientContext): Promise<OAuthClient> {
  const clientId = textMember(info, "client_id");
  if (clientId === undefined) {
    throw usage(`Cannot use the client of ${CLIENT_INFO}: it has no "client_id"`, {
      hint: 'write {"client_id": "...", "client_secret": "${VAR}"}',
    });
  }
  const clientSecret = textMember(info, "client_secret");
  const method = methodOf(info, context.metadata);
  const assertion = await assertionOf(info, clientId, context);
  const client: OAuthClient = {
    clientId,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(method === undefined ? {} : { tokenEndpointAuthMethod: method }),
    ...(assertion === undefined ? {} : { assertion }),
  };
  requireKeyFor(client);
  return client;
}

/** How the client authenticates: as its information says, else as the metadata does. */
function methodOf(
  info: JsonObject | undefined,
  metadata: JsonObject | undefined,
): string | undefined {
  const member = "token_endpoint_auth_method";
  return (info === undefined ? undefined : textMember(info, member)) ??
    (metadata === undefined ? undefined : textMember(metadata, member, METADATA));
}

/** The flag with the metadata of a registration. */
export const METADATA = "--static-oauth-client-metadata";

/**
 * The text of a member; `undefined` when it is missing, null or empty.
 *
 * @throws {CausewayError} usage when it is no text
 */
export function textMember(
  object: JsonObject,
  name: string,
  flag: string = CLIENT_INFO,
): string | undefined {
  const value = object[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw usage(`Cannot use "${name}" of ${flag}: it is no text`);
}

async function assertionOf(
  info: JsonObject,
  clientId: string,
  context: ClientContext,
): Promise<OAuthClient["assertion"]> {
  const text = await keyText(info["private_key"], context);
  if (text === undefined) return undefined;
  const keyId = textMember(info, "private_key_id");
  const { readAssertionKey, signAssertion } = await import("../oauth/client_assertion.ts");
  const key = await readAssertionKey(text);
  const named = keyId === undefined ? key : { ...key, keyId };
  return (audience) => signAssertion(named, { clientId, audience, now: context.wallTime() });
}

/** The private key as text: PEM or a JWK, in place or after an `@` in a file. */
async function keyText(
  given: JsonValue | undefined,
  context: ClientContext,
): Promise<string | undefined> {
  if (given === undefined || given === null || given === "") return undefined;
  const jwk = objectOf(given);
  if (jwk !== undefined) return JSON.stringify(jwk);
  if (typeof given !== "string") {
    throw usage(`Cannot use "private_key" of ${CLIENT_INFO}: it is neither PEM nor a JWK`, {
      hint: 'write "private_key": "@key.pem", the PEM text, or the JWK object',
    });
  }
  if (given.startsWith("@")) {
    return await readNamedFile(given.slice(1), `"private_key" of ${CLIENT_INFO}`, context.files);
  }
  // Many ways to set a variable cannot hold a line break and keep the two characters \n instead.
  return given.includes("-----BEGIN ") ? given.replaceAll("\\n", "\n") : given;
}

function requireKeyFor(client: OAuthClient): void {
  if (client.tokenEndpointAuthMethod !== "private_key_jwt" || client.assertion !== undefined) {
    return;
  }
  throw usage('Cannot authenticate the client by "private_key_jwt": it has no private key', {
    hint: `add "private_key": "@key.pem" to ${CLIENT_INFO}`,
  });
}

function usage(message: string, options: { readonly hint?: string } = {}): CausewayError {
  return new CausewayError("usage", message, options);
}
