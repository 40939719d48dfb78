/** Releases of Coder whose MCP server or OAuth2 provider differ. */
export type CoderEra = "2.26" | "2.31" | "2.36" | "2.37";

/** What a release does. */
export interface CoderFeatures {
  /** Metadata is served under any suffix of its well-known path, not only at the exact path. */
  readonly metadataSuffix: boolean;
  readonly scopesSupported: readonly string[];
  readonly authMethods: readonly string[];
  readonly revocation: boolean;
  readonly pkceMandatory: boolean;
  /** A code verifier that does not match burns the code, and its length is checked. */
  readonly pkceStrict: boolean;
  /** The redirect URI must equal the first registered one; else host and port equal, path a prefix. */
  readonly redirectExact: boolean;
  readonly basicAuthentication: boolean;
  readonly dynamicRegistration: boolean;
  /** Clients registered with `none` get no secret and need none. */
  readonly publicClients: boolean;
  /** `scope` is a known field at the token endpoint. */
  readonly scopeAtToken: boolean;
  /** `state` comes back when the user cancels. */
  readonly stateOnCancel: boolean;
  readonly noStore: boolean;
  /** Which MCP server stands behind: mcp-go with sessions, or go-sdk without. */
  readonly mcp: "sessions" | "stateless";
}

const SCOPES: readonly string[] = [
  "coder:all",
  "coder:application_connect",
  "coder:workspaces.access",
  "template:read",
  "workspace:read",
];

const V2_26: CoderFeatures = {
  metadataSuffix: false,
  scopesSupported: [],
  authMethods: ["client_secret_post"],
  revocation: false,
  pkceMandatory: false,
  pkceStrict: false,
  redirectExact: false,
  basicAuthentication: false,
  dynamicRegistration: true,
  publicClients: false,
  scopeAtToken: false,
  stateOnCancel: false,
  noStore: false,
  mcp: "sessions",
};
const V2_31: CoderFeatures = {
  ...V2_26,
  metadataSuffix: true,
  scopesSupported: SCOPES,
  revocation: true,
  scopeAtToken: true,
};
const V2_36: CoderFeatures = {
  ...V2_31,
  authMethods: ["client_secret_basic", "client_secret_post"],
  pkceMandatory: true,
  redirectExact: true,
  basicAuthentication: true,
  stateOnCancel: true,
};
const V2_37: CoderFeatures = {
  ...V2_36,
  authMethods: ["client_secret_basic", "client_secret_post", "none"],
  pkceStrict: true,
  dynamicRegistration: false,
  publicClients: true,
  noStore: true,
  mcp: "stateless",
};

/** The features of each release. */
export const CODER_FEATURES: Readonly<Record<CoderEra, CoderFeatures>> = {
  "2.26": V2_26,
  "2.31": V2_31,
  "2.36": V2_36,
  "2.37": V2_37,
};
