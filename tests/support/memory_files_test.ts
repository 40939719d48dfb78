import { assertEquals } from "@std/assert";
import { MemoryFiles } from "./memory_files.ts";

Deno.test("MemoryFiles reads what was written, and nothing that was not", async () => {
  const files = new MemoryFiles(() => 7);
  await files.writePrivate("/a/b.json", "{}");
  assertEquals(await files.readText("/a/b.json"), "{}");
  assertEquals(await files.readText("/a/c.json"), undefined);
  assertEquals(await files.info("/a/b.json"), { size: 2, modifiedAt: 7, isDirectory: false });
  assertEquals(await files.info("/a"), { size: 0, modifiedAt: 0, isDirectory: true });
  assertEquals(await files.list("/a"), ["b.json"]);
});

Deno.test("MemoryFiles.createPrivate() creates a file once", async () => {
  const files = new MemoryFiles();
  assertEquals(await files.createPrivate("/lock", "1"), true);
  assertEquals(await files.createPrivate("/lock", "2"), false);
  await files.remove("/lock");
  assertEquals(await files.createPrivate("/lock", "3"), true);
});

Deno.test("MemoryFiles hands out copies", async () => {
  const files = new MemoryFiles();
  files.set("/a", "abc");
  (await files.readBytes("/a"))?.fill(0);
  files.appendPrivate("/a", "d");
  assertEquals(files.text("/a"), "abcd");
});
