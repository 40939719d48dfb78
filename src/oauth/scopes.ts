/** What the scope of an authorization request is made of. */
export interface ScopeSources {
  /** The user's choice (`--scope`): taken as it is. */
  readonly chosen?: string;
  /** `scope` of the challenge. */
  readonly challenged?: string;
  /** `scopes_supported` of the protected resource's metadata. */
  readonly resourceScopes?: readonly string[];
  /** `scopes_supported` of the authorization server's metadata. */
  readonly serverScopes?: readonly string[];
  /** Step-up: the scope that was asked for before. */
  readonly previous?: string;
}

/** The scope of a request; `undefined` means that the parameter is left away. */
export interface ScopeChoice {
  readonly scope: string | undefined;
  /** What may be asked for when the authorization server refuses `scope`; absent when nothing less will do. */
  readonly lesser?: { readonly scope: string | undefined };
}

const OFFLINE_ACCESS = "offline_access";

/** The scope tokens of a space-separated list (RFC 6749 section 3.3), without repetition. */
export function scopeTokens(scope: string | undefined): readonly string[] {
  return [...new Set((scope ?? "").split(/\s+/).filter((token) => token !== ""))];
}

/**
 * Selects the scope by the specification's order: the challenge's, else all of the resource's
 * `scopes_supported`, else none; a choice of the user comes before both, and what was asked for
 * before is kept (step-up: the union). `offline_access` is added when the authorization server
 * lists it and anything is asked for at all: alone it would replace the server's default scope.
 */
export function selectScope(sources: ScopeSources): ScopeChoice {
  if (sources.chosen !== undefined) {
    const tokens = scopeTokens(`${sources.chosen} ${sources.previous ?? ""}`);
    const all = sources.previous === undefined
      ? tokens
      : scopeTokens(`${tokens.join(" ")} ${sources.challenged ?? ""}`);
    return { scope: join(all) };
  }
  const basis = sources.challenged ?? sources.resourceScopes?.join(" ");
  const tokens = scopeTokens(`${sources.previous ?? ""} ${basis ?? ""}`);
  const offline = tokens.length > 0 && sources.serverScopes?.includes(OFFLINE_ACCESS) === true;
  const scope = join(offline ? scopeTokens([...tokens, OFFLINE_ACCESS].join(" ")) : tokens);
  if (scope === undefined) return { scope };
  // What the challenge or an earlier grant names is needed; what metadata lists may be too much.
  const needed = scopeTokens(`${sources.previous ?? ""} ${sources.challenged ?? ""}`);
  const lesser = join(needed);
  return lesser === scope ? { scope } : { scope, lesser: { scope: lesser } };
}

/** Whether `scope` asks for anything that `previous` did not. */
export function addsScope(previous: string | undefined, scope: string | undefined): boolean {
  const had = new Set(scopeTokens(previous));
  return scopeTokens(scope).some((token) => !had.has(token));
}

/** Whether the scope asks for offline access, for which consent must be shown (OpenID Connect Core section 11). */
export function asksOfflineAccess(scope: string | undefined): boolean {
  return scopeTokens(scope).includes(OFFLINE_ACCESS);
}

function join(tokens: readonly string[]): string | undefined {
  return tokens.length === 0 ? undefined : tokens.join(" ");
}
