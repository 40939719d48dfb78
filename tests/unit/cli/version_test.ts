import { assertEquals } from "@std/assert";
import { VERSION } from "../../../src/cli/version.ts";

Deno.test("VERSION equals the version in deno.json", async () => {
  const text = await Deno.readTextFile(new URL("../../../deno.json", import.meta.url));
  assertEquals(VERSION, JSON.parse(text).version);
});
