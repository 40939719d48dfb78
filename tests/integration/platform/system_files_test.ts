import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { CausewayError } from "../../../src/errors.ts";
import { SystemFiles } from "../../../src/platform/system_files.ts";

const FILES = new SystemFiles();

async function withFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "causeway_files_" });
  try {
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function permissionsOf(path: string): Promise<number | undefined> {
  const { mode } = await Deno.stat(path);
  // Windows has no such bits: there the test has nothing to look at.
  return Deno.build.os === "windows" ? undefined : (mode ?? 0) & 0o777;
}

function onPosix(mode: number): number | undefined {
  return Deno.build.os === "windows" ? undefined : mode;
}

Deno.test("SystemFiles reads what it wrote, as text and as bytes", () =>
  withFolder(async (folder) => {
    await FILES.writePrivate(`${folder}/a`, "gr\u00fc\u00df");
    assertEquals(await FILES.readText(`${folder}/a`), "gr\u00fc\u00df");
    await FILES.writePrivate(`${folder}/a`, Uint8Array.of(1, 2, 255));
    assertEquals(await FILES.readBytes(`${folder}/a`), Uint8Array.of(1, 2, 255));
    await FILES.writePrivate(`${folder}/a`, "");
    assertEquals(await FILES.readText(`${folder}/a`), "");
  }));

Deno.test("SystemFiles has undefined, and nothing, for what does not exist", () =>
  withFolder(async (folder) => {
    const path = `${folder}/none/at/all`;
    assertEquals(await FILES.readText(path), undefined);
    assertEquals(await FILES.readBytes(path), undefined);
    assertEquals(await FILES.info(path), undefined);
    assertEquals(await FILES.list(path), []);
    await FILES.remove(path);
  }));

Deno.test("SystemFiles.writePrivate() leaves one file of mode 0600 and nothing else", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "old", { mode: 0o644 });
    await FILES.writePrivate(`${folder}/a`, "new");
    assertEquals(await FILES.readText(`${folder}/a`), "new");
    assertEquals(await permissionsOf(`${folder}/a`), onPosix(0o600));
    assertEquals(await FILES.list(folder), ["a"]);
  }));

Deno.test("SystemFiles.writePrivate() leaves nothing behind when it fails", () =>
  withFolder(async (folder) => {
    await Deno.mkdir(`${folder}/a`);
    const error = await assertRejects(() => FILES.writePrivate(`${folder}/a`, "x"), CausewayError);
    assertEquals(error.code, "local-file");
    assertEquals(error.message.startsWith(`Cannot write "${folder}/a": `), true);
    assertEquals(await FILES.list(folder), ["a"]);
  }));

Deno.test("SystemFiles.createPrivate() lets exactly one of many have the file", () =>
  withFolder(async (folder) => {
    const tries = Array.from({ length: 8 }, (_, i) => FILES.createPrivate(`${folder}/a`, `${i}`));
    const won = (await Promise.all(tries)).flatMap((created, i) => created ? [`${i}`] : []);
    assertEquals(won.length, 1);
    assertEquals(await FILES.readText(`${folder}/a`), won[0]);
    assertEquals(await permissionsOf(`${folder}/a`), onPosix(0o600));
  }));

Deno.test("SystemFiles.makePrivateFolder() makes parents of mode 0700 and is content with what exists", () =>
  withFolder(async (folder) => {
    await FILES.makePrivateFolder(`${folder}/a/b`);
    await FILES.makePrivateFolder(`${folder}/a/b`);
    assertEquals(await permissionsOf(`${folder}/a`), onPosix(0o700));
    assertEquals(await permissionsOf(`${folder}/a/b`), onPosix(0o700));
    assertEquals((await FILES.info(`${folder}/a/b`))?.isDirectory, true);
  }));

Deno.test("SystemFiles.appendPrivate() adds to a file of mode 0600", () =>
  withFolder(async (folder) => {
    FILES.appendPrivate(`${folder}/log`, "one\n");
    FILES.appendPrivate(`${folder}/log`, "two\n");
    assertEquals(await FILES.readText(`${folder}/log`), "one\ntwo\n");
    assertEquals(await permissionsOf(`${folder}/log`), onPosix(0o600));
    const error = assertThrows(() => FILES.appendPrivate(`${folder}/none/log`, "x"), CausewayError);
    assertEquals(error.message, `Cannot write "${folder}/none/log": no such file or folder`);
  }));

Deno.test("SystemFiles.info() tells size and time, list() the names, remove() removes", () =>
  withFolder(async (folder) => {
    const before = Date.now();
    await FILES.writePrivate(`${folder}/b`, "1234");
    const info = await FILES.info(`${folder}/b`);
    assertEquals([info?.size, info?.isDirectory], [4, false]);
    // Some file systems keep whole seconds only.
    assertEquals((info?.modifiedAt ?? 0) > before - 2500, true);
    await FILES.writePrivate(`${folder}/a`, "");
    assertEquals([...await FILES.list(folder)].sort(), ["a", "b"]);
    await FILES.remove(`${folder}/a`);
    assertEquals(await FILES.list(folder), ["b"]);
  }));

Deno.test("SystemFiles names the path and the reason of a failure, not the call", () =>
  withFolder(async (folder) => {
    const error = await assertRejects(() => FILES.readText(folder), CausewayError);
    assertEquals(error.code, "local-file");
    assertMatch(error.message, /^Cannot read ".*": [a-z][^:(]*$/);
  }));
