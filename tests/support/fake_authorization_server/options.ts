/** A client that the authorization server knows without dynamic registration. */
export interface PreregisteredClient {
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Exact redirect URIs; none means any loopback one. */
  readonly redirectUris?: readonly string[];
  /** The public key for `private_key_jwt` (RFC 7523 section 2.2). */
  readonly publicKey?: JsonWebKey;
}

/** A way in which the token endpoint fails. */
export type TokenFault =
  | "none"
  | "503"
  /** 200 with a web page. */
  | "html"
  /** 502 with a web page. */
  | "bad_gateway_html"
  | "hang"
  | "invalid_grant"
  /** The connection ends before anything was done. */
  | "drop_before"
  /** The grant was used (the refresh token rotated), then the connection ends without an answer. */
  | "drop_after";

/** One option per way in which real authorization servers and protected resources differ. */
export interface FakeAuthorizationOptions {
  // Where things are
  /** Whether the MCP endpoint shares the origin of the authorization server. */
  readonly origins: "same" | "separate";
  readonly mcpPath: string;
  /** A query that the server URL carries (`?key=…`); the endpoint answers 404 without it. */
  readonly mcpQuery: string;
  /** The path of the issuer, without a final slash: `""` or `/tenant`. */
  readonly issuerPath: string;
  /** Path -> Location: requests to that path are answered 307. */
  readonly redirects: Readonly<Record<string, string>>;

  // Protected resource metadata (RFC 9728)
  /** `header`: only at the URL that the challenge names. `path`, `root`: only at that well-known URL. */
  readonly protectedResourceMetadata: "header" | "path" | "root" | "none";
  /** What a 401 carries: one challenge, several in one field in odd case, or no header at all. */
  readonly challenge: "bearer" | "several" | "none";
  readonly challengeScope: string | undefined;
  readonly publishedResource: string | undefined;
  readonly scopesSupported: readonly string[] | undefined;
  /** Members merged over the protected resource metadata last; `undefined` removes one. */
  readonly protectedResourceOverrides: Readonly<Record<string, unknown>>;

  // Authorization server metadata (RFC 8414, OpenID Connect Discovery)
  readonly authorizationServerMetadata:
    | "rfc8414"
    | "oidc_appended"
    | "oidc_inserted"
    | "none";
  /** Unknown paths and missing metadata answer 200 text/html, as single-page applications do. */
  readonly htmlForUnknownPaths: boolean;
  /** The issuer in the metadata: as asked, with a slash at its end, or another. */
  readonly issuerInMetadata: "exact" | "trailing_slash" | "wrong";
  /** Whether the protected resource metadata names the issuer with a slash at its end. */
  readonly issuerSlashInResource: boolean;
  /** `undefined` leaves the member out. */
  readonly codeChallengeMethods: readonly string[] | undefined;
  /** Members merged over the authorization server metadata last; `undefined` removes one. */
  readonly metadataOverrides: Readonly<Record<string, unknown>>;

  // Client registration
  readonly registration: "open" | "off" | "forbidden";
  readonly demandsApplicationType: boolean;
  readonly refusesUnknownRegistrationFields: boolean;
  /** Seconds after which issued client secrets die; 0 means never. */
  readonly clientSecretTtl: number;
  /**
   * `ceiling`: a client gets no scope that it did not register, `ceiling_of_user`: and hears of it only
   * when a user has signed in; `refused`: none may be registered.
   */
  readonly registeredScope: "ignored" | "ceiling" | "ceiling_of_user" | "refused";
  /** What registration answers as `token_endpoint_auth_method`; `asked` echoes the request. */
  readonly registeredAuthMethod: "asked" | "none" | "client_secret_basic" | "client_secret_post";
  /** How the authorization endpoint answers a client that it does not know. */
  readonly unknownClientAnswer: 400 | 401 | 422 | "html";
  readonly clientIdMetadataDocument: boolean;
  readonly preregistered: readonly PreregisteredClient[];
  readonly tokenEndpointAuthMethods: readonly string[] | undefined;
  /** `client_id` in the form beside Basic: the Python SDK demands it, Okta takes it for a second proof. */
  readonly clientIdBesideBasic: "optional" | "demanded" | "refused";

