/**
 * What must not reach a terminal or a log as it is: control characters (ANSI escapes begin with
 * one), line separators, invisible characters and those that change the direction of text.
 */
const UNSAFE =
  // deno-lint-ignore no-control-regex -- these are what is looked for
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;

/** The text on one line, with everything unsafe spelled out as in a string literal. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (found) => {
    const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
    const code = found.codePointAt(0) ?? 0;
    return short[found] ??
      (code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`);
  });
}

/** The first `limit` characters, and a mark where more was cut off. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // Not between the two halves of a character.
  const end = /[\ud800-\udbff]/.test(text.charAt(limit - 1)) ? limit - 1 : limit;
  return `${text.slice(0, end)}... (${text.length - end} more)`;
}
