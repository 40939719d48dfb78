import { assertEquals } from "@std/assert";
import {
  addsScope,
  asksOfflineAccess,
  type ScopeSources,
  selectScope,
} from "../../../src/oauth/scopes.ts";

const ROWS: readonly (readonly [string, ScopeSources, string | undefined])[] = [
  ["none when nothing names one", {}, undefined],
  ["the challenge's", { challenged: "a b", resourceScopes: ["c"] }, "a b"],
  ["all that the resource supports", { resourceScopes: ["c", "d"] }, "c d"],
  ["none for an empty list", { resourceScopes: [] }, undefined],
  ["the user's before all", { chosen: "u", challenged: "a", resourceScopes: ["c"] }, "u"],
  ["the user's empty choice as none", { chosen: "", challenged: "a" }, undefined],
  ["not what only the authorization server lists", { serverScopes: ["s"] }, undefined],
  ["offline_access when the server lists it", {
    challenged: "a",
    serverScopes: ["a", "offline_access"],
  }, "a offline_access"],
  ["no offline_access alone", { serverScopes: ["offline_access"] }, undefined],
  ["no offline_access that is not listed", { challenged: "a", serverScopes: ["a"] }, "a"],
  ["no second offline_access", {
    challenged: "offline_access a",
    serverScopes: ["offline_access"],
  }, "offline_access a"],
  ["no offline_access beside the user's choice", {
    chosen: "u",
    serverScopes: ["offline_access"],
  }, "u"],
  ["the union on step-up", { previous: "a b", challenged: "b c" }, "a b c"],
  ["the union with the user's choice on step-up", {
    chosen: "u",
    previous: "u",
    challenged: "c",
  }, "u c"],
  ["each name once", { challenged: " a  a\tb " }, "a b"],
];

for (const [what, sources, expected] of ROWS) {
  Deno.test(`selectScope() takes ${what}`, () =>
    assertEquals(selectScope(sources).scope, expected));
}

Deno.test("selectScope() tells what may be left away when the server refuses it", () => {
  const lesser = (sources: ScopeSources) => {
    const choice = selectScope(sources);
    return choice.lesser === undefined ? "nothing less" : choice.lesser.scope;
  };
  const serverScopes = ["offline_access"];
  assertEquals(lesser({ challenged: "a" }), "nothing less");
  assertEquals(lesser({ chosen: "a" }), "nothing less");
  assertEquals(lesser({}), "nothing less");
  assertEquals(lesser({ resourceScopes: ["a"] }), undefined);
  assertEquals(lesser({ resourceScopes: ["a"], serverScopes }), undefined);
  assertEquals(lesser({ challenged: "a b", serverScopes }), "a b");
  assertEquals(lesser({ previous: "a", challenged: "b", serverScopes }), "a b");
});

Deno.test("addsScope() compares sets", () => {
  assertEquals(addsScope("a b", "b a"), false);
  assertEquals(addsScope("a", "a b"), true);
  assertEquals(addsScope(undefined, undefined), false);
  assertEquals(addsScope(undefined, "a"), true);
});

Deno.test("asksOfflineAccess() looks for the whole name", () => {
  assertEquals(asksOfflineAccess("a offline_access"), true);
  assertEquals(asksOfflineAccess("offline_access_x"), false);
});
