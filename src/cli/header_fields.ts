import { CausewayError } from "../errors.ts";
import type { HttpHeader } from "../platform/http_client.ts";
import { TOKEN } from "./flags/shapes.ts";

/** Where a header was given, for error texts: `--header`, or a file's path and line. */
export type HeaderOrigin = string;

/** Looks up an environment variable. */
export type LookUp = (name: string) => string | undefined;

/** Names that belong to one connection or to the encoding of one message (RFC 9110 section 7.6.1). */
const REFUSED: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "expect",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Names whose values the bridge itself must decide; mcp-remote overwrites them silently. */
const OWN: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "content-type",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
]);

/** Whether the bridge sets this header itself, so that a user's is left out. */
export function isOwnHeader(name: string): boolean {
  return OWN.has(name.toLowerCase());
}

/**
 * Splits `Name:value` or `Name: value`; variables stay as they are.
 *
 * @throws {CausewayError} usage; the text never holds the value
 */
export function splitHeader(text: string, origin: HeaderOrigin): HttpHeader {
  const colon = text.indexOf(":");
  const name = text.slice(0, colon).trimStart();
  if (colon < 0 || !TOKEN.test(name)) {
    throw usage(`Cannot read a header from ${origin}: it is not written as Name:value`);
  }
  return [name, text.slice(colon + 1).trim()];
}

/**
 * Fills in `${VAR}` and judges name and value.
 *
 * @throws {CausewayError} usage; the text never holds the value
 */
export function finishHeader(field: HttpHeader, origin: HeaderOrigin, lookUp: LookUp): HttpHeader {
  const [name, raw] = field;
  if (REFUSED.has(name.toLowerCase())) {
    throw usage(
      `Cannot send the header "${name}" of ${origin}: it belongs to a single connection or message`,
      "leave it out; Causeway sets what is needed",
    );
  }
  const value = expandVariables(raw, `the header "${name}" of ${origin}`, lookUp).trim();
  // RFC 9110 section 5.5: visible characters, spaces, tabs, and bytes beyond ASCII.
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    // deno-lint-ignore no-control-regex -- these are what is looked for
    const control = /[\x00-\x08\x0a-\x1f\x7f]/.test(value);
    throw usage(
      `Cannot send the header "${name}" of ${origin}: its value holds ${
        control ? "a line break or another control character" : "a character beyond Latin-1"
      }`,
      control ? "look for a stray line end in the variable or file it comes from" : undefined,
    );
  }
  return [name, value];
}

/**
 * Replaces each `${VAR}` by the environment variable of that name.
 *
 * @throws {CausewayError} usage, naming the variable that is not set
 */
export function expandVariables(text: string, where: string, lookUp: LookUp): string {
  return text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
    const value = lookUp(name);
    if (value !== undefined) return value;
    throw usage(
      `Cannot fill in ${where}: the environment variable "${name}" is not set`,
      `set ${name} in the "env" of the client's configuration`,
    );
  });
}

/**
 * The headers in a file's text: one `Name: value` a line; empty lines and lines that begin with
 * `#` do not count. Variables stay as they are.
 *
 * @throws {CausewayError} usage, naming file and line but never the line's text
 */
export function parseHeaderFile(text: string, path: string): readonly LocatedHeader[] {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  return lines.flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return [];
    const origin = `${path}:${index + 1}`;
    return [{ field: splitHeader(trimmed, origin), origin }];
  });
}

/** A header and where it was given. */
export interface LocatedHeader {
  readonly field: HttpHeader;
  readonly origin: HeaderOrigin;
}

/** One field a name: the later one counts, whatever the case of its name. */
export function lastOfEachName(fields: readonly HttpHeader[]): readonly HttpHeader[] {
  const last = new Map<string, HttpHeader>();
  for (const field of fields) {
    const key = field[0].toLowerCase();
    last.delete(key);
    last.set(key, field);
  }
  return [...last.values()];
}

function usage(message: string, hint?: string): CausewayError {
  return new CausewayError("usage", message, hint === undefined ? {} : { hint });
}
