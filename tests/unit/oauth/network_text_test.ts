import { assertEquals } from "@std/assert";
import { displayUrl, printable, sentenceOf } from "../../../src/oauth/network_text.ts";

Deno.test("printable() makes one line without control or direction-changing characters", () => {
  assertEquals(printable("a\x1b[31m\r\nb\u202ec\u2066d\u200be"), "a [31m b c d e");
});

Deno.test("printable() cuts what is too long", () => {
  assertEquals(printable("x".repeat(400)), `${"x".repeat(300)}...`);
});

Deno.test("displayUrl() leaves query and fragment away", () => {
  assertEquals(displayUrl("https://a.example/p?key=secret#x"), "https://a.example/p");
  assertEquals(displayUrl(new URL("https://a.example/p#secret")), "https://a.example/p");
});

const SENTENCES: readonly (readonly [string, string, string])[] = [
  ["an OAuth error", '{"error":"e","error_description":"Why"}', "Why"],
  ["Coder's message", '{"message":"Disabled","detail":"d"}', "Disabled"],
  ["an error code alone", '{"error":"e"}', "e"],
  ["nothing in a JSON object without a sentence", '{"a":1}', ""],
  ["nothing in a web page", "<html>x</html>", ""],
  ["plain text", "no such thing\n", "no such thing"],
];

for (const [what, body, expected] of SENTENCES) {
  Deno.test(`sentenceOf() finds ${what}`, () => assertEquals(sentenceOf(body), expected));
}
