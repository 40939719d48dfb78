import { AuthorizationFlow } from "./authorization_flow.ts";
import type { BearerTokens, Refusal, Renewal, RenewalSource } from "./authorized_http_client.ts";
import { type BearerChallenge, bearerChallenge, parseChallenges } from "./challenge.ts";
import { expiresSoon } from "./grant_record.ts";
import { printable, sentenceOf } from "./network_text.ts";
import { RecentFailures } from "./recent_failures.ts";
import { RefreshOutage } from "./refresh_outage.ts";
import { addsScope } from "./scopes.ts";
import {
  bearerOf,
  type HeldGrant,
  type SignInPorts,
  type SignInRequest,
  type SignInSettings,
} from "./sign_in.ts";
import { signInFailed, signInUnavailable } from "./sign_in_error.ts";
import { serverIdentifier } from "./server_identifier.ts";
import { TokenRefresh } from "./token_refresh.ts";
import type { CausewayError } from "../errors.ts";

/** How long it is looked whether a server has moved whose token endpoint does not answer. Milliseconds. */
const LONGEST_LOOK = 5_000;

/**
 * The tokens of one server: one renewal at a time in this process, one refresh and one sign-in at a
 * time in all. Whoever comes later finds the tokens that whoever came first obtained.
 */
export class TokenSource implements BearerTokens {
  readonly #settings: SignInSettings;
  readonly #ports: SignInPorts;
  readonly #flow: AuthorizationFlow;
  readonly #refresh: TokenRefresh;
  readonly #end = new AbortController();
  /** Scopes that a step-up asked for, so that none is asked for twice. */
  readonly #steppedUp = new Set<string>();
  #held: HeldGrant | undefined;
  #loaded = false;
  #signedIn = false;
  readonly #outage: RefreshOutage;
  readonly #failures: RecentFailures;
  #last: Promise<unknown> = Promise.resolve();

  constructor(settings: SignInSettings, ports: SignInPorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#failures = new RecentFailures(ports.clock);
    this.#outage = new RefreshOutage(ports.clock);
    this.#flow = new AuthorizationFlow(settings, ports);
    this.#refresh = new TokenRefresh(this.#flow.parts);
  }

