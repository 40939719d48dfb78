import { HttpFailure, type HttpFailureKind } from "./http_client.ts";
import { cannotReach } from "./http_wire_failures.ts";
import type { WireTarget } from "./http_wire_target.ts";

/** What a failed connection means to people. */
interface Meaning {
  readonly kind: HttpFailureKind;
  readonly what: string;
  readonly hint?: string;
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: {
    kind: "refused",
    what: "connection refused",
    hint: "check that the server is running and listens on this port",
  },
  ECONNRESET: { kind: "reset", what: "connection reset while connecting" },
  ETIMEDOUT: { kind: "connect_timeout", what: "the address does not answer" },
  EHOSTUNREACH: { kind: "unreachable", what: "no route to the host" },
  ENETUNREACH: { kind: "unreachable", what: "the network is unreachable" },
  ENETDOWN: { kind: "unreachable", what: "the network is down" },
  EADDRNOTAVAIL: { kind: "unreachable", what: "the address is not available on this machine" },
  EACCES: { kind: "unreachable", what: "the operating system does not permit the connection" },
  EPERM: { kind: "unreachable", what: "the operating system does not permit the connection" },
};

const NO_ADDRESS: Meaning = {
  kind: "dns",
  what: "the host name has no address",
  hint: "check the spelling of the host name, and the network",
};

/** The failure for an error of `Deno.connect` or of a lookup: nothing was sent. */
export function connectFailure(target: WireTarget, error: unknown): HttpFailure {
  if (error instanceof HttpFailure) return error;
  const code = errorCode(error);
  const known = code === undefined ? undefined : MEANINGS[code];
  // Name resolution fails without a code of the operating system, or with one of the resolver.
  const meaning: Meaning = known ??
    (code === undefined || isResolverCode(code)
      ? NO_ADDRESS
      : { kind: "unreachable", what: `the connection failed (${code})` });
  const { kind, what, hint } = meaning;
  return cannotReach(target.origin, kind, what, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

function isResolverCode(code: string): boolean {
  return code.startsWith("EAI_") || code === "ENOTFOUND" || code === "ENODATA";
}

function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as Error & { readonly code?: unknown };
  if (typeof code === "string") return code;
  for (const [name, constructor] of CONSTRUCTORS) {
    if (error instanceof constructor) return name;
  }
  return undefined;
}

/** For systems whose errors come without a code. */
const CONSTRUCTORS: readonly (readonly [string, new (message: string) => Error])[] = [
  ["ECONNREFUSED", Deno.errors.ConnectionRefused],
  ["ECONNRESET", Deno.errors.ConnectionReset],
  ["ETIMEDOUT", Deno.errors.TimedOut],
  ["EADDRNOTAVAIL", Deno.errors.AddrNotAvailable],
  ["EPERM", Deno.errors.PermissionDenied],
];
