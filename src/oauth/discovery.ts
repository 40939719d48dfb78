import {
  type AuthorizationServerFinder,
  type AuthorizationServerFinding,
} from "./authorization_server.ts";
import type { AuthorizationServerMetadata } from "./authorization_server_metadata.ts";
import type { BearerChallenge } from "./challenge.ts";
import { judgeMetadataUrl } from "./metadata_url_policy.ts";
import { displayUrl } from "./network_text.ts";
import { failureText, type OAuthExchange } from "./oauth_exchange.ts";
import {
  type DocumentVerdict,
  judgeProtectedResourceReply,
  judgeResource,
  protectedResourceLocations,
  type ProtectedResourceMetadata,
} from "./protected_resource.ts";
import { signInFailed, signInUnavailable } from "./sign_in_error.ts";

/** Who protects a server, and how tokens for it are had. */
export interface Discovery {
  /** Absent for servers of revision 2025-03-26, which publish nothing of themselves. */
  readonly protectedResource?: ProtectedResourceMetadata;
  readonly authorizationServer: AuthorizationServerMetadata;
}

/** What the user fixed of what discovery would find. */
export interface DiscoveryOverrides {
  /** The issuer to use, whatever is published. */
  readonly issuer?: string;
  /** The resource identifier to use: a published one is then not compared with the server's URL. */
  readonly resource?: string;
}

/** Finds out who protects a server (MCP "Authorization Server Discovery", RFC 9728, RFC 8414). */
export class Discoverer {
  readonly #server: URL;
  readonly #exchange: OAuthExchange;
  readonly #finder: AuthorizationServerFinder;
  readonly #overrides: DiscoveryOverrides;

  constructor(
    server: URL,
    exchange: OAuthExchange,
    finder: AuthorizationServerFinder,
    overrides: DiscoveryOverrides = {},
  ) {
    this.#server = server;
    this.#exchange = exchange;
    this.#finder = finder;
    this.#overrides = overrides;
  }

  /**
   * Asks the server, then its authorization servers in the order published, for the first that can be used.
   * @throws {CausewayError} `authorization-failed` when what is published cannot be used,
   * `server-unreachable` when it could not be had now; `signal.reason`
   */
  async discover(
    challenge: BearerChallenge | undefined,
    signal?: AbortSignal,
  ): Promise<Discovery> {
    const resource = await this.#findResource(challenge, signal);
    const server = await this.#findAuthorizationServer(resource, signal);
    return {
      ...(resource === undefined ? {} : { protectedResource: resource }),
      authorizationServer: server,
    };
  }

  async #findResource(
    challenge: BearerChallenge | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ProtectedResourceMetadata | undefined> {
    let unavailable: string | undefined;
    const asked = new Set<string>();
    const { locations, refused } = this.#resourceLocations(challenge);
    for (const location of locations) {
      if (asked.has(location.href)) continue;
      asked.add(location.href);
      const verdict = await this.#askForResource(location, signal);
      if (verdict.kind === "metadata") return this.#checked(verdict.metadata);
      if (verdict.kind === "unavailable") unavailable ??= verdict.why;
      // Each further location at a host that does not answer would cost its time, too.
      const unreachable = verdict.kind === "unavailable" && verdict.unreachable === true;
      if (unreachable && location.origin === this.#server.origin) break;
    }
    if (refused !== undefined) throw signInFailed(this.#server, refused);
    if (unavailable === undefined) return undefined;
    throw signInUnavailable(
      this.#server,
      `its protected resource metadata cannot be had (${unavailable})`,
    );
  }

  /**
   * The place that the challenge names comes first, then the well-known ones (RFC 9728 section 5). One
   * that must not be asked is passed over, as servers that do not know of the TLS before them name
   * their own by plain http; `refused` says why.
   */
  #resourceLocations(
    challenge: BearerChallenge | undefined,
  ): { readonly locations: readonly URL[]; readonly refused?: string } {
    const wellKnown = protectedResourceLocations(this.#server);
    const named = challenge?.resourceMetadata;
    if (named === undefined) return { locations: wellKnown };
    const absolute = URL.canParse(named, this.#server) ? new URL(named, this.#server).href : named;
    const verdict = judgeMetadataUrl(absolute, this.#server);
    if (verdict.kind === "allowed") return { locations: [verdict.url, ...wellKnown] };
    const refused = `the resource_metadata URL "${displayUrl(named)}" of its WWW-Authenticate ` +
      `header is refused: ${verdict.reason}`;
    return { locations: wellKnown, refused };
  }

  async #askForResource(
    location: URL,
    signal: AbortSignal | undefined,
  ): Promise<DocumentVerdict<ProtectedResourceMetadata>> {
    try {
      return judgeProtectedResourceReply(await this.#exchange.getDocument(location, signal));
    } catch (failure) {
      signal?.throwIfAborted();
      return { kind: "unavailable", why: failureText(location, failure), unreachable: true };
    }
  }

  #checked(metadata: ProtectedResourceMetadata): ProtectedResourceMetadata {
    if (this.#overrides.resource !== undefined) return metadata;
    const verdict = judgeResource(metadata.resource, this.#server);
    if (verdict.kind === "match") return metadata;
    throw signInFailed(this.#server, `${verdict.message} ("${displayUrl(metadata.document)}")`, {
      hint:
        `use the address that the server gives itself, or, if you are sure, name the resource ` +
        `yourself: --resource "${displayUrl(metadata.resource)}"`,
    });
  }

  async #findAuthorizationServer(
    resource: ProtectedResourceMetadata | undefined,
    signal: AbortSignal | undefined,
  ): Promise<AuthorizationServerMetadata> {
    const { issuer } = this.#overrides;
    const published = issuer === undefined ? resource?.authorizationServers ?? [] : [issuer];
    // Revision 2025-03-26: where nothing is published, it is at the root of the server's own origin.
    const issuers = published.length === 0 ? [this.#server.origin] : published;
    const source = issuer === undefined ? resource?.document ?? this.#server : this.#server;
    const findings: AuthorizationServerFinding[] = [];
    for (const candidate of issuers) {
      const finding = await this.#finder.find(candidate, source, signal);
      findings.push(finding);
      if (finding.kind === "found" && finding.metadata.source === "document") break;
    }
    return this.#use(findings);
  }

  /** A documented server, else an assumed one, else the first reason why there is none. */
  #use(findings: readonly AuthorizationServerFinding[]): AuthorizationServerMetadata {
    const found = findings.flatMap((finding) => finding.kind === "found" ? [finding.metadata] : []);
    const best = found.find(({ source }) => source === "document") ?? found[0];
    if (best !== undefined) return best;
    const unavailable = findings.find((finding) => finding.kind === "unavailable");
    const refused = findings.find((finding) => finding.kind === "refused");
    const text = "its authorization server cannot be used";
    if (refused !== undefined) {
      const options = refused.hint === undefined ? {} : { hint: refused.hint };
      throw signInFailed(this.#server, `${text}: ${refused.why}`, options);
    }
    throw signInUnavailable(
      this.#server,
      `the metadata of its authorization server cannot be had (${unavailable?.why ?? "no answer"})`,
    );
  }
}
