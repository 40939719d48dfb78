import { assertEquals } from "@std/assert";
import { editDistance, nearestName } from "../../../src/cli/nearest_name.ts";

const DISTANCES: readonly [a: string, b: string, distance: number][] = [
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "", 3],
  ["abc", "abc", 0],
  ["abc", "abd", 1],
  ["abc", "ab", 1],
  ["abc", "xabc", 1],
  ["transprot", "transport", 1],
  ["kitten", "sitting", 3],
  ["ca", "abc", 3],
];

for (const [a, b, distance] of DISTANCES) {
  Deno.test(`editDistance() is ${distance} between "${a}" and "${b}", both ways`, () => {
    assertEquals(editDistance(a, b), distance);
    assertEquals(editDistance(b, a), distance);
  });
}

Deno.test("nearestName() finds the closest name, whatever the case", () => {
  assertEquals(nearestName("HEADR", ["host", "header", "headers"]), "header");
});

Deno.test("nearestName() prefers the earlier of two equally close", () => {
  assertEquals(nearestName("ab", ["ac", "ad"]), "ac");
});

Deno.test("nearestName() finds none when nothing is close or the text is endless", () => {
  assertEquals(nearestName("frobnicate", ["host", "header"]), undefined);
  assertEquals(nearestName("h".repeat(100_000), ["host"]), undefined);
});
