import { assertEquals } from "@std/assert";
import { parsePastedCallback } from "../../../src/oauth/pasted_callback.ts";

const REDIRECT_URI = "http://localhost:3335/oauth/callback";

function codeIn(text: string, redirectUri = REDIRECT_URI): string | undefined {
  const pasted = parsePastedCallback(text, redirectUri);
  return pasted.kind === "parameters" ? `${pasted.parameters.get("code")}` : undefined;
}

Deno.test("parsePastedCallback() reads what people copy out of an address bar or a log", () => {
  const good = [
    `${REDIRECT_URI}?code=a%2Bb&state=s`,
    ` ${REDIRECT_URI}?state=s&code=a%2Bb \r\n`,
    `"${REDIRECT_URI}?code=a%2Bb&state=s"`,
    `<${REDIRECT_URI}?code=a%2Bb&state=s>`,
    `${REDIRECT_URI}?code=a%2B\n  b&state=s`,
    "http://127.0.0.1:3335/oauth/callback?code=a%2Bb&state=s",
    "http://[::1]:3335/oauth/callback?code=a%2Bb&state=s#",
    "HTTP://LOCALHOST:3335/oauth/callback?code=a%2Bb&state=s",
    "?code=a%2Bb&state=s",
    "code=a%2Bb&state=s",
    "&state=s&code=a%2Bb",
  ];
  for (const text of good) assertEquals(codeIn(text), "a+b", text);
  const refusal = parsePastedCallback("?error=access_denied&state=s", REDIRECT_URI);
  assertEquals(refusal.kind, "parameters");
});

Deno.test("parsePastedCallback() takes only this redirect URI", () => {
  const bad = [
    "",
    "   ",
    '""',
    "hello",
    "https://as.example.com/authorize?code=a",
    "http://localhost:3336/oauth/callback?code=a",
    "https://localhost:3335/oauth/callback?code=a",
    "http://localhost:3335/oauth/callback/x?code=a",
    "http://evil.example:3335/oauth/callback?code=a",
    "http://localhost:3335@evil.example/oauth/callback?code=a",
    "http://",
    REDIRECT_URI,
    `${REDIRECT_URI}?state=s`,
    `${REDIRECT_URI}#code=a&state=s`,
    "#code=a",
    `${REDIRECT_URI}?code=${"a".repeat(20_000)}`,
  ];
  for (const text of bad) assertEquals(codeIn(text), undefined, text);
});

Deno.test("parsePastedCallback() takes no loopback name for a redirect URI that is public", () => {
  const redirectUri = "https://box.example/callback";
  assertEquals(codeIn(`${redirectUri}?code=a`, redirectUri), "a");
  assertEquals(codeIn("https://localhost/callback?code=a", redirectUri), undefined);
});