  // Authorization endpoint
  /** What the page does with a signed-in browser: answer at once, never answer, or ask by a form. */
  readonly authorizePage: "approve" | "deny" | "silent" | "consent";
  /** `unadvertised`: no `iss` and no promise of one. The others are advertised (RFC 9207). */
  readonly issInResponse: "unadvertised" | "right" | "wrong" | "missing";
  /** The value of `state` in the response. */
  readonly stateInResponse: "right" | "wrong" | "missing";
  readonly refusesUnknownAuthorizeParameters: boolean;

  // Resource indicators (RFC 8707)
  /** `entra` answers as Microsoft Entra does (AADSTS9010010); `byte_equal` compares with the published one. */
  readonly resourceParameter:
    | "optional"
    | "required"
    | "byte_equal"
    | "refused_at_authorization"
    | "refused_at_token"
    | "entra";

  // Scopes
  /** Tool name -> scope without which calling it is answered 403 `insufficient_scope`. */
  readonly toolScopes: Readonly<Record<string, string>>;
  /** The scope granted when none is asked for. */
  readonly defaultScope: string;
  /** `stuck`: the step-up is never satisfied, whatever scope the token has. */
  readonly stepUp: "honest" | "stuck";

  // Tokens
  /** Seconds that access tokens live. */
  readonly accessTokenTtl: number;
  readonly tellsExpiresIn: boolean;
  readonly tokenAnswer: "json" | "form";
  readonly tokenType: string;
  readonly idToken: "none" | "opaque" | "jwt";
  /** Which token the protected resource takes. */
  readonly bearer: "access_token" | "id_token";
  readonly refreshTokens: "always" | "offline_access" | "never";
  /** `single_use`: an old one is refused. `family`: its reuse revokes the whole grant. */
  readonly refreshRotation: "none" | "single_use" | "family";
  /** Seconds that refresh tokens live; 0 means for ever. */
  readonly refreshTokenTtl: number;
  readonly codeFault: TokenFault;
  readonly refreshFault: TokenFault;
  /** `tool_error`: a call with an expired token is a 200 with `isError` (issues.md row 41). */
  readonly expiredTokenAnswer: "401" | "tool_error";

  // Other grants
  readonly deviceFlow: boolean;
  /** Seconds between polls that the server asks for. */
  readonly deviceInterval: number;
  /** Seconds that a device code lives. */
  readonly deviceCodeTtl: number;
  readonly clientCredentials: boolean;
  readonly revocation: boolean;
  /** The MCP endpoint serves callers without a token. */
  readonly anonymous: boolean;
}

/** The plainest server of today's specification: everything advertised, everything right. */
export const DEFAULT_OPTIONS: FakeAuthorizationOptions = {
  origins: "same",
  mcpPath: "/mcp",
  mcpQuery: "",
  issuerPath: "",
  redirects: {},
  protectedResourceMetadata: "header",
  challenge: "bearer",
  challengeScope: undefined,
  publishedResource: undefined,
  scopesSupported: undefined,
  protectedResourceOverrides: {},
  authorizationServerMetadata: "rfc8414",
  htmlForUnknownPaths: false,
  issuerInMetadata: "exact",
  issuerSlashInResource: false,
  codeChallengeMethods: ["S256"],
  metadataOverrides: {},
  registration: "open",
  demandsApplicationType: false,
  refusesUnknownRegistrationFields: false,
  clientSecretTtl: 0,
  registeredScope: "ignored",
  registeredAuthMethod: "asked",
  unknownClientAnswer: 400,
  clientIdMetadataDocument: false,
  preregistered: [],
  tokenEndpointAuthMethods: ["none", "client_secret_basic", "client_secret_post"],
  clientIdBesideBasic: "optional",
  authorizePage: "approve",
  issInResponse: "unadvertised",
  stateInResponse: "right",
  refusesUnknownAuthorizeParameters: false,
  resourceParameter: "optional",
  toolScopes: {},
  defaultScope: "",
  stepUp: "honest",
  accessTokenTtl: 3600,
  tellsExpiresIn: true,
  tokenAnswer: "json",
  tokenType: "Bearer",
  idToken: "none",
  bearer: "access_token",
  refreshTokens: "always",
  refreshRotation: "single_use",
  refreshTokenTtl: 0,
  codeFault: "none",
  refreshFault: "none",
  expiredTokenAnswer: "401",
  deviceFlow: false,
  deviceInterval: 1,
  deviceCodeTtl: 600,
  clientCredentials: false,
  revocation: true,
  anonymous: false,
};
