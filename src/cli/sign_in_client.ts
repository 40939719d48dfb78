import { describePrompt, type SignInStatus } from "../bridge/sign_in_status.ts";
import { hasStoredServer } from "../credentials/stored_server.ts";
import { storeFolders } from "../credentials/store_folders.ts";
import { AuthorizationFailures } from "../http/authorization_failures.ts";
import { displayUrl } from "../http/addresses.ts";
import { AuthorizedHttpClient } from "../oauth/authorized_http_client.ts";
import { serverIdentifier } from "../oauth/server_identifier.ts";
import type { SignInPresenter, SignInPrompt } from "../oauth/ports.ts";
import type { Redactor } from "../log/redact.ts";
import type { HttpClient } from "../platform/http_client.ts";
import type { ComposedSignIn, SignInParts } from "./compose_sign_in.ts";
import { PatientTokens } from "./patient_tokens.ts";

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
    loadTokens: async () =>
      new PatientTokens((await compose()).tokens, {
        clock: platform.clock,
        status: parts.status,
        mayWait: parts.mayWait,
        onBearer: (bearer) => parts.redactor.registerSecret(bearer),
      }),
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
