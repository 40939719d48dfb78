import { assertEquals } from "@std/assert";
import { cutText, escapeText } from "../../../src/log/escape_text.ts";

const ESCAPES: readonly [text: string, escaped: string][] = [
  ["plain \u00e4 \u4e2d \ud83d\ude00", "plain \u00e4 \u4e2d \ud83d\ude00"],
  ["a\nb\r\tc", "a\\nb\\r\\tc"],
  ["\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"],
  ["\x00\x07\x7f\x9b", "\\x00\\x07\\x7f\\x9b"],
  ["\u202eevil\u2066", "\\u{202e}evil\\u{2066}"],
  ["a\u200bb\ufeff\u2028\u2029", "a\\u{200b}b\\u{feff}\\u{2028}\\u{2029}"],
  ["\u{e0041}", "\\u{e0041}"],
  ["\ud800x\udc00", "\\u{d800}x\\u{dc00}"],
];

for (const [text, escaped] of ESCAPES) {
  Deno.test(`escapeText() shows ${JSON.stringify(text)} as ${escaped}`, () => {
    assertEquals(escapeText(text), escaped);
  });
}

Deno.test("cutText() cuts what is longer and says by how much", () => {
  assertEquals(cutText("abcdef", 6), "abcdef");
  assertEquals(cutText("abcdef", 4), "abcd... (2 more)");
});

Deno.test("cutText() cuts no character in half", () => {
  assertEquals(cutText("a\ud83d\ude00b", 2), "a... (3 more)");
});
