import type { AuthorizationServerMetadata } from "./authorization_server_metadata.ts";
import type { OAuthClient } from "./client_authentication.ts";
import {
  judgeRegistrationReply,
  registrationRequest,
  type RegistrationVerdict,
} from "./client_registration.ts";
import { displayUrl } from "./network_text.ts";
import type { ClientInformation, PendingSignIn, TokenSet } from "./ports.ts";
import type { SignInContext } from "./sign_in.ts";
import { signInFailed, signInUnavailable } from "./sign_in_error.ts";
import type { JsonObject } from "../jsonrpc/frame.ts";
import { HttpFailure } from "../platform/http_client.ts";

/** A client and how we came by it. */
export interface ChosenClient {
  readonly client: OAuthClient;
  readonly origin: "preregistered" | "metadata_document" | "stored" | "registered";
}

/** What a client is needed for. */
export interface ClientWish {
  readonly authorizationServer: AuthorizationServerMetadata;
  /** `undefined` for the device grant. */
  readonly redirectUri: string | undefined;
  /** The scope that will be asked for. */
  readonly scope: string | undefined;
  /** Register anew, whatever is stored. */
  readonly fresh: boolean;
}

/** Stands for the redirect URI of clients that are registered for the device grant. */
export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const UNUSED_REDIRECT = "http://127.0.0.1/oauth/callback";

/**
 * Finds the client to sign in with, in the specification's order: the user's own registration, the
 * client's metadata document where the server takes those, a stored registration, a new one.
 */
export class ClientSource {
  readonly #context: SignInContext;

  constructor(context: SignInContext) {
    this.#context = context;
  }

  /**
   * The client for a sign-in.
   * @throws {CausewayError} `authorization-failed` when the server registers none,
   * `server-unreachable` when it cannot now; `signal.reason`
   */
  async choose(wish: ClientWish, signal: AbortSignal): Promise<ChosenClient> {
    const { client, clientMetadataUrl } = this.#context.settings;
    if (client !== undefined) return { client, origin: "preregistered" };
    const { authorizationServer } = wish;
    if (
      clientMetadataUrl !== undefined && authorizationServer.clientIdMetadataDocumentSupported
    ) {
      return {
        client: { clientId: clientMetadataUrl, tokenEndpointAuthMethod: "none" },
        origin: "metadata_document",
      };
    }
    const key = this.#key(wish);
    const stored = wish.fresh ? undefined : await this.#context.ports.store.readClient(key);
    if (stored !== undefined && !this.#isExpired(stored)) {
      return { client: asClient(stored), origin: "stored" };
    }
    const registered = await this.#register(wish, signal);
    await this.#context.ports.store.writeClient(registered);
    return { client: asClient(registered), origin: "registered" };
  }

  /** The client of an authorization request that another process sent; `undefined` when it is unknown now. */
  async ofPendingSignIn(pending: PendingSignIn): Promise<ChosenClient | undefined> {
    const { client, clientMetadataUrl } = this.#context.settings;
    const { clientId, redirectUri, authorizationServer: { issuer } } = pending;
    if (client !== undefined) {
      return client.clientId === clientId ? { client, origin: "preregistered" } : undefined;
    }
    if (clientMetadataUrl === clientId) {
      return { client: { clientId }, origin: "metadata_document" };
    }
    const stored = await this.#context.ports.store.readClient({ issuer, redirectUri });
    if (stored === undefined || stored.clientId !== clientId || this.#isExpired(stored)) {
      return undefined;
    }
    return { client: asClient(stored), origin: "stored" };
  }

