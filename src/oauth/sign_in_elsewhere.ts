import type { GrantKey } from "./ports.ts";
import type { SignInPorts } from "./sign_in.ts";
import type { Timer } from "../platform/clock.ts";

/** How often a bridge that waits looks what the user was shown, milliseconds. */
const PERIOD = 1_000;

/**
 * Shows the user what another bridge asks him, while this one waits for the outcome: he may look at
 * this one's client.
 */
export class SignInElsewhere {
  readonly #ports: SignInPorts;
  readonly #key: GrantKey;
  #timer: Timer | undefined;
  #shown: string | undefined;
  #isOver = false;

  /** @param key What is signed in to */
  constructor(ports: SignInPorts, key: GrantKey) {
    this.#ports = ports;
    this.#key = key;
    this.#lookLater();
  }

  /** The wait is over. Idempotent. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.stop();
    if (this.#shown !== undefined) this.#ports.presenter.settled();
  }

  #lookLater(): void {
    this.#timer = this.#ports.clock.after(PERIOD, () => {
      // What cannot be read is not shown; the bridge that asks shows it, too.
      this.#look().catch(() => {}).finally(() => {
        if (!this.#isOver) this.#lookLater();
      });
    });
  }

  async #look(): Promise<void> {
    const pending = await this.#ports.store.readPendingSignIn(this.#key);
    const url = pending?.authorizationUrl;
    if (this.#isOver || url === undefined || url === this.#shown) return;
    this.#shown = url;
    this.#ports.presenter.present({
      kind: "browser",
      url,
      opened: pending?.openedAt !== undefined,
    });
  }
}
