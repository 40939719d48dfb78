import { CausewayError } from "../errors.ts";
import { displayUrl } from "./network_text.ts";

/** What a failure to sign in says beside its fact. */
export interface SignInErrorOptions {
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Signing in failed and would fail again: something has to change first. */
export function signInFailed(
  server: URL,
  what: string,
  options: SignInErrorOptions = {},
): CausewayError {
  return new CausewayError("authorization-failed", message(server, what), {
    clause: `signing in failed: ${what}`,
    hint: options.hint ?? "run it with --debug and look into the log for the step that fails",
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
}

/** Signing in cannot be done now; whatever is stored is kept. */
export function signInUnavailable(
  server: URL,
  what: string,
  options: SignInErrorOptions = {},
): CausewayError {
  return new CausewayError("server-unreachable", message(server, what), {
    clause: `signing in is not possible now: ${what}`,
    hint: options.hint ??
      "check that it can be reached from here, or try again in a moment; a stored sign-in is kept",
    ...(options.cause === undefined ? {} : { cause: options.cause }),
  });
}

function message(server: URL, what: string): string {
  return `Cannot sign in to "${displayUrl(server)}": ${what}`;
}