  /** The client that tokens were issued to, as far as we still know it. */
  async ofTokens(tokens: TokenSet): Promise<OAuthClient> {
    const { client } = this.#context.settings;
    if (client !== undefined && client.clientId === tokens.clientId) return client;
    const stored = await this.#context.ports.store.readClient({
      issuer: tokens.authorizationServer.issuer,
      redirectUri: tokens.redirectUri ?? DEVICE_GRANT,
    });
    return stored !== undefined && stored.clientId === tokens.clientId
      ? asClient(stored)
      : { clientId: tokens.clientId };
  }

  /** Forgets a stored registration that the server no longer honours. */
  async forget(issuer: string, redirectUri: string | undefined): Promise<void> {
    await this.#context.ports.store.removeClient({
      issuer,
      redirectUri: redirectUri ?? DEVICE_GRANT,
    });
  }

  async #register(wish: ClientWish, signal: AbortSignal): Promise<ClientInformation> {
    const { server } = this.#context.settings;
    const { authorizationServer, redirectUri } = wish;
    const endpoint = authorizationServer.registrationEndpoint;
    if (endpoint === undefined) {
      const issuer = displayUrl(authorizationServer.issuer);
      throw signInFailed(server, `its authorization server "${issuer}" registers no clients`, {
        hint: this.#preregistrationHint(redirectUri),
      });
    }
    const url = new URL(endpoint);
    let verdict = await this.#ask(url, wish, signal);
    for (const other of alternatives(wish)) {
      if (verdict.kind !== "refused") break;
      verdict = await this.#ask(url, other, signal);
    }
    if (verdict.kind === "registered") return { ...verdict.client, ...this.#key(wish) };
    const text = `the client cannot be registered at "${displayUrl(url)}": ${verdict.why}`;
    if (verdict.kind === "unavailable") throw signInUnavailable(server, text);
    throw signInFailed(server, text, {
      hint: authorizationServer.source === "assumed"
        ? "the server publishes nothing about signing in: check the URL, or, if it wants an API " +
          "key, give that with --header"
        : this.#preregistrationHint(redirectUri),
    });
  }

  async #ask(url: URL, wish: ClientWish, signal: AbortSignal): Promise<RegistrationVerdict> {
    try {
      const reply = await this.#context.exchange.postJson(url, this.#metadata(wish), signal);
      return judgeRegistrationReply(reply, this.#key(wish), this.#context.ports.clock.wallTime());
    } catch (failure) {
      signal.throwIfAborted();
      if (!(failure instanceof HttpFailure)) throw failure;
      return { kind: "unavailable", why: failure.kind.replaceAll("_", " ") };
    }
  }

  #metadata(wish: ClientWish): JsonObject {
    const { clientName, registrationMetadata } = this.#context.settings;
    const supported = wish.authorizationServer.tokenEndpointAuthMethodsSupported;
    const { redirectUri, scope } = wish;
    const forDevice = redirectUri === undefined || redirectUri === UNUSED_REDIRECT;
    return registrationRequest({
      clientName,
      grantTypes: [
        ...(forDevice ? [DEVICE_GRANT] : []),
        ...(redirectUri === undefined ? [] : ["authorization_code"]),
        "refresh_token",
      ],
      ...(redirectUri === undefined ? {} : { redirectUri }),
      ...(scope === undefined ? {} : { scope }),
      ...(supported === undefined ? {} : { supportedMethods: supported }),
      ...(registrationMetadata === undefined ? {} : { overrides: registrationMetadata }),
    });
  }

  #preregistrationHint(redirectUri: string | undefined): string {
    const uri = redirectUri === undefined ? "" : ` with the redirect URI ${redirectUri}`;
    return `register a client there yourself${uri}, or have an administrator do it, and give it ` +
      "with --client-id and --client-secret-env";
  }

  #key(wish: ClientWish): { readonly issuer: string; readonly redirectUri: string } {
    return {
      issuer: wish.authorizationServer.issuer,
      redirectUri: wish.redirectUri ?? DEVICE_GRANT,
    };
  }

  #isExpired(stored: ClientInformation): boolean {
    const expiry = stored.clientSecretExpiresAt;
    return expiry !== undefined && expiry <= this.#context.ports.clock.wallTime();
  }
}

/** What to wish for instead when a wish is refused, the next best first. */
function* alternatives(wish: ClientWish): Iterable<ClientWish> {
  // Many servers think of no client without a redirect: one that is never used satisfies them.
  const redirected = { ...wish, redirectUri: wish.redirectUri ?? UNUSED_REDIRECT };
  if (wish.redirectUri === undefined) yield redirected;
  // Not every scope that may be asked for may be registered, and what refuses it says so in many ways.
  if (wish.scope !== undefined) yield { ...redirected, scope: undefined };
}

/** Stored client information as a client that can prove itself. */
export function asClient(stored: ClientInformation): OAuthClient {
  return {
    clientId: stored.clientId,
    ...(stored.clientSecret === undefined ? {} : { clientSecret: stored.clientSecret }),
    ...(stored.tokenEndpointAuthMethod === undefined
      ? {}
      : { tokenEndpointAuthMethod: stored.tokenEndpointAuthMethod }),
  };
}