  /**
   * The token to send now; `undefined` when there is none. One that is known to expire is renewed
   * first; where that cannot be done, it is sent as it is, and the server says what it thinks of it.
   * @throws {CausewayError} `local-file`; `signal.reason`
   */
  async current(signal?: AbortSignal): Promise<string | undefined> {
    if (this.#loaded && !this.#expires()) return this.#bearer();
    return await this.#alone(async () => {
      if (!this.#loaded) await this.#reload();
      const held = this.#held;
      if (held !== undefined && this.#expires()) await this.#renewBeforeExpiry(held);
      return this.#bearer();
    }, signal);
  }

  /** @see {@linkcode BearerTokens.renew} */
  async renew(refusal: Refusal, signal?: AbortSignal): Promise<Renewal> {
    const ticket = this.#failures.ticket();
    if (refusal.wanted === true) {
      this.#failures.forget("sign_in");
      this.#outage.forget();
    }
    const work = refusal.status === 401
      ? () => this.#renew(refusal, ticket)
      : () => this.#stepUp(refusal, ticket);
    return await this.#alone(work, signal);
  }

  /**
   * Signs in whatever is stored.
   * @throws {CausewayError} when it failed; `signal.reason`
   */
  async signIn(signal?: AbortSignal): Promise<void> {
    await this.#alone(async () => {
      await this.#reload();
      const refused = this.#bearer();
      const request = { explicit: true, ...(refused === undefined ? {} : { refused }) } as const;
      await this.#signIn(request, this.#failures.ticket());
    }, signal);
  }

  async close(): Promise<void> {
    this.#end.abort(new DOMException("The bridge ends", "AbortError"));
    await this.#last;
  }

  async #renew(refusal: Refusal, ticket: number): Promise<Renewal> {
    const challenge = bearerChallenge(refusal.challenges);
    if (challenge === undefined && parseChallenges(refusal.challenges).length > 0) {
      // Basic, Negotiate or the like: not ours to answer.
      return { kind: "unchanged" };
    }
    if (refusal.after === "sign_in") {
      throw this.#failures.note("sign_in", this.#refusedAnyway(refusal, challenge));
    }
    const better = await this.#betterThan(refusal.bearer);
    if (better !== undefined && !this.#expires()) return renewed(better, "store");
    const held = this.#held;
    const refresh = held?.tokens.refreshToken !== undefined && refusal.after !== "refresh";
    if (held !== undefined && refresh) {
      const source = await this.#tryRefresh(held, challenge, ticket);
      const bearer = this.#bearer();
      if (source !== undefined && bearer !== undefined) return renewed(bearer, source);
    }
    if (!this.#mayAsk(refusal)) return { kind: "unchanged" };
    return await this.#signIn({
      ...(challenge === undefined ? {} : { challenge }),
      ...(refusal.bearer === undefined ? {} : { refused: refusal.bearer }),
    }, ticket);
  }

  async #stepUp(refusal: Refusal, ticket: number): Promise<Renewal> {
    const challenge = bearerChallenge(refusal.challenges);
    if (challenge?.error !== "insufficient_scope") return { kind: "unchanged" };
    const better = await this.#betterThan(refusal.bearer);
    if (better !== undefined) return renewed(better, "store");
    const tokens = this.#held?.tokens;
    const previousScope = tokens?.requestedScope ?? tokens?.scope;
    const wanted = challenge.scope ?? "";
    // A token that we did not obtain ourselves may be for another audience: that is worth one try.
    const worthwhile = addsScope(previousScope, wanted) || !this.#signedIn;
    if (!worthwhile || this.#steppedUp.has(wanted)) return { kind: "unchanged" };
    if (!this.#mayAsk(refusal)) return { kind: "unchanged" };
    this.#steppedUp.add(wanted);
    return await this.#signIn({
      challenge,
      ...(refusal.bearer === undefined ? {} : { refused: refusal.bearer }),
      stepUp: previousScope === undefined ? {} : { previousScope },
    }, ticket);
  }

  /** A client that signs in for itself needs no user. */
  #mayAsk({ mayAskUser }: Refusal): boolean {
    return mayAskUser || this.#settings.method === "client_credentials";
  }

  /** The token that is held, or else stored, if it is another than the one refused. */
  async #betterThan(refused: string | undefined): Promise<string | undefined> {
    const held = this.#bearer();
    if (held !== undefined && held !== refused) return held;
    await this.#reload();
    const stored = this.#bearer();
    return stored === refused ? undefined : stored;
  }

  /** How better tokens were come by; `undefined` when only signing in helps. */
  async #tryRefresh(
    held: HeldGrant,
    challenge: BearerChallenge | undefined,
    ticket: number,
  ): Promise<RenewalSource | undefined> {
    this.#failures.throwFor("refresh", ticket);
    const outcome = this.#outage.of(held) ??
      await this.#refresh.refresh(held, this.#end.signal);
    if (outcome.kind === "refreshed" || outcome.kind === "replaced") {
      this.#held = outcome.grant;
      return outcome.kind === "refreshed" ? "refresh" : "store";
    }
    if (outcome.kind === "ended") this.#held = undefined;
    if (outcome.kind !== "unavailable") return undefined;
    if (await this.#hasMoved(held, challenge)) return undefined;
    const text = `the token was refused and cannot be refreshed now: ${outcome.why}`;
    const hint = "your sign-in is kept: try again in a moment";
    throw this.#failures.note("refresh", signInUnavailable(this.#settings.server, text, { hint }));
  }

  /** A token endpoint that is gone may be one that the server no longer uses. */
  async #hasMoved(held: HeldGrant, challenge: BearerChallenge | undefined): Promise<boolean> {
    const enough = new AbortController();
    const timer = this.#ports.clock.after(LONGEST_LOOK, () => enough.abort());
    try {
      const request = challenge === undefined ? {} : { challenge };
      const signal = AbortSignal.any([this.#end.signal, enough.signal]);
      return await this.#flow.hasMoved(held.tokens, request, signal);
    } catch {
      this.#end.signal.throwIfAborted();
      return false;
    } finally {
      timer.stop();
    }
  }

  async #signIn(request: SignInRequest, ticket: number): Promise<Renewal> {
    if (request.explicit !== true) this.#failures.throwFor("sign_in", ticket);
    const outcome = await this.#flow.signIn(request, this.#end.signal);
    if (outcome.kind === "refused") throw this.#failures.note("sign_in", outcome.error);
    this.#held = outcome.grant;
    this.#loaded = true;
    this.#signedIn ||= outcome.kind === "granted";
    const bearer = this.#bearer();
    if (bearer === undefined) return { kind: "unchanged" };
    return renewed(bearer, outcome.kind === "granted" ? "sign_in" : "store");
  }

  async #renewBeforeExpiry(held: HeldGrant): Promise<void> {
    if (held.tokens.refreshToken === undefined) {
      if (this.#settings.method === "client_credentials") await this.#renewQuietly();
      return;
    }
    if (this.#outage.of(held) !== undefined) return;
    const outcome = await this.#refresh.refresh(held, this.#end.signal);
    this.#outage.note(held, outcome);
    if (outcome.kind === "refreshed" || outcome.kind === "replaced") this.#held = outcome.grant;
    // Without a token the server says what it wants, and that is what the user is asked for.
    if (outcome.kind === "ended") this.#held = undefined;
  }

  async #renewQuietly(): Promise<void> {
    const refused = this.#bearer();
    const request = refused === undefined ? {} : { refused };
    const outcome = await this.#flow.signIn(request, this.#end.signal);
    if (outcome.kind !== "refused") this.#held = outcome.grant;
  }

  async #reload(): Promise<void> {
    const { store } = this.#ports;
    const { profile } = this.#settings;
    const record = await store.readServer({ server: serverIdentifier(this.#settings), profile });
    const before = this.#held;
    this.#loaded = true;
    this.#held = undefined;
    if (record === undefined) return;
    const { issuer, resource, omitResource } = record;
    const key = { issuer, resource, profile };
    const tokens = await store.readTokens(key);
    if (tokens === undefined) return;
    const isNewer = before?.unstored === tokens.accessToken;
    this.#held = isNewer ? before : { key, tokens, omitResource };
  }

  #bearer(): string | undefined {
    if (this.#held === undefined) return undefined;
    return bearerOf(this.#held.tokens, this.#settings.useIdToken);
  }

  #expires(): boolean {
    if (this.#held === undefined) return false;
    const now = this.#ports.clock.wallTime();
    return expiresSoon(this.#held.tokens, this.#settings.useIdToken, now);
  }

  #refusedAnyway(refusal: Refusal, challenge: BearerChallenge | undefined): CausewayError {
    const sentence = challenge?.errorDescription ?? sentenceOf(refusal.text);
    // Servers exist that repeat what they refuse.
    const said = refusal.bearer === undefined
      ? sentence
      : sentence.replaceAll(refusal.bearer, "[secret]");
    const text = "it refuses the token that its authorization server has just issued";
    return signInFailed(
      this.#settings.server,
      said === "" ? text : `${text}: ${printable(said)}`,
      {
        hint: "ask who runs the server; its authorization server may issue tokens for another one",
      },
    );
  }

  /** One at a time. A caller that gives up leaves the work to the others. */
  #alone<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const turn = this.#last.then(() => {
      this.#end.signal.throwIfAborted();
      return work();
    });
    this.#last = turn.catch(() => {});
    return signal === undefined ? turn : untilAborted(turn, signal);
  }
}

function renewed(bearer: string, by: RenewalSource): Renewal {
  return { kind: "renewed", bearer, by };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}
