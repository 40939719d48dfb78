import type { ChosenClient } from "./client_source.ts";
import type { ListeningReceiver, PendingSignIn } from "./ports.ts";
import { addsScope } from "./scopes.ts";
import type { SignInTarget } from "./sign_in.ts";
import type { SignInParts } from "./sign_in_parts.ts";
import { CausewayError } from "../errors.ts";

/** An authorization request that is listened for. */
export interface AdoptedSignIn {
  readonly listening: ListeningReceiver;
  readonly pending: PendingSignIn;
  readonly chosen: ChosenClient;
  /** Another process sent it. */
  readonly adopted?: true;
}

/**
 * Takes over the authorization request of a bridge that died while the user was signing in, so that
 * the tab that is open already serves. `undefined` when there is none that still fits.
 */
export async function adoptPendingSignIn(
  target: SignInTarget,
  { ports, settings, clients }: SignInParts,
): Promise<AdoptedSignIn | undefined> {
  const pending = await ports.store.readPendingSignIn(target.key);
  if (pending === undefined) return undefined;
  const age = ports.clock.wallTime() - pending.startedAt;
  if (age < 0 || age >= settings.timeout || !fits(pending, target)) return undefined;
  const client = await clients.ofPendingSignIn(pending);
  if (client === undefined) return undefined;
  try {
    const { redirectUri } = pending;
    const listening = await ports.receiver.listen({ redirectUri, strict: true });
    if (listening.redirectUri !== redirectUri) {
      await listening.close();
      return undefined;
    }
    return { listening, pending, chosen: client, adopted: true };
  } catch (error) {
    // Its port is taken by something else: a new request goes elsewhere.
    if (error instanceof CausewayError) return undefined;
    throw error;
  }
}

/** Whether the request asks for what is wanted now, of whom it is wanted now. */
function fits(pending: PendingSignIn, target: SignInTarget): boolean {
  const { authorizationServer } = target;
  return pending.authorizationServer.issuer === authorizationServer.issuer &&
    pending.authorizationServer.tokenEndpoint === authorizationServer.tokenEndpoint &&
    pending.resourceParameter === target.resourceParameter &&
    !addsScope(pending.scope, target.scope.scope);
}
