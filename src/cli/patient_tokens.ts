import { describePrompt, type SignInStatus } from "../bridge/sign_in_status.ts";
import { CausewayError } from "../errors.ts";
import type { BearerTokens, Refusal, Renewal } from "../oauth/authorized_http_client.ts";
import type { Clock } from "../platform/clock.ts";

/** How long a request waits for a user who signs in, once the client has its answer to `initialize`. */
const PATIENCE = 25_000;

/** What the patience with a user is made of. */
export interface PatientTokensParts {
  readonly clock: Pick<Clock, "sleep">;
  readonly status: SignInStatus;
  /** Whether requests may wait for the user without limit: nothing has been answered yet. */
  readonly mayWait: () => boolean;
  /** Called with each new token before it is sent: what is shown must not hold it. */
  readonly onBearer: (bearer: string) => void;
}

/** Tells the status what goes on, and lets no request but the first wait for the user for ever. */
export class PatientTokens implements BearerTokens {
  readonly #tokens: BearerTokens;
  readonly #parts: PatientTokensParts;
  #kept: string | undefined;

  constructor(tokens: BearerTokens, parts: PatientTokensParts) {
    this.#tokens = tokens;
    this.#parts = parts;
  }

  async current(signal?: AbortSignal): Promise<string | undefined> {
    const { status, mayWait } = this.#parts;
    // Only behind a sign-in that is under way can a token take that long.
    const isBehind = status.running && !mayWait();
    const work = status.during(() => this.#tokens.current(signal));
    const bearer = await (isBehind ? this.#withinPatience(work) : work);
    if (bearer !== undefined) this.#keepSecret(bearer);
    return bearer;
  }

  renew(refusal: Refusal, signal?: AbortSignal): Promise<Renewal> {
    const { status } = this.#parts;
    const asked = refusal.mayAskUser && status.takeWanted()
      ? { ...refusal, wanted: true }
      : refusal;
    const work = status.during(() => this.#tokens.renew(asked, signal)).then((renewal) => {
      if (renewal.kind === "renewed") this.#keepSecret(renewal.bearer);
      return renewal;
    });
    return this.#parts.mayWait() ? work : this.#withinPatience(work);
  }

  close(): Promise<void> {
    return this.#tokens.close();
  }

  #keepSecret(bearer: string): void {
    if (bearer === this.#kept) return;
    this.#kept = bearer;
    this.#parts.onBearer(bearer);
  }

  async #withinPatience<T>(work: Promise<T>): Promise<T> {
    const done = new AbortController();
    const { clock } = this.#parts;
    const outcome = await Promise.race([
      work.then((value) => ({ value })),
      clock.sleep(PATIENCE, done.signal).then(() => undefined),
    ]).finally(() => done.abort());
    if (outcome !== undefined) return outcome.value;
    // The sign-in goes on; whoever asks next finds its tokens.
    work.catch(() => {});
    const { prompt } = this.#parts.status;
    throw new CausewayError("authorization-failed", "Cannot go on without a sign-in", {
      clause: "the sign-in is not finished yet",
      hint: prompt === undefined
        ? "try again in a moment"
        : `try again when you have signed in. ${describePrompt(prompt)}`,
    });
  }
}
