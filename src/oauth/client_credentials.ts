import { summarize } from "./authorization_server_metadata.ts";
import { type OAuthClient, selectAuthenticationMethod } from "./client_authentication.ts";
import { keepGrant, requireBearer, tokenSetOf } from "./grant_record.ts";
import { displayUrl } from "./network_text.ts";
import type { AuthorizationServerSummary } from "./ports.ts";
import type { HeldGrant, SignInContext, SignInTarget } from "./sign_in.ts";
import { signInFailed, signInUnavailable } from "./sign_in_error.ts";
import type { TokenReply } from "./token_reply.ts";
import { requestTokens, tokenRefusalText } from "./token_request.ts";

/** Has the client granted tokens for itself (RFC 6749 section 4.4, MCP OAuth Client Credentials extension). */
export class ClientCredentialsGrant {
  readonly #context: SignInContext;

  constructor(context: SignInContext) {
    this.#context = context;
  }

  /**
   * Asks for tokens, once more without the `resource` parameter where the server does not want it.
   * @throws {CausewayError} when there are none; `signal.reason`
   */
  async grant(target: SignInTarget, signal: AbortSignal): Promise<HeldGrant> {
    const client = this.#client();
    const { authorizationServer, resourceParameter, key } = target;
    const { tokenEndpoint } = authorizationServer;
    if (tokenEndpoint === undefined) {
      const name = displayUrl(authorizationServer.issuer);
      throw this.#failed(`its authorization server "${name}" has no token endpoint`);
    }
    const server = summarize(authorizationServer, tokenEndpoint);
    let omitResource = target.omitResource;
    let reply = await this.#ask(target, { server, client, resource: resourceParameter }, signal);
    if (reply.kind === "invalid_target" && resourceParameter !== undefined) {
      reply = await this.#ask(target, { server, client, resource: undefined }, signal);
      omitResource = reply.kind === "tokens";
    }
    if (reply.kind !== "tokens") throw this.#refusal(server, { client, reply });
    const { scope: { scope } } = target;
    const tokens = tokenSetOf(reply.tokens, {
      now: this.#context.ports.clock.wallTime(),
      clientId: client.clientId,
      ...(scope === undefined ? {} : { requestedScope: scope }),
      ...(resourceParameter === undefined || omitResource ? {} : { resourceParameter }),
      authorizationServer: server,
    });
    requireBearer(tokens, this.#context.settings);
    const grant = { key, tokens, omitResource };
    await keepGrant(grant, this.#context.ports, this.#context.settings);
    return grant;
  }

  #client(): OAuthClient {
    const { client } = this.#context.settings;
    if (client?.clientSecret !== undefined || client?.assertion !== undefined) return client;
    throw this.#failed(
      "client credentials need a client ID with a secret or a private key",
      "give them with --client-id and --client-secret-env, or with --static-oauth-client-info",
    );
  }

  #ask(
    { scope: { scope } }: SignInTarget,
    { server, client, resource }: {
      readonly server: AuthorizationServerSummary;
      readonly client: OAuthClient;
      readonly resource: string | undefined;
    },
    signal: AbortSignal,
  ): Promise<TokenReply> {
    return requestTokens(this.#context.exchange, {
      server,
      client,
      request: {
        grant: { kind: "client_credentials" },
        ...(resource === undefined ? {} : { resource }),
        ...(scope === undefined ? {} : { scope }),
      },
      signal,
    });
  }

  #refusal(
    server: AuthorizationServerSummary,
    { client, reply }: {
      readonly client: OAuthClient;
      readonly reply: Exclude<TokenReply, { readonly kind: "tokens" }>;
    },
  ): Error {
    const text = tokenRefusalText(server, reply.why);
    if (reply.kind === "transient") return signInUnavailable(this.#context.settings.server, text);
    if (reply.kind !== "invalid_client") return this.#failed(text);
    const method = selectAuthenticationMethod(client, server.tokenEndpointAuthMethods);
    return this.#failed(text, `check the client ID and its credentials (sent by ${method})`);
  }

  #failed(what: string, hint?: string): Error {
    return signInFailed(this.#context.settings.server, what, hint === undefined ? {} : { hint });
  }
}
