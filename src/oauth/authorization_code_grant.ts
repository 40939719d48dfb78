import { summarize, supportsS256 } from "./authorization_server_metadata.ts";
import { authorizationUrl } from "./authorization_request.ts";
import { type AuthorizationAnswer, judgeAuthorizationResponse } from "./authorization_response.ts";
import type { ChosenClient } from "./client_source.ts";
import { CodeRedemption, type Remedy, type RoundResult } from "./code_redemption.ts";
import { displayUrl } from "./network_text.ts";
import { type AdoptedSignIn, adoptPendingSignIn } from "./pending_sign_in.ts";
import type { PendingSignIn, ReceivedAnswer } from "./ports.ts";
import { checkClientIsKnown } from "./pre_flight.ts";
import { createProofKey, randomText } from "./proof_key.ts";
import type { HeldGrant, SignInTarget } from "./sign_in.ts";
import { signInFailed } from "./sign_in_error.ts";
import type { SignInParts } from "./sign_in_parts.ts";
import { SignInTab } from "./sign_in_tab.ts";
import { classifyOAuthError, type TokenRefusalKind } from "./token_reply.ts";
import { CausewayError } from "../errors.ts";

/** What is asked for in one round; a refusal may have it changed once in each way. */
interface Plan {
  readonly target: SignInTarget;
  readonly freshClient: boolean;
  /** The first round may take over what a bridge left behind that died. */
  readonly mayAdopt: boolean;
}

/** What may help against an error, at either endpoint. */
const REMEDIES: Readonly<Partial<Record<TokenRefusalKind, Remedy>>> = {
  invalid_client: "new_client",
  invalid_target: "no_resource",
  invalid_scope: "less_scope",
};

type Refusal = Exclude<AuthorizationAnswer, { readonly kind: "code" }>;

/** Signs in with a browser and a loopback redirect (RFC 6749 section 4.1, RFC 7636, RFC 8252). */
export class AuthorizationCodeGrant {
  readonly #parts: SignInParts;
  readonly #redemption: CodeRedemption;

  constructor(parts: SignInParts) {
    this.#parts = parts;
    this.#redemption = new CodeRedemption(parts);
  }

  /**
   * Signs in. The caller holds the sign-in lock of the target.
   * @throws {CausewayError} when signing in failed; `signal.reason`, and then another process may
   * take the open request over
   */
  async grant(target: SignInTarget, signal: AbortSignal): Promise<HeldGrant> {
    this.#requireCapable(target);
    let plan: Plan = { target, freshClient: false, mayAdopt: true };
    const tried = new Set<Remedy>();
    for (;;) {
      const result = await this.#round(plan, signal);
      if (result.kind === "granted") return result.grant;
      const changed = tried.has(result.remedy) ? undefined : this.#change(plan, result.remedy);
      if (changed === undefined) throw result.error;
      tried.add(result.remedy);
      this.#parts.ports.logger.debug("sign-in is tried again", { remedy: result.remedy });
      plan = changed;
    }
  }

