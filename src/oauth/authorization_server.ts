import {
  assumedMetadata,
  type AuthorizationServerMetadata,
  judgeAuthorizationServerReply,
} from "./authorization_server_metadata.ts";
import { judgeMetadataUrl } from "./metadata_url_policy.ts";
import { displayUrl } from "./network_text.ts";
import { failureText, type OAuthExchange } from "./oauth_exchange.ts";

/** What came of looking for an authorization server's metadata. */
export type AuthorizationServerFinding =
  | { readonly kind: "found"; readonly metadata: AuthorizationServerMetadata }
  /** What was found must not be used. */
  | { readonly kind: "refused"; readonly why: string; readonly hint?: string }
  /** Nothing was found, and some place could not answer. */
  | { readonly kind: "unavailable"; readonly why: string; readonly unreachable?: true };

/**
 * Where an issuer's metadata may be, in the order of the MCP specification: RFC 8414 with path
 * insertion, OpenID Connect with path insertion, OpenID Connect with path appending.
 */
export function authorizationServerLocations(issuer: URL): readonly URL[] {
  const { origin } = issuer;
  const path = issuer.pathname.replace(/\/$/, "");
  const candidates = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    ...(path === "" ? [] : [`${origin}${path}/.well-known/openid-configuration`]),
  ];
  return candidates.map((candidate) => new URL(candidate));
}

/** Finds authorization servers by their issuer identifier. */
export class AuthorizationServerFinder {
  readonly #exchange: OAuthExchange;
  readonly #server: URL;

  /** @param server The MCP server, by whose place URLs are judged. */
  constructor(exchange: OAuthExchange, server: URL) {
    this.#exchange = exchange;
    this.#server = server;
  }

  /**
   * Finds the metadata of the issuer. Where every location says that it has none, the endpoints of
   * revision 2025-03-26 are assumed; where a document was refused, a location could not answer, or
   * one forbids and says why, they are not.
   *
   * @param source What named the issuer, for messages (a URL)
   */
  async find(
    issuer: string,
    source: URL,
    signal?: AbortSignal,
  ): Promise<AuthorizationServerFinding> {
    const verdict = judgeMetadataUrl(issuer, this.#server);
    if (verdict.kind === "refused") {
      return {
        kind: "refused",
        why: `the authorization server "${displayUrl(issuer)}" that "${
          displayUrl(source)
        }" names is refused: ${verdict.reason}`,
      };
    }
    if (/[?#]/.test(issuer)) {
      const why = `the issuer "${displayUrl(issuer)}" has a query or fragment (RFC 8414 section 2)`;
      return { kind: "refused", why };
    }
    return await this.#search(issuer, verdict.url, signal);
  }

  async #search(
    issuer: string,
    url: URL,
    signal: AbortSignal | undefined,
  ): Promise<AuthorizationServerFinding> {
    let refused: AuthorizationServerFinding | undefined;
    let unavailable: AuthorizationServerFinding | undefined;
    for (const location of authorizationServerLocations(url)) {
      const finding = await this.#ask(location, issuer, signal);
      if (finding === undefined) continue;
      if (finding.kind === "found") return finding;
      if (finding.kind === "refused") refused ??= finding;
      else {
        unavailable ??= finding;
        // All locations are at one host: if it does not answer, each would cost its time.
        if (finding.unreachable === true) break;
      }
    }
    return refused ?? unavailable ?? { kind: "found", metadata: assumedMetadata(issuer) };
  }

  /** `undefined` when the location has no metadata. */
  async #ask(
    location: URL,
    issuer: string,
    signal: AbortSignal | undefined,
  ): Promise<AuthorizationServerFinding | undefined> {
    let reply;
    try {
      reply = await this.#exchange.getDocument(location, signal);
    } catch (failure) {
      signal?.throwIfAborted();
      return { kind: "unavailable", why: failureText(location, failure), unreachable: true };
    }
    const verdict = judgeAuthorizationServerReply(reply, issuer, this.#server);
    if (verdict.kind === "metadata") return { kind: "found", metadata: verdict.metadata };
    if (verdict.kind === "absent" && verdict.said === undefined) return undefined;
    const why = `"${displayUrl(location)}": ${verdict.why}`;
    if (verdict.kind === "absent") return { kind: "refused", why };
    if (verdict.kind === "unavailable") return { kind: "unavailable", why };
    return {
      kind: "refused",
      why,
      ...(verdict.hint === undefined ? {} : { hint: verdict.hint }),
    };
  }
}
