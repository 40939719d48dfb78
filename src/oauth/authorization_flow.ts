import { AuthorizationCodeGrant } from "./authorization_code_grant.ts";
import { AuthorizationServerFinder } from "./authorization_server.ts";
import { ClientCredentialsGrant } from "./client_credentials.ts";
import { ClientSource } from "./client_source.ts";
import { DeviceGrant } from "./device_grant.ts";
import { Discoverer, type Discovery } from "./discovery.ts";
import { takeOverForeignGrant } from "./foreign_grant.ts";
import { expiresSoon } from "./grant_record.ts";
import { displayUrl } from "./network_text.ts";
import { OAuthExchange } from "./oauth_exchange.ts";
import type { ServerRecord, TokenSet } from "./ports.ts";
import { addsScope } from "./scopes.ts";
import {
  bearerOf,
  type HeldGrant,
  signInLock,
  type SignInOutcome,
  type SignInPorts,
  type SignInRequest,
  type SignInSettings,
  type SignInTarget,
} from "./sign_in.ts";
import { SignInElsewhere } from "./sign_in_elsewhere.ts";
import { signInFailed } from "./sign_in_error.ts";
import { serverIdentifier } from "./server_identifier.ts";
import type { SignInParts } from "./sign_in_parts.ts";
import { explicitTarget, targetOf } from "./sign_in_target.ts";
import { CausewayError } from "../errors.ts";

/** A wait for the lock that took longer was for somebody who signed in, milliseconds. */
const SOMEBODY_SIGNED_IN = 3_000;

/**
 * Signs in to one server: discovery, then, alone among all processes, registration, the user's part,
 * and the tokens.
 */
export class AuthorizationFlow {
  readonly #settings: SignInSettings;
  readonly #ports: SignInPorts;
  readonly #discoverer: Discoverer;
  readonly #code: AuthorizationCodeGrant;
  readonly #device: DeviceGrant;
  readonly #clientCredentials: ClientCredentialsGrant;
  /** What its grants work with; refreshing and signing out do, too. */
  readonly parts: SignInParts;

