import { judgeMetadataUrl } from "./metadata_url_policy.ts";
import { displayUrl, parseJsonObject, stringMember, stringsMember } from "./network_text.ts";
import type { TextReply } from "./oauth_exchange.ts";
import type { AuthorizationServerSummary } from "./ports.ts";
import { type DocumentVerdict, judgeDocumentStatus, notJson } from "./protected_resource.ts";

/** What is used of an authorization server's metadata (RFC 8414 section 2). URLs have passed the policy. */
export interface AuthorizationServerMetadata {
  /** Byte for byte as published. */
  readonly issuer: string;
  readonly authorizationEndpoint?: string;
  readonly tokenEndpoint?: string;
  readonly registrationEndpoint?: string;
  readonly revocationEndpoint?: string;
  readonly deviceAuthorizationEndpoint?: string;
  readonly scopesSupported?: readonly string[];
  readonly codeChallengeMethodsSupported?: readonly string[];
  readonly tokenEndpointAuthMethodsSupported?: readonly string[];
  readonly grantTypesSupported?: readonly string[];
  readonly issParameterSupported: boolean;
  readonly clientIdMetadataDocumentSupported: boolean;
  /** Whether a document said all this, or it is assumed (the endpoints of revision 2025-03-26). */
  readonly source: "document" | "assumed";
}

/** {@linkcode DocumentVerdict}, or a document that must not be used. */
export type AuthorizationServerVerdict =
  | DocumentVerdict<AuthorizationServerMetadata>
  | { readonly kind: "refused"; readonly why: string; readonly hint?: string };

const ENDPOINTS = [
  ["authorization_endpoint", "authorizationEndpoint"],
  ["token_endpoint", "tokenEndpoint"],
  ["registration_endpoint", "registrationEndpoint"],
  ["revocation_endpoint", "revocationEndpoint"],
  ["device_authorization_endpoint", "deviceAuthorizationEndpoint"],
] as const;

/**
 * Whether two issuer identifiers name the same authorization server: byte for byte, but for one final
 * slash. Before metadata is located that slash is removed (RFC 8414 section 3.1), so that only one
 * party can answer for both; and servers exist (Auth0's) that publish it where their resources do not.
 */
export function isSameIssuer(one: string, other: string): boolean {
  return one === other || `${one}/` === other || one === `${other}/`;
}

/**
 * Judges the reply to a metadata request. The document's `issuer` must be that from which the location
 * was built (RFC 8414 section 3.3; see {@linkcode isSameIssuer}), and each endpoint must pass
 * {@linkcode judgeMetadataUrl}.
 */
export function judgeAuthorizationServerReply(
  reply: TextReply,
  asked: string,
  server: URL,
): AuthorizationServerVerdict {
  const early = judgeDocumentStatus(reply);
  if (early !== undefined) return early;
  const document = parseJsonObject(reply.text);
  if (document === undefined) return { kind: "absent", why: notJson(reply) };
  const issuer = stringMember(document, "issuer");
  if (issuer === undefined) return { kind: "absent", why: `names no "issuer"` };
  if (!isSameIssuer(issuer, asked)) {
    return {
      kind: "refused",
      why: `its metadata is of the issuer "${displayUrl(issuer)}", but "${
        displayUrl(asked)
      }" was asked (RFC 8414 section 3.3)`,
      hint: `if that issuer is the right one, name it: --issuer "${displayUrl(issuer)}"`,
    };
  }
  const endpoints: Record<string, string> = {};
  for (const [member, name] of ENDPOINTS) {
    const value = stringMember(document, member);
    if (value === undefined) continue;
    const verdict = judgeMetadataUrl(value, server);
    if (verdict.kind === "refused") {
      return {
        kind: "refused",
        why: `its ${member} "${displayUrl(value)}" is refused: ${verdict.reason}`,
      };
    }
    endpoints[name] = value;
  }
  return { kind: "metadata", metadata: { issuer, ...endpoints, ...capabilities(document) } };
}

function capabilities(
  document: { readonly [member: string]: unknown },
): Omit<AuthorizationServerMetadata, "issuer"> {
  const lists = [
    ["scopes_supported", "scopesSupported"],
    ["code_challenge_methods_supported", "codeChallengeMethodsSupported"],
    ["token_endpoint_auth_methods_supported", "tokenEndpointAuthMethodsSupported"],
    ["grant_types_supported", "grantTypesSupported"],
  ] as const;
  const found: Record<string, readonly string[]> = {};
  for (const [member, name] of lists) {
    const value = stringsMember(document, member);
    if (value !== undefined) found[name] = value;
  }
  return {
    ...found,
    issParameterSupported: document["authorization_response_iss_parameter_supported"] === true,
    clientIdMetadataDocumentSupported: document["client_id_metadata_document_supported"] === true,
    source: "document",
  };
}

/**
 * The endpoints of revision 2025-03-26 for an authorization server without metadata: `/authorize`,
 * `/token` and `/register` at the root of its origin.
 */
export function assumedMetadata(issuer: string): AuthorizationServerMetadata {
  const { origin } = new URL(issuer);
  return {
    issuer,
    authorizationEndpoint: `${origin}/authorize`,
    tokenEndpoint: `${origin}/token`,
    registrationEndpoint: `${origin}/register`,
    issParameterSupported: false,
    clientIdMetadataDocumentSupported: false,
    source: "assumed",
  };
}

/** What is stored of the metadata. `tokenEndpoint` is the one that was used. */
export function summarize(
  metadata: AuthorizationServerMetadata,
  tokenEndpoint: string,
): AuthorizationServerSummary {
  const { revocationEndpoint, tokenEndpointAuthMethodsSupported } = metadata;
  return {
    issuer: metadata.issuer,
    tokenEndpoint,
    ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
    ...(tokenEndpointAuthMethodsSupported === undefined
      ? {}
      : { tokenEndpointAuthMethods: tokenEndpointAuthMethodsSupported }),
    issParameterSupported: metadata.issParameterSupported,
  };
}

/**
 * Whether the server does PKCE with S256. The specification has a client refuse when metadata does
 * not say so; only a server without any metadata (2025-03-26) is taken at its word to come.
 */
export function supportsS256(metadata: AuthorizationServerMetadata): boolean {
  return metadata.source === "assumed" ||
    metadata.codeChallengeMethodsSupported?.includes("S256") === true;
}
