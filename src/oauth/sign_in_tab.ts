import type { AdoptedSignIn } from "./pending_sign_in.ts";
import type { GrantKey, PendingSignIn } from "./ports.ts";
import type { SignInPorts } from "./sign_in.ts";

/** A tab that was opened so recently is not opened a second time, milliseconds. */
const YOUNG = 60_000;

/**
 * Sends the user to an authorization URL: opens it in the browser, shows it, and keeps on record
 * whether there is a tab, which whoever takes the request over must know.
 */
export class SignInTab {
  readonly #ports: SignInPorts;
  readonly #key: GrantKey;
  #isOver = false;
  #recorded: Promise<void> = Promise.resolve();

  /** @param key What is signed in to */
  constructor(ports: SignInPorts, key: GrantKey) {
    this.#ports = ports;
    this.#key = key;
  }

  /** Opens and shows the URL, unless a tab of it is young. */
  async show({ pending, adopted }: AdoptedSignIn): Promise<void> {
    const { clock, browser, presenter } = this.#ports;
    const { openedAt, ...unopened } = pending;
    const isYoung = adopted === true && openedAt !== undefined &&
      clock.wallTime() - openedAt < YOUNG;
    const opened = isYoung || await browser.open(pending.authorizationUrl);
    if (this.#isOver) return;
    presenter.present({ kind: "browser", url: pending.authorizationUrl, opened });
    if (isYoung) return;
    // A new request is recorded as opened beforehand, so that a bridge that dies right then leaves
    // no second tab behind.
    if (!opened) this.#record(unopened);
    else if (adopted === true) this.#record({ ...unopened, openedAt: clock.wallTime() });
  }

  /** Resolves when nothing is shown or recorded any more. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#ports.presenter.settled();
    await this.#recorded;
  }

  /** The sign-in goes on also where that cannot be kept. */
  #record(pending: PendingSignIn): void {
    this.#recorded = this.#ports.store.writePendingSignIn(this.#key, pending).catch(() => {});
  }
}
