import { assertEquals } from "@std/assert";
import {
  type BearerChallenge,
  bearerChallenge,
  parseChallenges,
} from "../../../src/oauth/challenge.ts";

const ROWS: readonly (readonly [string, readonly string[], BearerChallenge | undefined])[] = [
  ["nothing in no field", [], undefined],
  ["a bare Bearer", ["Bearer"], {}],
  ["a scheme in any case", ['bEARER scope="a"'], { scope: "a" }],
  ["parameter names in any case", ['Bearer SCOPE="a", Error="e"'], { scope: "a", error: "e" }],
  [
    "all four parameters",
    [
      'Bearer realm="coder", error="invalid_token", error_description="The token, it expired", ' +
      'scope="a b", resource_metadata="https://x.example/.well-known/oauth-protected-resource"',
    ],
    {
      resourceMetadata: "https://x.example/.well-known/oauth-protected-resource",
      scope: "a b",
      error: "invalid_token",
      errorDescription: "The token, it expired",
    },
  ],
  ["escapes in quoted strings", [String.raw`Bearer scope="a\"b\\c"`], { scope: 'a"b\\c' }],
  ["unquoted values", ["Bearer scope=a, error=e"], { scope: "a", error: "e" }],
  [
    "an unquoted URL",
    ["Bearer resource_metadata=https://x.example/m?a=b, error=e"],
    { resourceMetadata: "https://x.example/m?a=b", error: "e" },
  ],
  ["blanks around the equals sign", ['Bearer scope = "a"'], { scope: "a" }],
  ["a Bearer after Basic in one field", ['Basic realm="r", Bearer scope="a"'], { scope: "a" }],
  ["a Bearer before Basic", ['Bearer scope="a", Basic realm="r"'], { scope: "a" }],
  ["a Bearer after a token68", ["Negotiate abc==, Bearer error=e"], { error: "e" }],
  ["a Bearer after a lone scheme", ["Negotiate, Bearer error=e"], { error: "e" }],
  ["a Bearer in the second field", ['Basic realm="r"', 'Bearer scope="a"'], { scope: "a" }],
  ["no Bearer among others", ['Basic realm="Bearer scope=x"', "Negotiate"], undefined],
  [
    "the Bearer that names metadata, of two",
    ['Bearer realm="a"', 'Bearer resource_metadata="https://x.example/"'],
    { resourceMetadata: "https://x.example/" },
  ],
  ["the first of a repeated parameter", ['Bearer scope="a", scope="b"'], { scope: "a" }],
  ["an empty value as absent", ['Bearer scope="", error=""'], {}],
  ["commas and blanks too many", [' ,, Bearer , scope="a" ,, '], { scope: "a" }],
  ["a quoted string that never ends", ['Bearer scope="a b'], { scope: "a b" }],
  ["what stands before garbage", ['Bearer scope="a", ="x"'], { scope: "a" }],
  ["missing commas", ['Bearer error="e" scope="a"'], { error: "e", scope: "a" }],
];

for (const [what, fields, expected] of ROWS) {
  Deno.test(`bearerChallenge() reads ${what}`, () => {
    assertEquals(bearerChallenge(fields), expected);
  });
}

Deno.test("parseChallenges() keeps the token68 apart from parameters", () => {
  const found = parseChallenges(["Negotiate a87421000492aa==, Digest realm=x"]);
  assertEquals(found.map(({ scheme, token68 }) => [scheme, token68]), [
    ["negotiate", "a87421000492aa=="],
    ["digest", undefined],
  ]);
});

Deno.test("parseChallenges() ends on a megabyte of hostile text", () => {
  assertEquals(parseChallenges([`Bearer ${"a=b,".repeat(300_000)}`])[0]?.scheme, "bearer");
  assertEquals(parseChallenges(["(".repeat(1_000_000)]), []);
});
