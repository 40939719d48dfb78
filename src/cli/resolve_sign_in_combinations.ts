import { CausewayError } from "../errors.ts";
import type { SwitchName, ValueName } from "./flags/table.ts";
import type { GivenFlags } from "./low_arguments.ts";

/** A pair of flags that contradict each other. */
interface Contradiction {
  readonly flag: SwitchName | ValueName;
  readonly other: SwitchName | ValueName;
  readonly reason: string;
}

const CONTRADICTIONS: readonly Contradiction[] = [
  {
    flag: "device-code",
    other: "client-credentials",
    reason: "one signs in a user, the other the client itself",
  },
  {
    flag: "use-id-token",
    other: "client-credentials",
    reason: "without a user there is no ID token",
  },
  ...(["callback-url", "callback-bind"] as const).flatMap((flag) =>
    (["device-code", "client-credentials"] as const).map((other) => ({
      flag,
      other,
      reason: "that sign-in has no redirect",
    }))
  ),
  {
    flag: "host",
    other: "callback-url",
    reason: "that URL names the host of the redirect URI already",
  },
  {
    flag: "callback-path",
    other: "callback-url",
    reason: "that URL names the path of the redirect URI already",
  },
];

/**
 * Refuses flags that contradict each other.
 *
 * @param headers The names of the user's own header fields, those of commands included
 * @throws {CausewayError} usage
 */
export function refuseContradictions(flags: GivenFlags, headers: readonly string[]): void {
  const isGiven = givenAmong(flags);
  for (const { flag, other, reason } of CONTRADICTIONS) {
    if (!isGiven(flag) || !isGiven(other)) continue;
    throw usage(
      `Cannot use "--${flag}" together with "--${other}": ${reason}`,
      `leave out --${flag} or --${other}`,
    );
  }
  if (isGiven("token-endpoint") && !isGiven("client-credentials")) {
    throw usage(
      'Cannot use "--token-endpoint" without "--client-credentials": every other sign-in needs ' +
        "more endpoints than that one",
      "add --client-credentials, or leave out --token-endpoint",
    );
  }
  refuseTwoCredentials(flags, headers);
}

/** A header of the user's own goes before every token, so that signing in would be for nothing. */
function refuseTwoCredentials(flags: GivenFlags, headers: readonly string[]): void {
  if (!headers.some((name) => name.toLowerCase() === "authorization")) return;
  const isGiven = givenAmong(flags);
  const asked = flags.value("auth") === "always"
    ? "auth always"
    : (["client-credentials", "device-code"] as const).find(isGiven);
  if (asked === undefined) return;
  throw usage(
    `Cannot use "--${asked}" together with a header "Authorization" of your own: both say what ` +
      "goes into that header",
    `leave out --${asked}, or the header`,
  );
}

/**
 * Says which flags do nothing beside the others. mcp-remote takes such combinations, so that they
 * stand in configurations that worked.
 */
export function idleFlags(flags: GivenFlags, hasClient: boolean): readonly string[] {
  const isGiven = givenAmong(flags);
  const warnings: string[] = [];
  const withoutRedirect = (["device-code", "client-credentials"] as const).find(isGiven);
  if (withoutRedirect !== undefined) {
    const idle: readonly string[] = [
      ...(["host", "callback-path", "auth-success-url"] as const).filter(isGiven),
      ...(flags.all("authorize-param").length > 0 ? ["authorize-param"] : []),
    ];
    for (const name of idle) {
      warnings.push(
        `--${name} does nothing beside --${withoutRedirect}: that sign-in has no redirect`,
      );
    }
  }
  if (hasClient && isGiven("client-metadata-url")) {
    warnings.push("--client-metadata-url does nothing: the client was registered beforehand");
  }
  if (isGiven("disable-resource-parameter") && (flags.value("resource") ?? "").trim() !== "") {
    warnings.push("--resource does nothing beside --disable-resource-parameter");
  }
  return warnings;
}

function givenAmong(flags: GivenFlags): (name: SwitchName | ValueName) => boolean {
  // A switch and a valued flag are asked for by different methods; no name is both.
  return (name) => flags.has(name as SwitchName) || flags.value(name as ValueName) !== undefined;
}

function usage(message: string, hint: string): CausewayError {
  return new CausewayError("usage", message, { hint });
}
