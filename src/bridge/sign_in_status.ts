import type { SignInPresenter, SignInPrompt } from "../oauth/ports.ts";

/**
 * Whether a sign-in is under way, and what the user must do for it. The sign-in tells it; the bridge
 * answers the client by it.
 */
export class SignInStatus implements SignInPresenter {
  #running = 0;
  #prompt: SignInPrompt | undefined;
  #wanted = false;
  readonly #listeners = new Set<() => void>();

  /** What the user must see; `undefined` while nothing waits for him. */
  get prompt(): SignInPrompt | undefined {
    return this.#prompt;
  }

  /** Whether a request waits for credentials. */
  get running(): boolean {
    return this.#running > 0;
  }

  /** The user wants another attempt, however recently one failed. */
  want(): void {
    this.#wanted = true;
  }

  /** Whether the user wants another attempt; true once for each {@linkcode want}. */
  takeWanted(): boolean {
    const wanted = this.#wanted;
    this.#wanted = false;
    return wanted;
  }

  /** Counts work as a sign-in while it runs. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#running++;
    this.#notify();
    try {
      return await work();
    } finally {
      this.#running--;
      this.#notify();
    }
  }

  present(prompt: SignInPrompt): void {
    this.#prompt = prompt;
    this.#notify();
  }

  settled(): void {
    this.#prompt = undefined;
    this.#notify();
  }

  /** Calls `listener` after each change; returns a function that ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** The prompt as a sentence for people, with the link. */
export function describePrompt(prompt: SignInPrompt): string {
  if (prompt.kind === "browser") {
    const opened = prompt.opened ? " (a browser window was opened with it)" : "";
    return `To sign in, open this link${opened}: ${prompt.url}`;
  }
  const link = prompt.verificationUriComplete ?? prompt.verificationUri;
  return `To sign in, open ${link} on any device and enter the code ${prompt.userCode}`;
}
