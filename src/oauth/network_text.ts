const MAX_TEXT = 300;
/** Members under which servers put the sentence meant for people. */
const SENTENCES = ["error_description", "message", "detail", "error"] as const;

/**
 * Text from the network as it may stand in a message for people: one line, no control or
 * direction-changing characters, cut at {@linkcode MAX_TEXT} characters.
 */
export function printable(text: string, limit = MAX_TEXT): string {
  const line = text
    // deno-lint-ignore no-control-regex
    .replace(/[\x00-\x20\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g, " ")
    .trim();
  return line.length > limit ? `${line.slice(0, limit)}...` : line;
}

/** A URL as it may be shown: printable, without its query and fragment, where secrets travel. */
export function displayUrl(url: string | URL): string {
  const text = typeof url === "string" ? url : url.href;
  const cut = text.search(/[?#]/);
  return printable(cut === -1 ? text : text.slice(0, cut));
}

/**
 * What a refusal's body says to people: the sentence of a JSON object, else nothing for a web page,
 * else the beginning of the text. Empty when it says nothing.
 */
export function sentenceOf(body: string): string {
  const object = parseJsonObject(body);
  if (object !== undefined) {
    for (const name of SENTENCES) {
      const member = object[name];
      if (typeof member === "string" && member !== "") return printable(member);
    }
    return "";
  }
  return /^\s*</.test(body) ? "" : printable(body);
}

/** The text parsed as a JSON object; `undefined` for anything else. A byte order mark is skipped. */
export function parseJsonObject(text: string): { readonly [member: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ""));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as { readonly [member: string]: unknown }
      : undefined;
  } catch {
    return undefined;
  }
}

/** The member, if it is a non-empty string. */
export function stringMember(
  object: { readonly [member: string]: unknown },
  name: string,
): string | undefined {
  const value = object[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The strings of an array member; `undefined` when the member is no array. */
export function stringsMember(
  object: { readonly [member: string]: unknown },
  name: string,
): readonly string[] | undefined {
  const value = object[name];
  if (!Array.isArray(value)) return undefined;
  return value.filter((member): member is string => typeof member === "string");
}
