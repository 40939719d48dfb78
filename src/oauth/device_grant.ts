import { summarize } from "./authorization_server_metadata.ts";
import type { OAuthClient } from "./client_authentication.ts";
import {
  type DeviceAuthorization,
  type DeviceAuthorizationReply,
  pollForTokens,
  requestDeviceAuthorization,
} from "./device_authorization.ts";
import { keepGrant, requireBearer, tokenSetOf } from "./grant_record.ts";
import { displayUrl } from "./network_text.ts";
import { failureText } from "./oauth_exchange.ts";
import type { AuthorizationServerSummary } from "./ports.ts";
import type { HeldGrant, SignInTarget } from "./sign_in.ts";
import { signInFailed, signInUnavailable } from "./sign_in_error.ts";
import type { SignInParts } from "./sign_in_parts.ts";
import type { TokenReply } from "./token_reply.ts";
import { requestTokens, tokenRefusalText } from "./token_request.ts";

/** One try: with which client and resource. */
interface Round {
  readonly target: SignInTarget;
  readonly server: AuthorizationServerSummary;
  readonly endpoint: string;
  readonly freshClient: boolean;
}

/** Signs in with a code that the user types on any device (RFC 8628). */
export class DeviceGrant {
  readonly #parts: SignInParts;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /**
   * Signs in. The caller holds the sign-in lock of the target.
   * @throws {CausewayError} when signing in failed; `signal.reason`
   */
  async grant(target: SignInTarget, signal: AbortSignal): Promise<HeldGrant> {
    const { settings } = this.#parts;
    const { authorizationServer } = target;
    const { deviceAuthorizationEndpoint, tokenEndpoint } = authorizationServer;
    if (deviceAuthorizationEndpoint === undefined || tokenEndpoint === undefined) {
      const name = displayUrl(authorizationServer.issuer);
      throw signInFailed(
        settings.server,
        `its authorization server "${name}" offers no sign-in by device code`,
        { hint: "sign in with a browser: leave --device-code away" },
      );
    }
    const server = summarize(authorizationServer, tokenEndpoint);
    const round = { target, server, endpoint: deviceAuthorizationEndpoint, freshClient: false };
    return await this.#try(round, signal);
  }

  /** Once more with a new client, or without the resource parameter, where the server asks for that. */
  async #try(round: Round, signal: AbortSignal): Promise<HeldGrant> {
    const { clients, settings } = this.#parts;
    const { target } = round;
    const chosen = await clients.choose({
      authorizationServer: target.authorizationServer,
      redirectUri: undefined,
      scope: target.scope.scope,
      fresh: round.freshClient,
    }, signal);
    const reply = await this.#ask(round, chosen.client, signal);
    if (reply.kind === "authorized") {
      return await this.#await(round, { client: chosen.client, ...reply.authorization }, signal);
    }
    if (reply.kind === "invalid_client" && chosen.origin === "stored") {
      return await this.#try({ ...round, freshClient: true }, signal);
    }
    if (reply.kind === "invalid_target" && target.resourceParameter !== undefined) {
      const { resourceParameter: _refused, ...rest } = target;
      return await this.#try({ ...round, target: { ...rest, omitResource: true } }, signal);
    }
    const text = `the device authorization endpoint "${
      displayUrl(round.endpoint)
    }" answered ${reply.why}`;
    throw reply.kind === "unavailable"
      ? signInUnavailable(settings.server, text)
      : signInFailed(settings.server, text);
  }

  async #ask(
    { target, server, endpoint }: Round,
    client: OAuthClient,
    signal: AbortSignal,
  ): Promise<DeviceAuthorizationReply> {
    const { exchange, settings } = this.#parts;
    const { scope: { scope }, resourceParameter } = target;
    try {
      return await requestDeviceAuthorization(exchange, {
        endpoint,
        server,
        client,
        ...(scope === undefined ? {} : { scope }),
        ...(resourceParameter === undefined ? {} : { resource: resourceParameter }),
      }, { mcpServer: settings.server, signal });
    } catch (failure) {
      signal.throwIfAborted();
      return { kind: "unavailable", why: `nothing (${failureText(new URL(endpoint), failure)})` };
    }
  }

  async #await(
    round: Round,
    authorization: DeviceAuthorization & { readonly client: OAuthClient },
    signal: AbortSignal,
  ): Promise<HeldGrant> {
    const { ports, settings } = this.#parts;
    const { verificationUriComplete, verificationUri, userCode, lifetime, client } = authorization;
    ports.presenter.present({
      kind: "device",
      verificationUri,
      ...(verificationUriComplete === undefined ? {} : { verificationUriComplete }),
      userCode,
      expiresAt: ports.clock.wallTime() + lifetime,
    });
    let reply;
    try {
      const poll = () => this.#poll(round, authorization);
      reply = await pollForTokens(poll, authorization, { clock: ports.clock, signal });
    } finally {
      ports.presenter.settled();
    }
    if (reply.kind !== "tokens") throw this.#failure(round.server, reply);
    const { scope: { scope }, key, omitResource, resourceParameter } = round.target;
    const tokens = tokenSetOf(reply.tokens, {
      now: ports.clock.wallTime(),
      clientId: client.clientId,
      ...(scope === undefined ? {} : { requestedScope: scope }),
      ...(resourceParameter === undefined ? {} : { resourceParameter }),
      authorizationServer: round.server,
    });
    requireBearer(tokens, settings);
    const grant = { key, tokens, omitResource };
    await keepGrant(grant, ports, settings);
    return grant;
  }

  #poll(
    { server, target: { resourceParameter } }: Round,
    { deviceCode, client }: DeviceAuthorization & { readonly client: OAuthClient },
  ): Promise<TokenReply> {
    return requestTokens(this.#parts.exchange, {
      server,
      client,
      request: {
        grant: { kind: "device_code", deviceCode },
        ...(resourceParameter === undefined ? {} : { resource: resourceParameter }),
      },
    });
  }

  #failure(
    server: AuthorizationServerSummary,
    reply: Exclude<TokenReply, { readonly kind: "tokens" }>,
  ): Error {
    const { settings } = this.#parts;
    if (reply.kind === "dead_grant") {
      return signInFailed(settings.server, "nobody entered the code before it expired", {
        hint: "try again and enter the new code at the address that is shown",
      });
    }
    if (reply.kind === "denied") {
      return signInFailed(settings.server, `the sign-in was refused (${reply.why})`, {
        hint: "sign in again and allow the access",
      });
    }
    return signInFailed(settings.server, tokenRefusalText(server, reply.why));
  }
}
