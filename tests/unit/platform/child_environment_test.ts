import { assertEquals } from "@std/assert";
import { childEnvironment } from "../../../src/platform/child_environment.ts";

Deno.test("childEnvironment() leaves out secrets in any case, and nothing else", () => {
  const own = { PATH: "/bin", Api_Key: "s3cret", KDE_SESSION_VERSION: "6", GDK_BACKEND: "x11" };
  const { Api_Key: _secret, ...rest } = own;
  assertEquals(childEnvironment(own, new Set(["API_KEY", "NOT_SET"])), rest);
  assertEquals(childEnvironment(own, new Set()), own);
});

Deno.test("childEnvironment() keeps what no program can do without, whoever quotes it", () => {
  const own = {
    HOME: "/home/ada",
    USER: "ada",
    DISPLAY: ":0",
    XDG_RUNTIME_DIR: "/run",
    Path: "C:",
  };
  assertEquals(childEnvironment(own, new Set(Object.keys(own))), own);
});

Deno.test("childEnvironment() hands the loader's variables to nobody", () => {
  const own = { LD_LIBRARY_PATH: "/app/lib", LD_PRELOAD: "x.so", DYLD_INSERT_LIBRARIES: "y" };
  assertEquals(childEnvironment({ ...own, LDAP: "kept" }, new Set()), { LDAP: "kept" });
});
