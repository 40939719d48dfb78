import { isSensitiveHeader, SECRET_MEMBERS } from "./sensitive_names.ts";

/** What stands in the place of a secret. */
export const REDACTED = "[redacted]";

/** Shorter values are too likely to be part of ordinary text. */
const SHORTEST_SECRET = 6;

const NAMES = SECRET_MEMBERS.map((name) => name.replace(/[-]/g, "\\-")).join("|");

/** The beginning of `"access_token": "..."`: up to the quote that opens the value. */
const JSON_MEMBER = new RegExp(
  String.raw`["'](?:${NAMES})\\*["']\s*:\s*(\\*)(["'])`,
  "gi",
);

/** `code=...` in a query, a form body, a challenge or plain text, also percent-encoded. */
const PARAMETER = new RegExp(
  String.raw`(^|[?&#;,\s"'(]|%(?:3f|26|23|20))((?:${NAMES})(?:=|%3d))("[^"]*"?|[^&#;,\s"')]+)`,
  "gi",
);

/** A header with its value, up to the end of the line. */
const HEADER_LINE =
  /\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|api-key|x-auth-token|mcp-session-id)(\s*:\s*)(?!\s)[^\r\n"]+/gi;

/**
 * Credentials of an authentication scheme (RFC 9110 section 11.4), but neither a challenge's
 * parameters (`Bearer realm="..."`) nor the plain words that follow these names in sentences.
 */
const SCHEME =
  /\b(bearer|basic|dpop|apikey|negotiate)(\s+)(?![a-z_]+\s*=\s*[^=\s,])(?!(?:tokens?|auth|authentication|authorization|scheme|credentials?|challenges?|errors?|headers?|or|and|is|was|in|for)\b(?![.~+/=-]*[A-Za-z0-9]))[A-Za-z0-9._~+/-]+=*/gi;

/** A JSON Web Token or Web Encryption: an encoded `{"` and then more parts. */
const JWT = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){1,4}/g;

/** User information in a URL. */
const USER_INFORMATION = /(:\/\/)[^/?#\s"'@]*@/g;

/** Headers whose values stand in every second message and are no secret. */
const PUBLIC_HEADERS: ReadonlySet<string> = new Set(["accept-language", "host", "user-agent"]);

/**
 * Takes secrets out of text that is to be shown or logged: by what stands beside them (header
 * names, JSON members, parameters, schemes, user information), by their own shape (JSON Web
 * Tokens), and the values told to {@linkcode Redactor.registerSecret} wherever they stand.
 */
export class Redactor {
  #secrets: readonly string[] = [];

  /**
   * From now on this value is taken out, also where it is escaped for a URL or for JSON. Values of
   * less than six characters are not: they would tear ordinary text apart.
   */
  registerSecret(value: string): void {
    const forms = [value, encodeForUrl(value), JSON.stringify(value).slice(1, -1)]
      .filter((form) => form.length >= SHORTEST_SECRET);
    // Longest first, so that no part of a longer one is left standing.
    this.#secrets = [...new Set([...this.#secrets, ...forms])]
      .sort((a, b) => b.length - a.length);
  }

  /** Registers a header's value: all of it, without its scheme, and each cookie in it. */
  registerHeader(name: string, value: string): void {
    if (PUBLIC_HEADERS.has(name.toLowerCase())) return;
    this.registerSecret(value);
    if (!isSensitiveHeader(name)) return;
    const afterScheme = /^[A-Za-z][A-Za-z0-9-]*\s+(\S.*)$/.exec(value)?.[1];
    if (afterScheme !== undefined) this.registerSecret(afterScheme);
    if (name.toLowerCase() !== "cookie") return;
    for (const pair of value.split(";")) {
      this.registerSecret(pair.slice(pair.indexOf("=") + 1).trim());
    }
  }

  /** The text without secrets. */
  redact(text: string): string {
    let result = text;
    for (const secret of this.#secrets) result = result.replaceAll(secret, REDACTED);
    return redactJsonMembers(result)
      .replace(HEADER_LINE, `$1$2${REDACTED}`)
      .replace(SCHEME, `$1$2${REDACTED}`)
      .replace(JWT, REDACTED)
      .replace(USER_INFORMATION, `$1${REDACTED}@`)
      .replace(PARAMETER, `$1$2${REDACTED}`);
  }

  /** The value of an HTTP header as it may be shown. */
  redactHeader(name: string, value: string): string {
    return isSensitiveHeader(name) ? REDACTED : this.redact(value);
  }
}

/**
 * Replaces the values of secret members, also in JSON that stands escaped within other JSON, and
 * those cut off before their end.
 */
function redactJsonMembers(text: string): string {
  let result = "";
  let copied = 0;
  JSON_MEMBER.lastIndex = 0;
  for (let found = JSON_MEMBER.exec(text); found !== null; found = JSON_MEMBER.exec(text)) {
    const start = found.index + found[0].length;
    const end = endOfString(text, start, (found[1] ?? "").length, found[2] ?? '"');
    result += text.slice(copied, start) + REDACTED;
    copied = end;
    JSON_MEMBER.lastIndex = Math.max(end, start);
  }
  return copied === 0 ? text : result + text.slice(copied);
}

/**
 * Where the string ends (the place of its closing quote, with the backslashes before it) that was
 * opened by a quote after `depth` backslashes; the end of the text when it is cut off.
 */
function endOfString(text: string, start: number, depth: number, quote: string): number {
  for (let at = text.indexOf(quote, start); at >= 0; at = text.indexOf(quote, at + 1)) {
    let backslashes = 0;
    while (at - backslashes > start && text[at - backslashes - 1] === "\\") backslashes++;
    // Fewer than at its opening: the string around it ends. Else each level of escaping doubles.
    if (backslashes < depth) return at - backslashes;
    if ((backslashes - depth) % (2 * (depth + 1)) === 0) return at - depth;
  }
  return text.length;
}

/** As in a URL; a lone surrogate, which has no such form, is left. */
function encodeForUrl(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return value;
  }
}
