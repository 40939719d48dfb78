const MAX_EXTRACT = 300;
/** Members under which services put the sentence meant for people. */
const SENTENCES = ["message", "error_description", "detail", "error", "title"];

/**
 * The part of a refusal's body that is worth showing to a person: the sentence of a JSON object, the
 * title of a web page, or the beginning of plain text, on one line.
 */
export function extractText(body: string, mediaType: string): string {
  if (mediaType.endsWith("json")) return clean(jsonSentence(body) ?? body);
  if (/^\s*<(?:!doctype|html|head|\?xml)/i.test(body)) {
    const title = /<title[^>]*>([^<]*)<\/title>/i.exec(body)?.[1];
    return title === undefined ? "a web page" : `a web page titled "${clean(title)}"`;
  }
  return clean(body);
}

function jsonSentence(body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const found: string[] = [];
  collectSentences(value, found, 0);
  return found.length === 0 ? undefined : found.join(": ");
}

function collectSentences(value: unknown, found: string[], depth: number): void {
  if (typeof value !== "object" || value === null || depth > 2) return;
  const object = value as { readonly [member: string]: unknown };
  for (const name of SENTENCES) {
    const member = object[name];
    if (typeof member === "string" && member !== "") found.push(member);
    else collectSentences(member, found, depth + 1);
    if (found.length >= 2) return;
  }
}

function clean(text: string): string {
  // deno-lint-ignore no-control-regex
  const line = text.replace(/[\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+/g, " ")
    .trim();
  return line.length > MAX_EXTRACT ? `${line.slice(0, MAX_EXTRACT)}...` : line;
}
