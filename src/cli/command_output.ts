import { expiryOfJwt } from "../oauth/id_token.ts";
import { parseJsonObject, stringMember } from "../oauth/network_text.ts";

/** What a program printed, as the value of a header. */
export type CommandOutput =
  | {
    readonly kind: "value";
    /** Fit for a header field. */
    readonly value: string;
    /** Milliseconds since the Unix epoch; `undefined` when the output does not tell. */
    readonly expiresAt: number | undefined;
  }
  /** The reason is the end of a sentence; it holds nothing of the output. */
  | { readonly kind: "unusable"; readonly reason: string };

type Members = { readonly [member: string]: unknown };

/** Where programs put tokens: kubectl and aws in `status`, gcloud's config-helper in `credential`. */
const HOLDERS = ["status", "credential"] as const;
const TOKENS = ["token", "access_token", "accessToken"] as const;
/** `expires_on` before `expiresOn`: of az's two, the latter is in an unnamed time zone. */
const EXPIRIES = [
  "expirationTimestamp",
  "expiry",
  "token_expiry",
  "expires_on",
  "expiresOn",
] as const;

/** Bearer is meant where a program prints a bare token for this header (RFC 6750 section 2.1). */
const SCHEMELESS = "authorization";

/**
 * Reads what a program printed for a header: the token of a JSON object (as kubectl, gcloud, az and
 * aws print it), else the first line. When it expires follows from that object or, for a JSON Web
 * Token, from the token itself.
 *
 * @param name The header field's name
 * @param now Milliseconds since the Unix epoch
 */
export function readCommandOutput(name: string, output: Uint8Array, now: number): CommandOutput {
  const text = new TextDecoder().decode(output).trim();
  if (text === "") return unusable("it printed nothing");
  const found = text.startsWith("{") ? ofObject(text, now) : ofLine(text);
  if (found.kind === "unusable") return found;
  // RFC 9110 section 5.5: visible characters, spaces, tabs, and bytes beyond ASCII.
  if (!/^[\t\x20-\x7e\x80-\xff]+$/.test(found.value)) {
    return unusable("what it printed holds a character that no header can");
  }
  if (name.toLowerCase() !== SCHEMELESS || /\s/.test(found.value)) return found;
  return { ...found, value: `Bearer ${found.value}` };
}

function ofLine(text: string): CommandOutput {
  const value = (text.split(/[\r\n]/, 1)[0] ?? "").trim();
  return { kind: "value", value, expiresAt: expiryOfJwt(value) };
}

function ofObject(text: string, now: number): CommandOutput {
  const object = parseJsonObject(text);
  if (object === undefined) return unusable("what it printed begins like JSON, but is none");
  for (const members of [object, ...HOLDERS.map((holder) => membersOf(object[holder]))]) {
    for (const member of TOKENS) {
      const value = stringMember(members, member)?.trim();
      if (value === undefined || value === "") continue;
      return { kind: "value", value, expiresAt: expiryOf(members, now) ?? expiryOfJwt(value) };
    }
  }
  return unusable('the JSON that it printed has neither "token" nor "access_token"');
}

function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Members
    : {};
}

function expiryOf(members: Members, now: number): number | undefined {
  for (const member of EXPIRIES) {
    const expiry = timeOf(members[member]);
    if (expiry !== undefined) return expiry;
  }
  const lifetime = members["expires_in"];
  return typeof lifetime === "number" && lifetime > 0 ? now + lifetime * 1000 : undefined;
}

/** Seconds since the Unix epoch, as a number or its digits, or a date. */
function timeOf(value: unknown): number | undefined {
  const isNumber = typeof value === "number" || (typeof value === "string" && /^\d+$/.test(value));
  const time = isNumber
    ? Number(value) * 1000
    : typeof value === "string"
    ? Date.parse(value)
    : NaN;
  return Number.isFinite(time) && time > 0 ? time : undefined;
}

function unusable(reason: string): CommandOutput {
  return { kind: "unusable", reason };
}
