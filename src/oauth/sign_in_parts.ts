import type { ClientSource } from "./client_source.ts";
import type { SignInContext } from "./sign_in.ts";

/** What the grants of one server share. */
export interface SignInParts extends SignInContext {
  readonly clients: ClientSource;
}
