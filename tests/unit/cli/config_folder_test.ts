import { assertEquals } from "@std/assert";
import { configFolder, joinPath } from "../../../src/cli/config_folder.ts";
import { fakeEnvironment } from "./fake_platform.ts";

Deno.test("configFolder() is MCP_REMOTE_CONFIG_DIR where that is set", () => {
  assertEquals(
    configFolder(fakeEnvironment({ MCP_REMOTE_CONFIG_DIR: "/data/auth" })),
    "/data/auth",
  );
});

Deno.test("configFolder() takes an empty MCP_REMOTE_CONFIG_DIR for none, as mcp-remote does", () => {
  assertEquals(configFolder(fakeEnvironment({ MCP_REMOTE_CONFIG_DIR: "" })), "/home/ada/.mcp-auth");
});

Deno.test("configFolder() is undefined without a home directory", () => {
  assertEquals(configFolder(fakeEnvironment({}, { homeDirectory: undefined })), undefined);
  assertEquals(configFolder(fakeEnvironment({}, { homeDirectory: "" })), undefined);
});

Deno.test("configFolder() uses the separator of Windows there", () => {
  const environment = fakeEnvironment({}, {
    operatingSystem: "windows",
    homeDirectory: "C:\\Users\\ada",
  });
  assertEquals(configFolder(environment), "C:\\Users\\ada\\.mcp-auth");
});

Deno.test("joinPath() doubles no separator", () => {
  assertEquals(joinPath(fakeEnvironment(), "/", "a"), "/a");
  assertEquals(joinPath(fakeEnvironment(), "/b/", "a"), "/b/a");
});
