import { refreshedTokenSet } from "./grant_record.ts";
import type { TokenSet } from "./ports.ts";
import { bearerOf, type HeldGrant, tokensLock } from "./sign_in.ts";
import { CausewayError } from "../errors.ts";
import { signInFailed } from "./sign_in_error.ts";
import type { SignInParts } from "./sign_in_parts.ts";
import type { TokenReply } from "./token_reply.ts";
import { requestTokens, tokenRefusalText } from "./token_request.ts";

/** What a refresh came to. */
export type RefreshOutcome =
  | { readonly kind: "refreshed"; readonly grant: HeldGrant }
  /** Another process was faster: these tokens are on disk. */
  | { readonly kind: "replaced"; readonly grant: HeldGrant }
  /** The grant has ended; what was stored of it is removed. Only a new sign-in helps. */
  | { readonly kind: "ended" }
  /** The server does not refresh these tokens, but did not say that the grant has ended: they are kept. */
  | { readonly kind: "refused" }
  /** Nothing is decided; the tokens are kept. */
  | { readonly kind: "unavailable"; readonly why: string };

/** How long a refresh may take in all, milliseconds: a request waits for it, and its client has patience for both. */
const LONGEST = 15_000;

/** Renews tokens with their refresh token (RFC 6749 section 6): one process at a time. */
export class TokenRefresh {
  readonly #parts: SignInParts;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /**
   * Renews the tokens of the grant, unless that has happened already. The old ones are kept until the
   * new ones are on disk. A server that does not answer in time is `unavailable`. The signal ends only
   * the wait for other processes: a request that was cut could cost the grant.
   * @throws {CausewayError} `local-file` when the store or its lock fails, `authorization-failed` when
   * the server does not believe the user's own client; `signal.reason`
   */
  refresh(held: HeldGrant, signal: AbortSignal): Promise<RefreshOutcome> {
    return this.#parts.ports.lock.withLock(
      tokensLock(held.key),
      () => this.#refreshAlone(held),
      { signal },
    );
  }

  async #refreshAlone(held: HeldGrant): Promise<RefreshOutcome> {
    const { store } = this.#parts.ports;
    const stored = await store.readTokens(held.key);
    if (stored === undefined) return { kind: "ended" };
    const tokens = stored.accessToken === held.unstored ? held.tokens : stored;
    const grant = { ...held, tokens };
    if (this.#bearer(tokens) !== this.#bearer(held.tokens)) return { kind: "replaced", grant };
    const { refreshToken } = tokens;
    if (refreshToken === undefined) return { kind: "refused" };
    const deadline = new AbortController();
    const timer = this.#parts.ports.clock.after(LONGEST, () => deadline.abort());
    try {
      const reply = await this.#askTwice(tokens, refreshToken, deadline.signal);
      if (reply.kind !== "invalid_target" || tokens.resourceParameter === undefined) {
        return await this.#conclude(grant, reply);
      }
      // The tokens were issued without it, perhaps to another program: they are renewed without it.
      const { resourceParameter: _refused, ...rest } = tokens;
      const second = await this.#ask(rest, refreshToken, deadline.signal);
      return await this.#conclude({ ...grant, tokens: rest }, second);
    } finally {
      timer.stop();
    }
  }

  async #conclude(grant: HeldGrant, reply: TokenReply): Promise<RefreshOutcome> {
    if (reply.kind !== "tokens") return await this.#refusal(grant, reply);
    const { clock, logger } = this.#parts.ports;
    const tokens = refreshedTokenSet(grant.tokens, reply.tokens, clock.wallTime());
    const refreshed = await this.#keep(grant, tokens);
    logger.debug("tokens were refreshed");
    return this.#bearer(tokens) === undefined
      ? { kind: "refused" }
      : { kind: "refreshed", grant: refreshed };
  }

  /** The old refresh token may be used up: where the disk is full, this bridge at least goes on. */
  async #keep(before: HeldGrant, tokens: TokenSet): Promise<HeldGrant> {
    const { store, logger } = this.#parts.ports;
    const { unstored = before.tokens.accessToken, ...grant } = before;
    try {
      await store.writeTokens(grant.key, tokens);
      return { ...grant, tokens };
    } catch (error) {
      if (!(error instanceof CausewayError)) throw error;
      logger.warn(`${error.message}; the sign-in is good until this bridge ends`);
      return { ...grant, tokens, unstored };
    }
  }

  /**
   * Asks once more, at once, where the connection broke: if the server never saw the request, that is
   * all that is needed; if it had used the refresh token up, the new one is lost already, and now is
   * when the servers that forgive a second use forgive it.
   */
  async #askTwice(
    tokens: TokenSet,
    refreshToken: string,
    deadline: AbortSignal,
  ): Promise<TokenReply> {
    const reply = await this.#ask(tokens, refreshToken, deadline);
    const isCut = reply.kind === "transient" && reply.cut === true;
    return isCut ? await this.#ask(tokens, refreshToken, deadline) : reply;
  }

  async #ask(
    tokens: TokenSet,
    refreshToken: string,
    deadline: AbortSignal,
  ): Promise<TokenReply> {
    const { resourceParameter } = tokens;
    const client = await this.#parts.clients.ofTokens(tokens);
    try {
      return await requestTokens(this.#parts.exchange, {
        server: tokens.authorizationServer,
        client,
        request: {
          grant: { kind: "refresh_token", refreshToken },
          ...(resourceParameter === undefined ? {} : { resource: resourceParameter }),
        },
        signal: deadline,
      });
    } catch (error) {
      if (!deadline.aborted) throw error;
      return { kind: "transient", why: `nothing within ${LONGEST / 1000} seconds` };
    }
  }

  #bearer(tokens: TokenSet): string | undefined {
    return bearerOf(tokens, this.#parts.settings.useIdToken);
  }

  async #refusal(
    { key, tokens }: HeldGrant,
    reply: Exclude<TokenReply, { readonly kind: "tokens" }>,
  ): Promise<RefreshOutcome> {
    const { store, logger } = this.#parts.ports;
    const why = tokenRefusalText(tokens.authorizationServer, reply.why);
    logger.debug("tokens were not refreshed", { why, kind: reply.kind });
    if (reply.kind === "transient") return { kind: "unavailable", why };
    if (
      reply.kind === "invalid_client" && this.#parts.settings.client?.clientId === tokens.clientId
    ) {
      // Perhaps its secret was mistyped: the grant itself may be good.
      throw signInFailed(this.#parts.settings.server, why, {
        hint: "check the client ID and the secret that you give",
      });
    }
    if (reply.kind !== "dead_grant" && reply.kind !== "invalid_client") return { kind: "refused" };
    await store.removeTokens(key);
    if (reply.kind === "invalid_client") {
      await this.#parts.clients.forget(key.issuer, tokens.redirectUri);
    }
    return { kind: "ended" };
  }
}
