import {
  displayUrl,
  parseJsonObject,
  sentenceOf,
  stringMember,
  stringsMember,
} from "./network_text.ts";
import type { TextReply } from "./oauth_exchange.ts";

/** What a protected resource says of itself (RFC 9728 section 2). */
export interface ProtectedResourceMetadata {
  /** The resource identifier, byte for byte as published. */
  readonly resource: string;
  /** Issuer identifiers, byte for byte, in the order of the document. */
  readonly authorizationServers: readonly string[];
  readonly scopesSupported?: readonly string[];
  /** Where the document was, for messages. */
  readonly document: URL;
}

/** What a reply to a metadata request is worth. */
export type DocumentVerdict<T> =
  | { readonly kind: "metadata"; readonly metadata: T }
  /** There is no metadata at that place; the next place may have it. `said` is what a refusal says. */
  | { readonly kind: "absent"; readonly why: string; readonly said?: string }
  /** The place may have metadata, but cannot say so now; `unreachable` when its host did not answer at all. */
  | { readonly kind: "unavailable"; readonly why: string; readonly unreachable?: true };

/**
 * Where a server's protected resource metadata may be (RFC 9728 section 3.1): at its path, its query
 * kept, then at the root of its origin. Where the server has a query, the path without it is tried
 * in between: many servers route by path alone.
 */
export function protectedResourceLocations(server: URL): readonly URL[] {
  const base = `${server.origin}/.well-known/oauth-protected-resource`;
  const path = server.pathname === "/" ? "" : server.pathname;
  const candidates = [`${base}${path}${server.search}`, `${base}${path}`, base];
  return [...new Set(candidates)].map((candidate) => new URL(candidate));
}

/**
 * Judges the reply to a protected resource metadata request: only a 200 with a JSON object that names
 * its `resource` is metadata (RFC 9728 section 3.2); a web page that answers every path is not.
 */
export function judgeProtectedResourceReply(
  reply: TextReply,
): DocumentVerdict<ProtectedResourceMetadata> {
  const early = judgeDocumentStatus(reply);
  if (early !== undefined) return early;
  const document = parseJsonObject(reply.text);
  if (document === undefined) return { kind: "absent", why: notJson(reply) };
  const resource = stringMember(document, "resource");
  if (resource === undefined) return { kind: "absent", why: `names no "resource"` };
  const scopesSupported = stringsMember(document, "scopes_supported");
  return {
    kind: "metadata",
    metadata: {
      resource,
      authorizationServers: stringsMember(document, "authorization_servers") ?? [],
      ...(scopesSupported === undefined ? {} : { scopesSupported }),
      document: reply.url,
    },
  };
}

/** What the status alone decides; `undefined` for a 200. */
export function judgeDocumentStatus(
  reply: TextReply,
): Extract<DocumentVerdict<never>, { readonly kind: "absent" | "unavailable" }> | undefined {
  if (reply.status === 200) return undefined;
  const said = sentenceOf(reply.text);
  const why = `HTTP ${reply.status}${said === "" ? "" : ` (${said})`}`;
  if (reply.status >= 500 || reply.status === 429 || reply.status === 408) {
    return { kind: "unavailable", why };
  }
  return { kind: "absent", why, ...(reply.status === 403 && said !== "" ? { said: why } : {}) };
}

/** Why a 200 is no metadata. */
export function notJson(reply: TextReply): string {
  return reply.mediaType === "text/html" || /^\s*</.test(reply.text)
    ? "a web page instead of JSON"
    : "no JSON object";
}

/** Whether published metadata is meant for the server that was asked for. */
export type ResourceVerdict =
  | { readonly kind: "match" }
  | { readonly kind: "mismatch"; readonly message: string };

/**
 * Compares the published resource identifier with the server's URL (RFC 9728 section 3.3 as MCP
 * relaxes it: an identifier may stand for everything below it). Same origin, and the identifier's
 * path is the server's path or a whole-segment prefix of it; a query in the identifier must be the
 * server's own. A fragment is never valid (RFC 8707 section 2).
 */
export function judgeResource(resource: string, server: URL): ResourceVerdict {
  if (!URL.canParse(resource)) return mismatch(resource, server);
  const published = new URL(resource);
  const matches = published.origin === server.origin && published.hash === "" &&
    !resource.includes("#") && published.username === "" && published.password === "" &&
    isPathPrefix(published.pathname, server.pathname) &&
    (published.search === "" || published.search === server.search);
  return matches ? { kind: "match" } : mismatch(resource, server);
}

function isPathPrefix(prefix: string, path: string): boolean {
  if (prefix === path) return true;
  const folder = prefix.endsWith("/") ? prefix : `${prefix}/`;
  return `${path}/`.startsWith(folder);
}

function mismatch(resource: string, server: URL): ResourceVerdict {
  return {
    kind: "mismatch",
    message: `its metadata is for "${displayUrl(resource)}", not for "${displayUrl(server)}"`,
  };
}
