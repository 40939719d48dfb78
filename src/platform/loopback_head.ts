/** The head of a request to a loopback listener, as far as it matters. */
export interface RequestHead {
  readonly method: string;
  /** Path and query; always in origin form. */
  readonly target: string;
  /** Names in lower case. A name that came twice is not here but in `repeated`. */
  readonly fields: ReadonlyMap<string, string>;
  readonly repeated: ReadonlySet<string>;
}

/** `METHOD SP origin-form SP HTTP/1.x` (RFC 9112 section 3), printable ASCII only. */
const REQUEST_LINE = /^([A-Z]{1,20}) (\/[\x21-\x7e]*) HTTP\/1\.[01]$/;
/** A field line (RFC 9112 section 5); no white space before the colon, no folding. */
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
const MOST_FIELDS = 100;

/**
 * Parses the head of an HTTP/1.x request, without the empty line that ends it; `undefined` when it is
 * none. Stricter than HTTP has to be: all that sends anything here is a browser.
 */
export function parseRequestHead(text: string): RequestHead | undefined {
  const [requestLine = "", ...lines] = text.split("\r\n");
  const [, method, target] = REQUEST_LINE.exec(requestLine) ?? [];
  if (method === undefined || target === undefined || lines.length > MOST_FIELDS) return undefined;
  const fields = new Map<string, string>();
  const repeated = new Set<string>();
  for (const line of lines) {
    const [, name, value] = FIELD_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined || hasControl(value)) return undefined;
    const key = name.toLowerCase();
    if (fields.has(key)) repeated.add(key);
    fields.set(key, value);
  }
  for (const name of repeated) fields.delete(name);
  return { method, target, fields, repeated };
}

function hasControl(text: string): boolean {
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (code < 0x20 && code !== 0x09 || code === 0x7f) return true;
  }
  return false;
}
