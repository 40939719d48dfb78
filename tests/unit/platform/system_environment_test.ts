import { assert, assertEquals } from "@std/assert";
import type { OperatingSystem } from "../../../src/platform/environment.ts";
import { homeFromVariables, SystemEnvironment } from "../../../src/platform/system_environment.ts";

const HOMES: readonly (readonly [
  system: OperatingSystem,
  variables: Readonly<Record<string, string>>,
  home: string | undefined,
])[] = [
  ["linux", { HOME: "/home/a" }, "/home/a"],
  ["linux", { HOME: "" }, undefined],
  ["linux", {}, undefined],
  ["linux", { USERPROFILE: "/no" }, undefined],
  ["macos", { HOME: "/Users/a" }, "/Users/a"],
  [
    "windows",
    { USERPROFILE: "C:\\Users\\a", HOME: "/c/a", HOMEDRIVE: "D:", HOMEPATH: "\\a" },
    "C:\\Users\\a",
  ],
  ["windows", { HOMEDRIVE: "D:", HOMEPATH: "\\a", HOME: "/c/a" }, "D:\\a"],
  ["windows", { HOMEDRIVE: "D:", HOME: "/c/a" }, "/c/a"],
  ["windows", {}, undefined],
];

for (const [system, variables, home] of HOMES) {
  Deno.test(`homeFromVariables() finds ${home} on ${system} with ${JSON.stringify(variables)}`, () => {
    assertEquals(homeFromVariables(system, (name) => variables[name]), home);
  });
}

Deno.test("SystemEnvironment.get() knows no variable whose name cannot exist", () => {
  const environment = new SystemEnvironment();
  for (const name of ["", "A=B", "A\0B", "CAUSEWAY_TEST_NOT_SET"]) {
    assertEquals(environment.get(name), undefined);
  }
});

Deno.test("SystemEnvironment tells of this process", () => {
  const environment = new SystemEnvironment();
  assertEquals(environment.processId, Deno.pid);
  assert(["linux", "macos", "windows"].includes(environment.operatingSystem));
});
