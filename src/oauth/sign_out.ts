import { AuthorizationFlow } from "./authorization_flow.ts";
import { type RevocationOutcome, revokeTokens } from "./revocation.ts";
import { type SignInPorts, type SignInSettings, tokensLock } from "./sign_in.ts";
import { serverIdentifier } from "./server_identifier.ts";

/** What signing out came to. Whatever it is, nothing of the sign-in is stored any more. */
export type SignOutOutcome = RevocationOutcome | { readonly kind: "not_signed_in" };

/**
 * Signs out: revokes the tokens where the server offers it, then removes what is stored of them.
 * @throws {CausewayError} `local-file` when the store fails; `signal.reason`
 */
export async function signOut(
  settings: SignInSettings,
  ports: SignInPorts,
  signal?: AbortSignal,
): Promise<SignOutOutcome> {
  const { store, lock } = ports;
  const { profile } = settings;
  const serverKey = { server: serverIdentifier(settings), profile };
  const record = await store.readServer(serverKey);
  if (record === undefined) return { kind: "not_signed_in" };
  const { issuer, resource } = record;
  const key = { issuer, resource, profile };
  const options = signal === undefined ? {} : { signal };
  return await lock.withLock(tokensLock(key), async () => {
    const tokens = await store.readTokens(key);
    let outcome: SignOutOutcome = { kind: "not_signed_in" };
    if (tokens !== undefined) {
      const { clients, exchange } = new AuthorizationFlow(settings, ports).parts;
      const client = await clients.ofTokens(tokens);
      outcome = await revokeTokens(exchange, tokens, { client, ...options });
    }
    await store.removeTokens(key);
    await store.removePendingSignIn(key);
    await store.removeServer(serverKey);
    return outcome;
  }, options);
}
