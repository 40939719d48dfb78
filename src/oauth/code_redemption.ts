import type { OAuthClient } from "./client_authentication.ts";
import { keepGrant, requireBearer, tokenSetOf } from "./grant_record.ts";
import type { PendingSignIn } from "./ports.ts";
import type { HeldGrant, SignInContext, SignInTarget } from "./sign_in.ts";
import { signInFailed } from "./sign_in_error.ts";
import type { IssuedTokens, TokenReply } from "./token_reply.ts";
import { requestTokens, tokenRefusalText } from "./token_request.ts";
import type { CausewayError } from "../errors.ts";

/** A change that may make a refused sign-in work. */
export type Remedy = "new_client" | "no_resource" | "less_scope";

/** What one round of a sign-in came to. */
export type RoundResult =
  | { readonly kind: "granted"; readonly grant: HeldGrant }
  /** It failed, but may work with a change; if that cannot be made, `error` is what to say. */
  | { readonly kind: "refused"; readonly remedy: Remedy; readonly error: CausewayError };

/** A code and what it was asked for with. */
export interface Redemption {
  readonly target: SignInTarget;
  readonly pending: PendingSignIn;
  readonly client: OAuthClient;
  readonly code: string;
}

/** Waits between the attempts to redeem a code at a server that has a moment of weakness, milliseconds. */
const RETRY_AFTER = [1_000, 3_000] as const;
/** After so long no other attempt is made: the user looks at a page that does not load, milliseconds. */
const LONGEST = 15_000;

/** Redeems authorization codes (RFC 6749 section 4.1.3) and files what comes of it. */
export class CodeRedemption {
  readonly #context: SignInContext;

  constructor(context: SignInContext) {
    this.#context = context;
  }

  /**
   * Redeems the code. When it resolves with `granted`, the tokens are on disk. The signal keeps it from
   * trying again; a request under way is not cut, because it uses the code up.
   * @throws {CausewayError} when it failed for good, or the tokens cannot be stored; `signal.reason`
   */
  async redeem(redemption: Redemption, signal: AbortSignal): Promise<RoundResult> {
    const { pending, target } = redemption;
    let reply = await this.#ask(redemption, pending.resourceParameter, signal);
    let learned = false;
    if (reply.kind === "invalid_target" && pending.resourceParameter !== undefined) {
      // Entra refuses the parameter here, though it took it at the authorization endpoint.
      const second = await this.#ask(redemption, undefined, signal);
      learned = second.kind === "tokens";
      if (learned) reply = second;
    }
    if (reply.kind !== "tokens") return this.#refusal(pending, reply);
    const omitResource = target.omitResource || learned;
    return { kind: "granted", grant: await this.#keep(redemption, reply.tokens, omitResource) };
  }

  async #keep(
    { target, pending, client }: Redemption,
    issued: IssuedTokens,
    omitResource: boolean,
  ): Promise<HeldGrant> {
    const tokens = tokenSetOf(issued, {
      now: this.#context.ports.clock.wallTime(),
      clientId: client.clientId,
      redirectUri: pending.redirectUri,
      ...(pending.scope === undefined ? {} : { requestedScope: pending.scope }),
      ...(omitResource || pending.resourceParameter === undefined
        ? {}
        : { resourceParameter: pending.resourceParameter }),
      authorizationServer: pending.authorizationServer,
    });
    requireBearer(tokens, this.#context.settings);
    const grant = { key: target.key, tokens, omitResource };
    await keepGrant(grant, this.#context.ports, this.#context.settings);
    return grant;
  }

  async #ask(
    { pending, client, code }: Redemption,
    resource: string | undefined,
    signal: AbortSignal,
  ): Promise<TokenReply> {
    const { redirectUri, codeVerifier, authorizationServer } = pending;
    const { clock } = this.#context.ports;
    const began = clock.now();
    for (let attempt = 0;; attempt++) {
      const reply = await requestTokens(this.#context.exchange, {
        server: authorizationServer,
        client,
        request: {
          grant: { kind: "authorization_code", code, redirectUri, codeVerifier },
          ...(resource === undefined ? {} : { resource }),
        },
      });
      const wait = RETRY_AFTER[attempt];
      if (reply.kind !== "transient" || wait === undefined) return reply;
      if (clock.now() - began >= LONGEST) return reply;
      await clock.sleep(wait, signal);
      signal.throwIfAborted();
    }
  }

  #refusal(
    pending: PendingSignIn,
    reply: Exclude<TokenReply, { readonly kind: "tokens" }>,
  ): RoundResult {
    const { server } = this.#context.settings;
    const text = tokenRefusalText(pending.authorizationServer, reply.why);
    if (reply.kind === "transient") {
      // The user did his part, and has to do it again: that is no mere failure of the moment.
      throw signInFailed(server, text, {
        hint: "sign in again in a moment; if it happens again, ask who runs the server",
      });
    }
    const error = signInFailed(server, text);
    if (reply.kind === "invalid_client") return { kind: "refused", remedy: "new_client", error };
    if (reply.kind === "invalid_target") return { kind: "refused", remedy: "no_resource", error };
    if (reply.kind === "invalid_scope") return { kind: "refused", remedy: "less_scope", error };
    throw error;
  }
}
