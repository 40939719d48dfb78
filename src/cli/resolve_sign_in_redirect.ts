import {
  mcpRemoteHash,
  type McpRemoteIdentity,
  mcpRemotePort,
} from "../credentials/mcp_remote_hash.ts";
import { type CallbackSettings, callbackSettings } from "../oauth/callback_settings.ts";
import type { OperatingSystem } from "../platform/environment.ts";
import type { HttpHeader } from "../platform/http_client.ts";
import type { GivenFlags, LowArguments } from "./low_arguments.ts";

/** Further parameters of the authorization request. */
export type AuthorizeParameters = readonly (readonly [name: string, value: string])[];

/** The resource indicator that the user names; an empty one switches it off, as in mcp-remote. */
export function resourceOf(
  flags: GivenFlags,
): { readonly omit: boolean; readonly resource?: string } {
  const given = flags.value("resource")?.trim();
  if (given === "" || flags.has("disable-resource-parameter")) return { omit: true };
  return { omit: false, ...(given === undefined ? {} : { resource: given }) };
}

/** The token endpoint that the user names, in the form in which mcp-remote files it. */
export function tokenEndpointOf(flags: GivenFlags): string | undefined {
  const given = flags.value("token-endpoint");
  return given === undefined ? undefined : new URL(given.trim()).href;
}

/**
 * What mcp-remote tells servers apart by. It knows only these names of headers, and of two alike the
 * later, case and all.
 */
export function identityOf(
  { flags, serverUrl }: LowArguments,
  headers: readonly HttpHeader[],
  authorizeParameters: AuthorizeParameters,
): McpRemoteIdentity {
  const { resource } = resourceOf(flags);
  const clientMetadataUrl = flags.value("client-metadata-url")?.trim();
  const tokenEndpoint = tokenEndpointOf(flags);
  return {
    server: serverUrl,
    ...(resource === undefined ? {} : { resource }),
    headers: Object.fromEntries(headers.filter(([name]) => /^[A-Za-z0-9_-]+$/.test(name))),
    authorizeParameters: Object.fromEntries(authorizeParameters),
    ...(clientMetadataUrl === undefined ? {} : { clientMetadataUrl }),
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
  };
}

/**
 * How the redirect URI is made. A client that was registered beforehand, or that publishes its
 * redirect URIs, is good for one port only; where the user gives the whole URI, that names it.
 *
 * @throws {CausewayError} usage
 */
export function callbackOf({ flags, callbackPort }: LowArguments, made: {
  readonly hasClient: boolean;
  readonly identity: McpRemoteIdentity;
  readonly operatingSystem: OperatingSystem;
}): CallbackSettings {
  const defaultPort = mcpRemotePort(mcpRemoteHash(made.identity));
  const callbackUrl = flags.value("callback-url")?.trim();
  const preRegistered = callbackUrl === undefined && made.hasClient;
  const host = flags.value("host");
  const callbackPath = flags.value("callback-path");
  const callbackBind = flags.value("callback-bind");
  const authSuccessUrl = flags.value("auth-success-url")?.trim();
  return callbackSettings({
    defaultPort,
    preRegistered,
    ...(callbackPort === undefined ? {} : { port: callbackPort }),
    ...(host === undefined ? {} : { host }),
    ...(callbackPath === undefined ? {} : { callbackPath }),
    ...(callbackBind === undefined ? {} : { callbackBind }),
    ...(callbackUrl === undefined ? {} : { callbackUrl }),
    ...(authSuccessUrl === undefined ? {} : { authSuccessUrl }),
    allowHttp: flags.has("allow-http"),
  }, made.operatingSystem);
}