  constructor(settings: SignInSettings, ports: SignInPorts) {
    const { server, issuer, resource } = settings;
    const { headersFor } = ports;
    this.#settings = settings;
    this.#ports = ports;
    const exchange = new OAuthExchange(ports.http, {
      clock: ports.clock,
      server,
      ...(headersFor === undefined ? {} : { headersFor }),
    });
    const context = { settings, ports, exchange };
    this.parts = { ...context, clients: new ClientSource(context) };
    const finder = new AuthorizationServerFinder(exchange, server);
    this.#discoverer = new Discoverer(server, exchange, finder, {
      ...(issuer === undefined ? {} : { issuer }),
      ...(resource === undefined ? {} : { resource }),
    });
    this.#code = new AuthorizationCodeGrant(this.parts);
    this.#device = new DeviceGrant(this.parts);
    this.#clientCredentials = new ClientCredentialsGrant(context);
  }

  /**
   * Signs in, unless that turns out to be unnecessary.
   * @throws `signal.reason` when the signal is aborted: the user can still finish, and the next
   * process will take that up
   */
  async signIn(request: SignInRequest, signal: AbortSignal): Promise<SignInOutcome> {
    try {
      const target = await this.#target(request, signal);
      const waitedSince = this.#ports.clock.now();
      const elsewhere = new SignInElsewhere(this.#ports, target.key);
      return await this.#ports.lock.withLock(
        signInLock(target.key),
        () => {
          elsewhere.stop();
          return this.#signInAlone(target, { request, waitedSince }, signal);
        },
        { signal },
      ).finally(() => elsewhere.stop());
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof CausewayError) return { kind: "refused", error };
      throw error;
    }
  }

  /**
   * Whether the server has another authorization server now than the one that issued the tokens.
   * @throws {CausewayError} when that cannot be found out; `signal.reason`
   */
  async hasMoved(
    tokens: TokenSet,
    request: Pick<SignInRequest, "challenge">,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (this.#settings.tokenEndpoint !== undefined) return false;
    const discovery = await this.#discoverer.discover(request.challenge, signal);
    return discovery.authorizationServer.issuer !== tokens.authorizationServer.issuer;
  }

  async #target(request: SignInRequest, signal: AbortSignal): Promise<SignInTarget> {
    const settings = this.#settings;
    if (settings.method === "client_credentials" && settings.tokenEndpoint !== undefined) {
      return explicitTarget(settings.tokenEndpoint, request, settings);
    }
    const discovery = await this.#discoverer.discover(request.challenge, signal);
    const server = serverIdentifier(settings);
    const remembered = await this.#ports.store.readServer({ server, profile: settings.profile });
    await this.#requireOwnIssuer(discovery, remembered);
    return targetOf(discovery, request, { settings, remembered });
  }

  /**
   * A client that the user registered belongs to one authorization server (MCP "Authorization Server
   * Binding"): when the server moves to another one, its secret is not sent there.
   */
  async #requireOwnIssuer(
    { authorizationServer: { issuer } }: Discovery,
    remembered: ServerRecord | undefined,
  ): Promise<void> {
    const { client, server } = this.#settings;
    if (client === undefined || remembered === undefined || remembered.issuer === issuer) return;
    const { resource, profile } = remembered;
    const tokens = await this.#ports.store.readTokens({
      issuer: remembered.issuer,
      resource,
      profile,
    });
    if (tokens?.clientId !== client.clientId) return;
    const [old, now] = [displayUrl(remembered.issuer), displayUrl(issuer)];
    throw signInFailed(
      server,
      `the client "${
        displayUrl(client.clientId)
      }" was registered at "${old}", and the server now ` +
        `uses the authorization server "${now}"`,
      {
        hint:
          "if that is right, give the client that is registered at the new one; --profile NAME " +
          "keeps its sign-in apart from the old one",
      },
    );
  }

  async #signInAlone(
    target: SignInTarget,
    { request, waitedSince }: { readonly request: SignInRequest; readonly waitedSince: number },
    signal: AbortSignal,
  ): Promise<SignInOutcome> {
    const { store, clock } = this.#ports;
    const tokens = await store.readTokens(target.key);
    if (tokens !== undefined && this.#serves(tokens, target, request)) {
      const grant = { key: target.key, tokens, omitResource: target.omitResource };
      return { kind: "granted_elsewhere", grant };
    }
    const withUser = this.#settings.method !== "client_credentials";
    if (tokens === undefined && withUser && request.explicit !== true) {
      const grant = await takeOverForeignGrant(target, request, this.parts);
      if (grant !== undefined) return { kind: "granted_elsewhere", grant };
    }
    const waited = clock.now() - waitedSince >= SOMEBODY_SIGNED_IN;
    const unchanged = tokens === undefined ||
      bearerOf(tokens, this.#settings.useIdToken) === request.refused;
    const inVain = waited && unchanged && request.explicit !== true;
    // A code on another device opens no tab, and dies with its bridge: a new one has to be shown.
    const opensTab = withUser && !this.#usesDevice(target);
    if (opensTab && inVain && (await store.readPendingSignIn(target.key)) === undefined) {
      // Whoever held the lock asked the user, in vain: five bridges must not ask five times.
      throw signInFailed(
        this.#settings.server,
        "another bridge asked you to, and it did not work",
        {
          hint: "try again, and finish signing in when you are asked to",
        },
      );
    }
    return { kind: "granted", grant: await this.#grant(target, signal) };
  }

  /** Whether stored tokens are better than those that were refused. */
  #serves(tokens: TokenSet, target: SignInTarget, request: SignInRequest): boolean {
    const bearer = bearerOf(tokens, this.#settings.useIdToken);
    if (bearer === undefined || bearer === request.refused || request.explicit === true) {
      return false;
    }
    const now = this.#ports.clock.wallTime();
    const expired = expiresSoon(tokens, this.#settings.useIdToken, now);
    if (expired && tokens.refreshToken === undefined) return false;
    return request.stepUp === undefined ||
      !addsScope(tokens.requestedScope ?? tokens.scope, target.scope.scope);
  }

  #grant(target: SignInTarget, signal: AbortSignal): Promise<HeldGrant> {
    const { method } = this.#settings;
    if (method === "client_credentials") return this.#clientCredentials.grant(target, signal);
    return this.#usesDevice(target)
      ? this.#device.grant(target, signal)
      : this.#code.grant(target, signal);
  }

  #usesDevice({ authorizationServer }: SignInTarget): boolean {
    const { method } = this.#settings;
    const offered = authorizationServer.deviceAuthorizationEndpoint !== undefined;
    return method === "device" || (method === "device_if_offered" && offered);
  }
}
