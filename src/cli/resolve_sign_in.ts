import type { HeaderCommand, SignInOptions } from "../bridge/sign_in_options.ts";
import type { McpRemoteIdentity } from "../credentials/mcp_remote_hash.ts";
import { CausewayError } from "../errors.ts";
import type { JsonObject } from "../jsonrpc/frame.ts";
import type { OAuthClient } from "../oauth/client_authentication.ts";
import type { SignInMethod, SignInSettings } from "../oauth/sign_in.ts";
import type { Environment } from "../platform/environment.ts";
import type { HttpHeader } from "../platform/http_client.ts";
import { hasDisplay } from "../platform/system_browser.ts";
import { toMilliseconds } from "./durations.ts";
import type { GivenFlags, LowArguments } from "./low_arguments.ts";
import { METADATA, resolveClient, textMember } from "./resolve_sign_in_client.ts";
import { idleFlags, refuseContradictions } from "./resolve_sign_in_combinations.ts";
import {
  type AuthorizeParameters,
  callbackOf,
  identityOf,
  resourceOf,
  tokenEndpointOf,
} from "./resolve_sign_in_redirect.ts";
import { type JsonContext, readJsonArgument } from "./resolve_sign_in_json.ts";

/** `client_name` of a registration. */
const CLIENT_NAME = "Causeway";
const DEFAULT_PROFILE = "default";
/** mcp-remote waits for 30 seconds, because the client waits with it; here it does not. */
const DEFAULT_SIGN_IN_SECONDS = "300";

/** What was decided before the sign-in is. */
export interface SignInGiven {
  readonly low: LowArguments;
  readonly serverUrl: URL;
  /** The user's header fields as they were given, variables unexpanded. */
  readonly headers: readonly HttpHeader[];
  readonly headerCommands: readonly HeaderCommand[];
}

/** What resolving the sign-in asks of the operating system. */
export interface SignInContext extends JsonContext {
  readonly environment: Environment;
  /** Milliseconds since the Unix epoch. */
  readonly wallTime: () => number;
}

/** What the flags of the sign-in came to. */
export interface SignInResolution {
  readonly options: SignInOptions;
  readonly mcpRemoteIdentity: McpRemoteIdentity;
  /** What the user should know, without a secret in it. */
  readonly warnings: readonly string[];
}

/**
 * Makes the options of a sign-in of what was typed: reads files and environment, fills in defaults,
 * refuses what makes no sense. Opens no connection and no port.
 *
 * @throws {CausewayError} usage or local-file
 */
export async function resolveSignIn(
  given: SignInGiven,
  context: SignInContext,
): Promise<SignInResolution> {
  const { low: { flags }, headers, headerCommands } = given;
  const commanded = headerCommands.map(({ name }) => name);
  refuseContradictions(flags, [...headers.map(([name]) => name), ...commanded]);
  const authorizeParameters = await authorizeParametersOf(flags);
  const metadata = await readMetadata(flags, context);
  const client = await resolveClient(flags, {
    files: context.files,
    lookUp: context.lookUp,
    wallTime: context.wallTime,
    metadata,
  });
  if (flags.has("client-credentials")) requireCredentials(client);
  const identity = identityOf(given.low, headers, authorizeParameters);
  return {
    options: {
      settings: settingsOf(given, { client, metadata, authorizeParameters, context }),
      callback: callbackOf(given.low, {
        hasClient: client !== undefined,
        identity,
        operatingSystem: context.environment.operatingSystem,
      }),
      always: flags.value("auth") === "always",
      waitForAuth: flags.has("wait-for-auth"),
      openBrowser: !flags.has("no-browser"),
      store: flags.value("store") === "file" ? "file" : "keychain",
      headerCommands,
    },
    mcpRemoteIdentity: identity,
    warnings: idleFlags(flags, client !== undefined),
  };
}

/** One of each name, the later one, as in mcp-remote. */
async function authorizeParametersOf(flags: GivenFlags): Promise<AuthorizeParameters> {
  const given = flags.all("authorize-param");
  if (given.length === 0) return [];
  const { derivedParameter } = await import("../oauth/authorization_request.ts");
  const last = new Map<string, string>();
  for (const text of given) {
    const equals = text.indexOf("=");
    const name = text.slice(0, equals).trim();
    const derived = derivedParameter(name);
    if (derived !== undefined) {
      throw new CausewayError(
        "usage",
        `Cannot set "${derived.name}" by "--authorize-param": each sign-in derives it itself`,
        { hint: derived.flag === undefined ? "leave it out" : `use ${derived.flag} instead` },
      );
    }
    last.set(name, text.slice(equals + 1));
  }
  return [...last];
}

async function readMetadata(
  flags: GivenFlags,
  context: JsonContext,
): Promise<JsonObject | undefined> {
  const given = flags.value("static-oauth-client-metadata");
  return given === undefined ? undefined : await readJsonArgument(METADATA, given, context);
}

function requireCredentials(client: OAuthClient | undefined): void {
  if (client?.clientSecret !== undefined || client?.assertion !== undefined) return;
  throw new CausewayError(
    "usage",
    `Cannot use "--client-credentials": ${
      client === undefined ? "there is no client" : "the client has neither secret nor private key"
    }`,
    {
      hint: "add --client-id ID --client-secret-env VAR, or --static-oauth-client-info with " +
        '"client_secret" or "private_key"',
    },
  );
}

function settingsOf(given: SignInGiven, made: {
  readonly client: OAuthClient | undefined;
  readonly metadata: JsonObject | undefined;
  readonly authorizeParameters: AuthorizeParameters;
  readonly context: SignInContext;
}): SignInSettings {
  const { low: { flags }, serverUrl } = given;
  const { client, metadata = {} } = made;
  const { omit, resource } = resourceOf(flags);
  const issuer = flags.value("issuer");
  const scope = flags.value("scope") ?? textMember(metadata, "scope", METADATA);
  const clientMetadataUrl = flags.value("client-metadata-url")?.trim();
  const tokenEndpoint = tokenEndpointOf(flags);
  return {
    server: serverUrl,
    profile: flags.value("profile") ?? DEFAULT_PROFILE,
    method: methodOf(flags, made.context.environment),
    clientName: textMember(metadata, "client_name", METADATA) ?? CLIENT_NAME,
    ...(client === undefined ? {} : { client }),
    ...(clientMetadataUrl === undefined ? {} : { clientMetadataUrl }),
    ...(made.metadata === undefined ? {} : { registrationMetadata: made.metadata }),
    ...(scope === undefined ? {} : { scope }),
    ...(resource === undefined ? {} : { resource }),
    ...(issuer === undefined ? {} : { issuer }),
    omitResource: omit,
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    authorizeParameters: made.authorizeParameters,
    useIdToken: flags.has("use-id-token"),
    timeout: toMilliseconds(flags.value("auth-timeout") ?? DEFAULT_SIGN_IN_SECONDS),
  };
}

/**
 * How the user is signed in. Who set up a way for the redirect has a browser somewhere; else, where
 * no browser can be shown, a code on another device is better if the server offers it.
 */
function methodOf(flags: GivenFlags, environment: Environment): SignInMethod {
  if (flags.has("client-credentials")) return "client_credentials";
  if (flags.has("device-code")) return "device";
  const isSetUp = flags.value("callback-url") !== undefined ||
    flags.value("callback-bind") !== undefined;
  const isRemote = (environment.get("SSH_CONNECTION") ?? "") !== "";
  return isSetUp || (hasDisplay(environment) && !isRemote) ? "browser" : "device_if_offered";
}
