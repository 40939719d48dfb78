import type { LoopbackReply } from "../platform/loopback_listener.ts";

/** What the page in the user's browser says at the end of a sign-in. */
export type LandingContent =
  /** The tokens are there. */
  | { readonly kind: "success" }
  /** The sign-in failed; both texts are plain and may come from the network. */
  | { readonly kind: "failure"; readonly message: string; readonly hint?: string }
  /** The request was no answer to a sign-in that is under way; nothing has changed. */
  | { readonly kind: "stray" }
  /** Causeway ended while the page was loading. */
  | { readonly kind: "stopped" };

interface Wording {
  readonly status: number;
  readonly heading: string;
  /** Plain text, one paragraph each. */
  readonly paragraphs: readonly string[];
}

/** Longest text from the network that is shown, in characters. */
const LONGEST_TEXT = 1000;

/** The digest of the style, by which the content security policy allows it and no other. */
const STYLE_DIGEST = "sha256-rU5XNRJkz29RwfTX6QITJ40z9AWMYjlL92+e33n539A=";

const STYLE = `
:root { color-scheme: light dark; --ink: #1a1f26; --soft: #4a5361; --paper: #f5f6f8;
  --card: #ffffff; --edge: #d5dae1; --mark: #17643a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eef1f5; --soft: #b4bdc9; --paper: #14171c; --card: #1e232b; --edge: #39414d;
    --mark: #6fd39b; }
}
.failure { --mark: #a3271d; }
.stray, .stopped { --mark: #5b6472; }
@media (prefers-color-scheme: dark) {
  .failure { --mark: #ff9d92; }
  .stray, .stopped { --mark: #a7b0bd; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 34rem; padding: 2rem; background: var(--card);
  border: 1px solid var(--edge); border-top: 0.375rem solid var(--mark); border-radius: 0.5rem; }
h1 { margin: 0 0 0.75rem; font-size: 1.5rem; line-height: 1.25; color: var(--mark); }
p { margin: 0 0 0.75rem; overflow-wrap: anywhere; white-space: pre-line; unicode-bidi: isolate; }
footer { margin-top: 1.5rem; padding-top: 0.75rem; border-top: 1px solid var(--edge);
  font-size: 0.875rem; color: var(--soft); }
@media (max-width: 30rem) { body { padding: 0.75rem; } main { padding: 1.25rem; } }
`;

/** The page, ready to be sent: no script, nothing loaded, nothing unescaped. */
export function landingPage(content: LandingContent): LoopbackReply {
  const { status, heading, paragraphs } = wordingOf(content);
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(heading)} - Causeway</title>
<style>${STYLE}</style>
</head>
<body>
<main class="${content.kind}">
<h1>${escapeHtml(heading)}</h1>
${paragraphs.map((text) => `<p dir="auto">${escapeHtml(shown(text))}</p>`).join("\n")}
<footer>Causeway connects applications on this computer to remote MCP servers.</footer>
</main>
</body>
</html>
`;
  return { status, headers: [["Content-Type", "text/html; charset=utf-8"], ...SAFETY], body };
}

/** Sends the browser to the page that the user chose (`--auth-success-url`) instead of ours. */
export function successRedirect(url: string): LoopbackReply {
  return { status: 303, headers: [["Location", url], ...SAFETY], body: "" };
}

/** A reply without a page, for requests that no person sees. */
export function bareReply(status: number): LoopbackReply {
  const allow = status === 405 ? [["Allow", "GET"] as const] : [];
  return { status, headers: [...allow, ...SAFETY], body: "" };
}

const SAFETY: LoopbackReply["headers"] = [
  [
    "Content-Security-Policy",
    `default-src 'none'; style-src '${STYLE_DIGEST}'; base-uri 'none'; form-action 'none'; ` +
    "frame-ancestors 'none'",
  ],
  ["Cache-Control", "no-store"],
  // The address of this page holds the authorization code.
  ["Referrer-Policy", "no-referrer"],
  ["X-Content-Type-Options", "nosniff"],
  ["X-Frame-Options", "DENY"],
];

function wordingOf(content: LandingContent): Wording {
  switch (content.kind) {
    case "success":
      return {
        status: 200,
        heading: "You are signed in",
        paragraphs: ["You can close this tab and go back to your application."],
      };
    case "failure":
      return {
        status: 400,
        heading: "Signing in did not work",
        paragraphs: [
          asSentence(content.message),
          ...(content.hint === undefined ? [] : [asSentence(content.hint)]),
          "You can close this tab and go back to your application.",
        ],
      };
    case "stray":
      return {
        status: 400,
        heading: "No sign-in is waiting for this",
        paragraphs: [
          "This address takes the answer to a sign-in, but not this one, or not any more. " +
          "Nothing was changed.",
          "If you were signing in, go back to your application and start again from there.",
        ],
      };
    case "stopped":
      return {
        status: 503,
        heading: "The sign-in was stopped",
        paragraphs: [
          "Causeway ended before the sign-in was complete.",
          "Go back to your application and start again from there.",
        ],
      };
  }
}

/** The text without what could disturb the page around it, and not longer than a person reads. */
function shown(text: string): string {
  // Controls but the line feed; marks that reorder the text around them.
  const calm = text.replace(
    // deno-lint-ignore no-control-regex
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    " ",
  );
  const characters = Array.from(calm.toWellFormed());
  if (characters.length <= LONGEST_TEXT) return characters.join("");
  return `${characters.slice(0, LONGEST_TEXT).join("")}\u2026`;
}

/** Messages and hints come without capital and period, as they stand in a terminal. */
function asSentence(text: string): string {
  const begun = text.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase());
  return /[\p{L}\p{N})"']$/u.test(begun) ? `${begun}.` : begun;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
