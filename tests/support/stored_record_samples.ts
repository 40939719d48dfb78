import type {
  AuthorizationServerSummary,
  ClientInformation,
  GrantKey,
  PendingSignIn,
  ServerRecord,
  TokenSet,
} from "../../src/oauth/ports.ts";

// Each with every field: the compiler asks for a new one here, and the store's tests then for its reader.

const SUMMARY: Required<AuthorizationServerSummary> = {
  issuer: "https://as.example.com/",
  tokenEndpoint: "https://as.example.com/token",
  revocationEndpoint: "https://as.example.com/revoke",
  tokenEndpointAuthMethods: ["client_secret_basic", "none"],
  issParameterSupported: true,
};

/** A key of tokens. */
export const GRANT_KEY: GrantKey = {
  issuer: "https://as.example.com/",
  resource: "https://mcp.example.com/mcp?key=1",
  profile: "default",
};

/** Tokens with every field. */
export const TOKEN_SET: Required<TokenSet> = {
  version: 1,
  accessToken: "canary-access-token",
  refreshToken: "canary-refresh-token",
  idToken: "canary-id-token",
  expiresAt: 1_790_000_000_000,
  issuedAt: 1_780_000_000_000,
  scope: "read",
  requestedScope: "read write",
  resourceParameter: "https://mcp.example.com/mcp?key=1",
  clientId: "client-1",
  redirectUri: "http://localhost:3335/oauth/callback",
  authorizationServer: SUMMARY,
};

/** A client with every field. */
export const CLIENT: Required<ClientInformation> = {
  version: 1,
  issuer: "https://as.example.com/",
  redirectUri: "http://localhost:3335/oauth/callback",
  clientId: "client-1",
  clientSecret: "canary-client-secret",
  tokenEndpointAuthMethod: "client_secret_post",
  clientSecretExpiresAt: 1_790_000_000_000,
  registeredAt: 1_780_000_000_000,
};

/** A server with every field. */
export const SERVER: Required<ServerRecord> = {
  version: 1,
  server: "https://mcp.example.com/mcp?key=1",
  profile: "default",
  issuer: "https://as.example.com/",
  resource: "https://mcp.example.com/mcp?key=1",
  omitResource: true,
};

/** A pending sign-in with every field. */
export const PENDING: Required<PendingSignIn> = {
  version: 1,
  authorizationServer: SUMMARY,
  authorizationUrl: "https://as.example.com/authorize?client_id=client-1",
  clientId: "client-1",
  redirectUri: "http://localhost:3335/oauth/callback",
  state: "canary-state",
  codeVerifier: "canary-code-verifier",
  resourceParameter: "https://mcp.example.com/mcp?key=1",
  scope: "read",
  startedAt: 1_780_000_000_000,
  openedAt: 1_780_000_000_001,
};
