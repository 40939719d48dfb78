import { assert, assertEquals, assertRejects } from "@std/assert";
import { CausewayError } from "../../../src/errors.ts";
import { SystemFileLocks } from "../../../src/platform/system_file_locks.ts";
import { ChildProcess } from "../../support/child_process.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "causeway_locks_" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function competitor(folder: string, mode: "work" | "hold" | "wait"): ChildProcess {
  return ChildProcess.deno("lock_process.ts", [`${folder}/lock`, `${folder}/log`, mode]);
}

Deno.test("SystemFileLocks lets one of ten processes in at a time, and each of them in", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/log`, "0");
    const contenders = Array.from({ length: 10 }, () => competitor(folder, "work"));
    try {
      for (const contender of contenders) assertEquals(await contender.end(), 0);
    } finally {
      for (const contender of contenders) await contender[Symbol.asyncDispose]();
    }
    // A lost update would show as a smaller number.
    assertEquals(await Deno.readTextFile(`${folder}/log`), "100");
  });
});

Deno.test("SystemFileLocks frees the lock of a process that was killed", async () => {
  await withFolder(async (folder) => {
    await using holder = competitor(folder, "hold");
    assertEquals(await holder.line(), "locked");
    await using waiter = competitor(folder, "wait");
    assertEquals(await waiter.line(), "waiting");
    await holder.kill();
    assertEquals(await waiter.line(), "locked");
    assertEquals(await waiter.end(), 0);
    (await new SystemFileLocks().acquire(`${folder}/lock`)).release();
  });
});

Deno.test("SystemFileLocks.acquire() gives up waiting when told, and can be called again", async () => {
  await withFolder(async (folder) => {
    await using holder = competitor(folder, "hold");
    assertEquals(await holder.line(), "locked");
    const locks = new SystemFileLocks();
    for (let attempt = 0; attempt < 40; attempt++) {
      // More than the runtime has threads for files: none may stay blocked for each attempt.
      const abort = new AbortController();
      const waiting = locks.acquire(`${folder}/lock`, abort.signal);
      setTimeout(() => abort.abort(new Error("enough")), 1);
      await assertRejects(() => waiting, Error, "enough");
    }
    await assertRejects(() => locks.acquire(`${folder}/lock`, AbortSignal.abort(new Error("no"))));
    assert((await Deno.stat(folder)).isDirectory);
    const waiting = locks.acquire(`${folder}/lock`);
    await holder.kill();
    const held = await waiting;
    held.release();
    held.release();
  });
});

Deno.test("SystemFileLocks gives back a lock that is granted when nobody wants it any more", async () => {
  await withFolder(async (folder) => {
    const [first, second] = [new SystemFileLocks(), new SystemFileLocks()];
    const held = await first.acquire(`${folder}/lock`);
    const abort = new AbortController();
    const given = second.acquire(`${folder}/lock`, abort.signal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort(new Error("enough"));
    await assertRejects(() => given, Error, "enough");
    held.release();
    (await first.acquire(`${folder}/lock`)).release();
    // Waits for the abandoned call, too, so that it does not outlast the test.
    (await second.acquire(`${folder}/lock`)).release();
  });
});

Deno.test("SystemFileLocks serves the waiters of one process in order, one at a time", async () => {
  await withFolder(async (folder) => {
    const locks = new SystemFileLocks();
    const order: number[] = [];
    let inside = 0;
    await Promise.all(Array.from({ length: 40 }, async (_, index) => {
      const held = await locks.acquire(`${folder}/lock`);
      assertEquals(++inside, 1);
      await Deno.stat(folder);
      order.push(index);
      inside--;
      held.release();
    }));
    assertEquals(order, Array.from({ length: 40 }, (_, index) => index));
  });
});

Deno.test("SystemFileLocks makes its files readable for the user alone", async () => {
  await withFolder(async (folder) => {
    (await new SystemFileLocks().acquire(`${folder}/lock`)).release();
    const { mode } = await Deno.stat(`${folder}/lock`);
    assertEquals((mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("SystemFileLocks.acquire() names the file that it cannot make", async () => {
  await withFolder(async (folder) => {
    const locks = new SystemFileLocks();
    const path = `${folder}/missing/lock`;
    const error = await assertRejects(() => locks.acquire(path), CausewayError, path);
    assertEquals(error.code, "local-file");
    await assertRejects(() => locks.acquire(path), CausewayError);
  });
});
