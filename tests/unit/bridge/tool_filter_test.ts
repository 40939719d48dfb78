import { assertEquals } from "@std/assert";
import { matchesPattern, toolFilter } from "../../../src/bridge/tool_filter.ts";

const MATCHES: readonly [pattern: string, name: string, matches: boolean][] = [
  ["delete*", "deleteTask", true],
  ["delete*", "delete", true],
  ["delete*", "undelete", false],
  ["*account", "getAccount", true],
  ["*account", "accounts", false],
  ["exactTool", "exactTool", true],
  ["exactTool", "EXACTTOOL", true],
  ["exactTool", "exactTool2", false],
  ["*", "", true],
  ["*", "anything", true],
  ["**", "x", true],
  ["", "", true],
  ["", "x", false],
  ["a*b*c", "a1b2c", true],
  ["a*b*c", "abc", true],
  ["a*b*c", "acb", false],
  ["ab*ab", "ab", false],
  ["ab*ab", "abab", true],
  ["a*a*a", "aa", false],
  ["a.c", "abc", false],
  ["a.c", "a.c", true],
  ["(a|b)+$", "(a|b)+$", true],
  ["a\\*", "a\\b", true],
  ["a*b", "a\nb", true],
];

for (const [pattern, name, matches] of MATCHES) {
  const verb = matches ? "matches" : "does not match";
  Deno.test(`matchesPattern() ${verb} ${JSON.stringify(name)} by "${pattern}"`, () => {
    assertEquals(matchesPattern(pattern, name), matches);
  });
}

Deno.test("matchesPattern() answers a hostile name at once", () => {
  assertEquals(matchesPattern("*a".repeat(50) + "b", "a".repeat(100_000)), false);
});

Deno.test("toolFilter() is undefined without patterns", () => {
  assertEquals(toolFilter({ allow: [], ignore: [] }), undefined);
});

const FILTERS: readonly [allow: string[], ignore: string[], name: string, seen: boolean][] = [
  [[], ["delete*"], "deleteTask", false],
  [[], ["delete*"], "getTask", true],
  [["get*"], [], "getTask", true],
  [["get*"], [], "deleteTask", false],
  [["get*", "list*"], [], "listTasks", true],
  [["*"], ["delete*"], "deleteTask", false],
  [["deleteTask"], ["delete*"], "deleteTask", false],
  [["get*"], ["*secret*"], "getSecrets", false],
  [["get*"], ["*secret*"], "getTask", true],
];

for (const [allow, ignore, name, seen] of FILTERS) {
  Deno.test(`toolFilter() ${seen ? "shows" : "hides"} ${name}: allow [${allow}], ignore [${ignore}]`, () => {
    assertEquals(toolFilter({ allow, ignore })?.(name), seen);
  });
}
