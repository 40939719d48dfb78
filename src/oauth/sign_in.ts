import type { AuthorizationServerMetadata } from "./authorization_server_metadata.ts";
import type { BearerChallenge } from "./challenge.ts";
import type { OAuthClient } from "./client_authentication.ts";
import type { OAuthExchange } from "./oauth_exchange.ts";
import type {
  AuthorizationReceiver,
  Browser,
  CredentialStore,
  CrossProcessLock,
  ForeignCredentialStore,
  GrantKey,
  SignInPresenter,
  TokenSet,
} from "./ports.ts";
import type { ScopeChoice } from "./scopes.ts";
import type { CausewayError } from "../errors.ts";
import type { JsonObject } from "../jsonrpc/frame.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../platform/clock.ts";
import type { HttpClient, HttpHeader } from "../platform/http_client.ts";

/** How the user is signed in. */
export type SignInMethod =
  /** In a browser, with a loopback redirect (RFC 8252). */
  | "browser"
  /** With a code on any device (RFC 8628). */
  | "device"
  /** As `device` where the server offers it, else as `browser`: for machines without a display. */
  | "device_if_offered"
  /** No user: the client is granted tokens for itself (RFC 6749 section 4.4). */
  | "client_credentials";

/** What the user chose about signing in to one server. */
export interface SignInSettings {
  /** The MCP server's URL, query included. */
  readonly server: URL;
  readonly profile: string;
  readonly method: SignInMethod;
  /** `client_name` of a registration. */
  readonly clientName: string;
  /** A client that the user registered; goes before any other. */
  readonly client?: OAuthClient;
  /** Where the client's own metadata document is (MCP "Client ID Metadata Documents"). */
  readonly clientMetadataUrl?: string;
  /** Merged over the metadata of a registration. */
  readonly registrationMetadata?: JsonObject;
  readonly scope?: string;
  /** The resource identifier to use in place of the published one. */
  readonly resource?: string;
  /** Leave the `resource` parameter away. */
  readonly omitResource: boolean;
  /** The issuer to use in place of the published ones. */
  readonly issuer?: string;
  /** With `client_credentials`: the token endpoint, in place of all discovery. */
  readonly tokenEndpoint?: string;
  /** Further parameters of the authorization request. */
  readonly authorizeParameters: readonly (readonly [name: string, value: string])[];
  /** Send the ID token, not the access token. */
  readonly useIdToken: boolean;
  /** How long a sign-in waits for the user, milliseconds. */
  readonly timeout: number;
}

/** What signing in needs from the outside. */
export interface SignInPorts {
  /** A client that adds nothing to requests and follows no redirects. */
  readonly http: HttpClient;
  /** The user's own header fields for a URL: those meant for its origin, and no others. */
  readonly headersFor?: (url: URL) => readonly HttpHeader[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: CredentialStore;
  readonly foreign?: ForeignCredentialStore;
  readonly lock: CrossProcessLock;
  readonly browser: Browser;
  readonly receiver: AuthorizationReceiver;
  readonly presenter: SignInPresenter;
}

/** What every step of a sign-in to one server needs. */
export interface SignInContext {
  readonly settings: SignInSettings;
  readonly ports: SignInPorts;
  readonly exchange: OAuthExchange;
}

/** Why a sign-in is wanted. */
export interface SignInRequest {
  /** What the server's refusal said. */
  readonly challenge?: BearerChallenge;
  /** The token that was refused: a stored one that differs is better than signing in. */
  readonly refused?: string;
  /** The token was good, but for too little: its requested scope is kept and added to. */
  readonly stepUp?: { readonly previousScope?: string };
  /** The user asked for it: nothing that is stored, here or by another program, will do. */
  readonly explicit?: boolean;
}

/** What a sign-in came to. */
export type SignInOutcome =
  /** The user signed in here. */
  | { readonly kind: "granted"; readonly grant: HeldGrant }
  /** Tokens were there already: another process signed in, or another program had. */
  | { readonly kind: "granted_elsewhere"; readonly grant: HeldGrant }
  /** `authorization-failed`: it would fail again. `server-unreachable`: it may work later. */
  | { readonly kind: "refused"; readonly error: CausewayError };

/** Tokens and where they are filed. */
export interface HeldGrant {
  readonly key: GrantKey;
  readonly tokens: TokenSet;
  /** The authorization server refused the `resource` parameter. */
  readonly omitResource: boolean;
  /** These tokens could not be stored: the store still holds those with this access token. */
  readonly unstored?: string;
}

/** Whom to sign in to, and what to ask for: discovery and the user's settings put together. */
export interface SignInTarget {
  readonly key: GrantKey;
  readonly authorizationServer: AuthorizationServerMetadata;
  /** The `resource` parameter; absent when it is not to be sent. */
  readonly resourceParameter?: string;
  /** The server is remembered for refusing that parameter. */
  readonly omitResource: boolean;
  readonly scope: ScopeChoice;
}

/** The value that goes into the Authorization field; `undefined` when the tokens do not hold it. */
export function bearerOf(tokens: TokenSet, useIdToken: boolean): string | undefined {
  return useIdToken ? tokens.idToken : tokens.accessToken;
}

/** The name of the lock under which tokens are replaced: held for one exchange at most. */
export function tokensLock(key: GrantKey): string {
  return JSON.stringify(["tokens", key.issuer, key.resource, key.profile]);
}

/** The name of the lock under which somebody signs in: held for as long as that takes. */
export function signInLock(key: GrantKey): string {
  return JSON.stringify(["sign-in", key.issuer, key.resource, key.profile]);
}
