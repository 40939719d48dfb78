import { assertEquals, assertThrows } from "@std/assert";
import { storeFolders } from "../../../src/credentials/store_folders.ts";
import { CausewayError } from "../../../src/errors.ts";
import { environmentOf } from "../../support/environment_of.ts";

Deno.test("storeFolders() takes the variable, else the home directory, else says what to set", () => {
  const given = environmentOf("linux", { MCP_REMOTE_CONFIG_DIR: "/data/auth" });
  assertEquals(storeFolders(given), { shared: "/data/auth", own: "/data/auth/causeway" });
  const empty = environmentOf("linux", { MCP_REMOTE_CONFIG_DIR: "" });
  const home = { ...empty, homeDirectory: "/home/a" };
  assertEquals(storeFolders(home), {
    shared: "/home/a/.mcp-auth",
    own: "/home/a/.mcp-auth/causeway",
  });
  const error = assertThrows(() => storeFolders(empty), CausewayError);
  assertEquals(error.code, "local-file");
});
