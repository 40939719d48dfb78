import { describePrompt, type SignInStatus } from "../bridge/sign_in_status.ts";
import { hasStoredServer } from "../credentials/stored_server.ts";
import { storeFolders } from "../credentials/store_folders.ts";
import { CausewayError } from "../errors.ts";
import { AuthorizationFailures } from "../http/authorization_failures.ts";
import { displayUrl } from "../http/addresses.ts";
import {
  AuthorizedHttpClient,
  type BearerTokens,
  type Refusal,
  type Renewal,
} from "../oauth/authorized_http_client.ts";
import { serverIdentifier } from "../oauth/server_identifier.ts";
import type { SignInPresenter, SignInPrompt } from "../oauth/ports.ts";
import type { Redactor } from "../log/redact.ts";
import type { HttpClient } from "../platform/http_client.ts";
import type { ComposedSignIn, SignInParts } from "./compose_sign_in.ts";

/** How long a request waits for a user who signs in, once the client has its answer to `initialize`. */
const PATIENCE = 25_000;

/** What the client for a server with sign-in is made of. */
export interface SignInClientParts extends Omit<SignInParts, "presenter"> {
  /** The client for requests to the server, without tokens. */
  readonly inner: HttpClient;
  readonly status: SignInStatus;
  /** Takes the tokens out of whatever is shown: servers exist that repeat them. */
  readonly redactor: Redactor;
  /** Whether requests may wait for the user without limit: nothing has been answered yet. */
  readonly mayWait: () => boolean;
}

/** A client that signs in when the server asks for it. */
export interface SignInClient {
  readonly http: HttpClient;
  /** Takes a callback URL that the user pasted on the terminal; resolves to what to tell him. */
  readonly paste: (text: string) => Promise<string>;
  /** Ends the sign-in; resolves when no token request is under way any more. Never rejects. */
  readonly finish: () => Promise<void>;
}

/** Puts the sign-in before requests; its code is loaded when the first one is refused. */
export function signInClient(parts: SignInClientParts): SignInClient {
  let composed: Promise<ComposedSignIn> | undefined;
  const compose = () => {
    composed ??= import("./compose_sign_in.ts").then(({ composeSignIn }) =>
      composeSignIn({ ...parts, presenter: new Presenter(parts) })
    );
    return composed;
  };
  const { options, platform } = parts;
  const authorized = new AuthorizedHttpClient(parts.inner, {
    server: options.serverUrl,
    always: options.signIn.always,
    hasStoredCredentials: () => hasStored(parts),
    loadTokens: async () => new PatientTokens((await compose()).tokens, parts),
  });
  return {
    http: new AuthorizationFailures(authorized),
    finish: async () => {
      const { tokens } = await composed?.catch(() => undefined) ?? {};
      await tokens?.close();
    },
    paste: async (text) => {
      if (composed === undefined) return "No sign-in waits for a pasted URL";
      const outcome = await (await composed).receiver.paste(text);
      return outcome.kind === "taken" ? "Thank you; signing in goes on" : outcome.reason;
    },
  };

  async function hasStored({ options: { signIn } }: SignInClientParts): Promise<boolean> {
    if (options.configFolder === undefined) return false;
    return await hasStoredServer(platform.files, storeFolders(platform.environment).own, {
      server: serverIdentifier(signIn.settings),
      profile: signIn.settings.profile,
    });
  }
}

/** Shows the user what to do, on standard error whatever the flags say. */
class Presenter implements SignInPresenter {
  readonly #parts: SignInClientParts;

  constructor(parts: SignInClientParts) {
    this.#parts = parts;
  }

  present(prompt: SignInPrompt): void {
    const { logger, options, platform, status } = this.#parts;
    logger.notice(
      `${displayUrl(options.serverUrl)} asks you to sign in.\n${describePrompt(prompt)}`,
    );
    if (prompt.kind === "browser" && platform.streams.stdinIsTerminal) {
      logger.notice("If the browser cannot reach this machine, paste the URL it ends at here.");
    }
    status.present(prompt);
  }

  settled(): void {
    this.#parts.status.settled();
  }
}

/** Tells the status what goes on, and lets no request but the first wait for the user for ever. */
class PatientTokens implements BearerTokens {
  readonly #tokens: BearerTokens;
  readonly #parts: SignInClientParts;
  #kept: string | undefined;

  constructor(tokens: BearerTokens, parts: SignInClientParts) {
    this.#tokens = tokens;
    this.#parts = parts;
  }

  async current(signal?: AbortSignal): Promise<string | undefined> {
    const bearer = await this.#parts.status.during(() => this.#tokens.current(signal));
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
    this.#parts.redactor.registerSecret(bearer);
  }

  async #withinPatience(work: Promise<Renewal>): Promise<Renewal> {
    const done = new AbortController();
    const { clock } = this.#parts.platform;
    const outcome = await Promise.race([
      work,
      clock.sleep(PATIENCE, done.signal).then(() => undefined),
    ]).finally(() => done.abort());
    if (outcome !== undefined) return outcome;
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
