import type {
  AuthorizationServerSummary,
  ClientInformation,
  PendingSignIn,
  ServerRecord,
  TokenSet,
} from "../oauth/ports.ts";
import type { RecordFields } from "./record_fields.ts";

/**
 * Reads a record of version 1. Fields that are not its own are dropped.
 * @throws {DamagedRecord}
 */
export type RecordReader<T> = (fields: RecordFields) => T;

/** Reads a {@linkcode TokenSet}. */
export function readTokenSet(fields: RecordFields): TokenSet {
  return {
    version: 1,
    accessToken: fields.text("accessToken"),
    issuedAt: fields.number("issuedAt"),
    clientId: fields.text("clientId"),
    authorizationServer: readSummary(fields.object("authorizationServer")),
    ...fields.optionalTexts(
      "refreshToken",
      "idToken",
      "scope",
      "requestedScope",
      "resourceParameter",
      "redirectUri",
    ),
    ...fields.optionalNumbers("expiresAt"),
  };
}

/** Reads a {@linkcode ClientInformation}. */
export function readClientInformation(fields: RecordFields): ClientInformation {
  return {
    version: 1,
    issuer: fields.text("issuer"),
    redirectUri: fields.text("redirectUri"),
    clientId: fields.text("clientId"),
    registeredAt: fields.number("registeredAt"),
    ...fields.optionalTexts("clientSecret", "tokenEndpointAuthMethod"),
    ...fields.optionalNumbers("clientSecretExpiresAt"),
  };
}

/** Reads a {@linkcode ServerRecord}. */
export function readServerRecord(fields: RecordFields): ServerRecord {
  return {
    version: 1,
    server: fields.text("server"),
    profile: fields.text("profile"),
    issuer: fields.text("issuer"),
    resource: fields.text("resource"),
    omitResource: fields.boolean("omitResource"),
  };
}

/** Reads a {@linkcode PendingSignIn}. */
export function readPendingSignIn(fields: RecordFields): PendingSignIn {
  return {
    version: 1,
    authorizationServer: readSummary(fields.object("authorizationServer")),
    authorizationUrl: fields.text("authorizationUrl"),
    clientId: fields.text("clientId"),
    redirectUri: fields.text("redirectUri"),
    state: fields.text("state"),
    codeVerifier: fields.text("codeVerifier"),
    startedAt: fields.number("startedAt"),
    ...fields.optionalTexts("resourceParameter", "scope"),
    ...fields.optionalNumbers("openedAt"),
  };
}

function readSummary(fields: RecordFields): AuthorizationServerSummary {
  const methods = fields.optionalTextList("tokenEndpointAuthMethods");
  return {
    issuer: fields.text("issuer"),
    tokenEndpoint: fields.text("tokenEndpoint"),
    issParameterSupported: fields.boolean("issParameterSupported"),
    ...fields.optionalTexts("revocationEndpoint"),
    ...(methods === undefined ? {} : { tokenEndpointAuthMethods: methods }),
  };
}
