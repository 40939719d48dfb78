import { assertEquals, assertStringIncludes } from "@std/assert";
import { DebugLog } from "../../../src/log/debug_log.ts";
import { Redactor } from "../../../src/log/redact.ts";
import { SystemFiles } from "../../../src/platform/system_files.ts";
import { FakeFiles } from "../cli/fake_platform.ts";

const WALL_TIME = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function open(
  files: FakeFiles | SystemFiles,
  overrides: { folder?: string; largestSize?: number; failures?: string[] } = {},
): Promise<DebugLog> {
  const folder = overrides.folder ?? "/logs";
  return DebugLog.open({
    folder,
    path: `${folder}/x.log`,
    files,
    clock: { wallTime: () => WALL_TIME },
    processId: 12,
    redactor: new Redactor(),
    onFailure: (reason) => overrides.failures?.push(reason),
    ...(overrides.largestSize === undefined ? {} : { largestSize: overrides.largestSize }),
  });
}

Deno.test("DebugLog writes a line for each message, of every level, without secrets", async () => {
  const files = new FakeFiles({ "/logs/x.log": "before\n" });
  const log = await open(files);
  log.error("one\n");
  log.warn("two", { code: "s3cret" });
  log.info("three");
  log.debug("four Bearer s3cret");
  assertEquals(
    files.content.get("/logs/x.log"),
    "before\n" +
      "2026-01-02T03:04:05.678Z [12] error: one\\n\n" +
      "2026-01-02T03:04:05.678Z [12] warn: two code=[redacted]\n" +
      "2026-01-02T03:04:05.678Z [12] info: three\n" +
      "2026-01-02T03:04:05.678Z [12] debug: four Bearer [redacted]\n",
  );
});

Deno.test("DebugLog moves a large log aside once and loses no line", async () => {
  const files = new FakeFiles({ "/logs/x.log": "x".repeat(90), "/logs/x.log.old": "oldest" });
  const log = await open(files, { largestSize: 100 });
  log.info("first");
  log.info("while it is moved");
  await log.settled();
  log.info("after");
  assertStringIncludes(String(files.content.get("/logs/x.log.old")), "info: first\n");
  assertEquals(
    files.content.get("/logs/x.log"),
    "2026-01-02T03:04:05.678Z [12] info: while it is moved\n" +
      "2026-01-02T03:04:05.678Z [12] info: after\n",
  );
});

Deno.test("DebugLog keeps at most two files however much is written", async () => {
  const files = new FakeFiles();
  const log = await open(files, { largestSize: 500 });
  for (let index = 0; index < 200; index++) {
    log.info(`line ${index}`);
    await log.settled();
  }
  assertEquals(files.content.has("/logs/x.log.old"), true);
  assertEquals(files.content.size <= 2, true);
  for (const text of files.content.values()) assertEquals(String(text).length < 600, true);
});

Deno.test("DebugLog tells once that it cannot be written, and never throws", async () => {
  const failures: string[] = [];
  const files = new FakeFiles();
  const log = await open(files, { failures });
  files.content.set("/logs/x.log", new Error("no space left on device"));
  log.info("one");
  log.info("two");
  assertEquals(failures, ["no space left on device"]);
});

Deno.test("DebugLog tells once that its folder cannot be made, and never throws", async () => {
  const failures: string[] = [];
  const files = new FakeFiles({ "/logs": new Error("permission denied") });
  const log = await open(files, { failures });
  log.info("one");
  assertEquals(failures, ["permission denied"]);
});

Deno.test("DebugLog tells once that a large log cannot be moved, and never throws", async () => {
  const failures: string[] = [];
  const files = new FakeFiles();
  files.writePrivate = () => Promise.reject(new Error("no space left on device"));
  const log = await open(files, { failures, largestSize: 10 });
  log.info("one");
  log.info("two");
  await log.settled();
  log.info("three");
  assertEquals(failures, ["no space left on device"]);
});

// Windows has no such modes: there the folder in the user's own profile does the same.
if (Deno.build.os !== "windows") {
  Deno.test("DebugLog makes a file that only its owner can read, in such a folder", async () => {
    const parent = await Deno.makeTempDir();
    try {
      const folder = `${parent}/auth`;
      const log = await open(new SystemFiles(), { folder });
      log.info("hello");
      assertEquals(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o700);
      assertEquals(((await Deno.stat(`${folder}/x.log`)).mode ?? 0) & 0o777, 0o600);
    } finally {
      await Deno.remove(parent, { recursive: true });
    }
  });
}