  #requireCapable({ authorizationServer }: SignInTarget): void {
    const { server } = this.#parts.settings;
    const name = displayUrl(authorizationServer.issuer);
    for (const endpoint of ["authorizationEndpoint", "tokenEndpoint"] as const) {
      if (authorizationServer[endpoint] !== undefined) continue;
      const missing = endpoint === "tokenEndpoint" ? "token" : "authorization";
      throw signInFailed(server, `its authorization server "${name}" has no ${missing} endpoint`);
    }
    if (supportsS256(authorizationServer)) return;
    throw signInFailed(
      server,
      `its authorization server "${name}" does not say that it supports PKCE with S256 ` +
        "(code_challenge_methods_supported), and the specification forbids to go on without",
      { hint: "ask who runs it to publish that, or try --device-code, or --header with a token" },
    );
  }

  /** The plan with that change; `undefined` when it changes nothing. */
  #change(plan: Plan, remedy: Remedy): Plan | undefined {
    const { target } = plan;
    const next = { ...plan, mayAdopt: false };
    if (remedy === "new_client") {
      return this.#parts.settings.client === undefined && !plan.freshClient
        ? { ...next, freshClient: true }
        : undefined;
    }
    if (remedy === "no_resource") {
      const { resourceParameter, ...rest } = target;
      return resourceParameter === undefined
        ? undefined
        : { ...next, target: { ...rest, omitResource: true } };
    }
    const { lesser } = target.scope;
    return lesser === undefined ? undefined : { ...next, target: { ...target, scope: lesser } };
  }

  async #round(plan: Plan, signal: AbortSignal): Promise<RoundResult> {
    const { ports } = this.#parts;
    const adopted = plan.mayAdopt ? await this.#adopt(plan.target, signal) : undefined;
    if (adopted !== undefined) return await this.#await(plan, adopted, signal);
    const { settings } = this.#parts;
    const hasDocument = settings.client === undefined && settings.clientMetadataUrl !== undefined &&
      plan.target.authorizationServer.clientIdMetadataDocumentSupported;
    const listening = await ports.receiver.listen(
      hasDocument ? { stablePortOnly: true } : undefined,
    );
    let prepared;
    try {
      prepared = await this.#prepare(plan, listening.redirectUri, signal);
      await ports.store.writePendingSignIn(plan.target.key, prepared.pending);
    } catch (error) {
      await listening.close();
      throw error;
    }
    return await this.#await(plan, { listening, ...prepared }, signal);
  }

  /** Takes over what another process left, unless the server has forgotten its client since. */
  async #adopt(target: SignInTarget, signal: AbortSignal): Promise<AdoptedSignIn | undefined> {
    const adopted = await adoptPendingSignIn(target, this.#parts);
    if (adopted === undefined) return undefined;
    let usable = false;
    try {
      usable = !await this.#isForgotten(adopted, signal);
    } finally {
      if (!usable) await adopted.listening.close();
    }
    return usable ? adopted : undefined;
  }

  /** The request to be sent: the client asked after, and registered anew if it was forgotten. */
  async #prepare(
    plan: Plan,
    redirectUri: string,
    signal: AbortSignal,
  ): Promise<{ readonly pending: PendingSignIn; readonly chosen: ChosenClient }> {
    const { authorizationServer, scope: { scope } } = plan.target;
    const { clients } = this.#parts;
    const wish = { authorizationServer, redirectUri, scope, fresh: plan.freshClient };
    const chosen = await clients.choose(wish, signal);
    const pending = await this.#pending(plan.target, chosen, redirectUri);
    if (!await this.#isForgotten({ pending, chosen }, signal)) return { pending, chosen };
    const again = await clients.choose({ ...wish, fresh: true }, signal);
    return { pending: await this.#pending(plan.target, again, redirectUri), chosen: again };
  }

  /** Whether the server no longer knows the client of the request; then we do not, either. */
  async #isForgotten(
    { pending, chosen }: Pick<AdoptedSignIn, "pending" | "chosen">,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (chosen.origin !== "stored") return false;
    const { ports, clients, exchange } = this.#parts;
    if (await checkClientIsKnown(exchange, pending, signal) !== "forgotten") return false;
    ports.logger.debug("the authorization server forgot the client: registering again");
    await clients.forget(pending.authorizationServer.issuer, pending.redirectUri);
    return true;
  }

  async #pending(
    target: SignInTarget,
    { client }: ChosenClient,
    redirectUri: string,
  ): Promise<PendingSignIn> {
    const { authorizationServer, resourceParameter, scope: { scope } } = target;
    const { codeVerifier, codeChallenge } = await createProofKey();
    const state = randomText();
    const now = this.#parts.ports.clock.wallTime();
    const asked = {
      ...(scope === undefined ? {} : { scope }),
      ...(resourceParameter === undefined ? {} : { resource: resourceParameter }),
    };
    const url = authorizationUrl({
      authorizationEndpoint: authorizationServer.authorizationEndpoint ?? "",
      clientId: client.clientId,
      redirectUri,
      state,
      codeChallenge,
      ...asked,
      extra: this.#parts.settings.authorizeParameters,
    });
    return {
      version: 1,
      authorizationServer: summarize(authorizationServer, authorizationServer.tokenEndpoint ?? ""),
      authorizationUrl: url,
      clientId: client.clientId,
      redirectUri,
      state,
      codeVerifier,
      ...(resourceParameter === undefined ? {} : { resourceParameter }),
      ...(scope === undefined ? {} : { scope }),
      startedAt: now,
      openedAt: now,
    };
  }

  async #await(plan: Plan, attempt: AdoptedSignIn, signal: AbortSignal): Promise<RoundResult> {
    const { ports } = this.#parts;
    const tab = new SignInTab(ports, plan.target.key);
    try {
      // Listening comes before the browser: its opener may be slower than the answer.
      const receiving = this.#receive(attempt, plan.target, signal);
      const shown = tab.show(attempt);
      const received = await Promise.race([receiving, shown.then(() => receiving)]);
      return await this.#answer(plan, attempt, { received, signal });
    } finally {
      await tab.close();
      // What another process could take over is kept when this one is told to end, and only then.
      if (!signal.aborted) await ports.store.removePendingSignIn(plan.target.key);
      await attempt.listening.close();
    }
  }

  /** @throws {CausewayError} when nobody answers in time; `signal.reason` */
  async #receive(
    { listening, pending, chosen }: AdoptedSignIn,
    target: SignInTarget,
    signal: AbortSignal,
  ): Promise<ReceivedAnswer<AuthorizationAnswer>> {
    const { ports, settings, clients } = this.#parts;
    const { issuer, issParameterSupported } = pending.authorizationServer;
    const expected = { state: pending.state, issuer, issParameterSupported };
    const deadline = new AbortController();
    const timer = ports.clock.after(settings.timeout, () => deadline.abort());
    try {
      return await listening.receive(
        (parameters) => judgeAuthorizationResponse(parameters, expected),
        AbortSignal.any([signal, deadline.signal]),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (!deadline.signal.aborted) throw error;
      // A page that never answers may be one about a client that the server forgot.
      if (chosen.origin === "stored") await clients.forget(target.key.issuer, pending.redirectUri);
      throw signInFailed(
        settings.server,
        `nobody finished signing in within ${Math.round(settings.timeout / 1000)} seconds`,
        { hint: "try again and finish it in the browser; --auth-timeout gives more time" },
      );
    } finally {
      timer.stop();
    }
  }

  async #answer(
    plan: Plan,
    { pending, chosen }: AdoptedSignIn,
    { received, signal }: {
      readonly received: ReceivedAnswer<AuthorizationAnswer>;
      readonly signal: AbortSignal;
    },
  ): Promise<RoundResult> {
    const { answer } = received;
    try {
      const result = answer.kind === "code"
        ? await this.#redemption.redeem(
          { target: plan.target, pending, client: chosen.client, code: answer.code },
          signal,
        )
        : this.#refusal(answer, plan, chosen);
      if (result.kind === "granted") await received.showSuccess();
      else await received.showFailure(result.error.message, result.error.hint);
      return result;
    } catch (error) {
      const shown = error instanceof CausewayError;
      await received.showFailure(
        shown ? error.message : "The sign-in was interrupted",
        shown ? error.hint : undefined,
      );
      throw error;
    }
  }

  #refusal(answer: Refusal, { target }: Plan, { origin }: ChosenClient): RoundResult {
    const { server } = this.#parts.settings;
    if (answer.kind === "invalid") {
      throw signInFailed(server, `the authorization response is refused: ${answer.why}`, {
        hint: "try again; if it happens again, do not trust that sign-in page",
      });
    }
    const { error: code, description } = answer;
    const said = description === undefined ? code : `${code}: ${description}`;
    const error = signInFailed(server, `the authorization server answered ${said}`, {
      hint: code === "access_denied"
        ? "sign in again and allow the access"
        : "sign in again; if it happens again, ask who runs the server",
    });
    const kind = classifyOAuthError(code, description);
    const isLeast = kind === "invalid_scope" && target.scope.lesser === undefined;
    // The client may have registered for less than that, where this is a ceiling.
    const remedy = isLeast && origin === "stored" ? "new_client" : REMEDIES[kind];
    if (remedy === undefined) throw error;
    return { kind: "refused", remedy, error };
  }
}
