/** What a pasted text turned out to be. */
export type PastedCallback =
  | { readonly kind: "parameters"; readonly parameters: URLSearchParams }
  /** It is no answer to this sign-in; the reason is for the person who pasted it. */
  | { readonly kind: "unusable"; readonly reason: string };

/** Longer than any callback URL; a browser would not have shown it whole. */
const LONGEST_TEXT = 16_384;

/**
 * Reads a callback URL that the user copied from the browser's address bar, or only its query. White
 * space, quotes and angle brackets around it are forgiven, and so is line wrapping within it; another
 * address than the redirect URI is not. Whether it answers the sign-in that waits is for the judge.
 */
export function parsePastedCallback(text: string, redirectUri: string): PastedCallback {
  const compact = text.replace(/\s+/g, "").replace(/^["'<]+|["'>]+$/g, "");
  if (compact === "") return unusable("Nothing was pasted");
  if (compact.length > LONGEST_TEXT) return unusable("The text is too long for a callback URL");
  const parameters = /^https?:/i.test(compact)
    ? queryOfUrl(compact, new URL(redirectUri))
    : queryOfText(compact);
  if (typeof parameters === "string") return unusable(parameters);
  if (parameters.has("code") || parameters.has("error")) return { kind: "parameters", parameters };
  return unusable(
    "The URL has neither a code nor an error: copy it after the last page has loaded",
  );
}

function queryOfUrl(text: string, expected: URL): URLSearchParams | string {
  if (!URL.canParse(text)) return "The text is not a whole URL";
  const url = new URL(text);
  const sameHost = url.host === expected.host ||
    (isLoopbackName(url.hostname) && isLoopbackName(expected.hostname) &&
      url.port === expected.port);
  if (url.protocol !== expected.protocol || !sameHost || url.pathname !== expected.pathname) {
    return `The URL does not begin with ${expected.origin}${expected.pathname}`;
  }
  return url.searchParams;
}

function queryOfText(text: string): URLSearchParams | string {
  const query = text.replace(/^[?&]/, "");
  if (/^[a-z_]+=/i.test(query)) return new URLSearchParams(query.split("#", 1)[0]);
  return "The text is neither a callback URL nor its query";
}

function isLoopbackName(hostname: string): boolean {
  return hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}

function unusable(reason: string): PastedCallback {
  return { kind: "unusable", reason };
}
