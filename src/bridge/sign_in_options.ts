import type { CallbackSettings } from "../oauth/callback_settings.ts";
import type { SignInSettings } from "../oauth/sign_in.ts";

/** A program of the closed list whose output is a header's value (`--header-command`). */
export interface HeaderCommand {
  /** The header field's name. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** Everything that one bridge is told about signing in: validated, files read, defaults made. */
export interface SignInOptions {
  readonly settings: SignInSettings;
  readonly callback: CallbackSettings;
  /** Sign in before the first request (`--auth always`). */
  readonly always: boolean;
  /** Let the client wait until the sign-in is done (`--wait-for-auth`). */
  readonly waitForAuth: boolean;
  /** Whether a browser may be opened (not with `--no-browser`). */
  readonly openBrowser: boolean;
  /** Where the key of stored credentials is kept: in the keychain, or nowhere (`--store file`). */
  readonly store: "keychain" | "file";
  readonly headerCommands: readonly HeaderCommand[];
}
