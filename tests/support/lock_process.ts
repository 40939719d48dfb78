import { SystemFileLocks } from "../../src/platform/system_file_locks.ts";

// A process that competes for a file lock: `lock_process.ts LOCK LOG MODE`.
// `work`: ten times, under the lock, reads a number from LOG, waits a little and writes one more.
// `hold`: takes the lock, says so on standard output, and keeps it until it is killed.
// `wait`: takes the lock, says when on standard output, and ends.
const [lockPath = "", log = "", mode] = Deno.args;
const locks = new SystemFileLocks();

async function work(): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const held = await locks.acquire(lockPath);
    const count = Number(await Deno.readTextFile(log));
    await new Promise((resolve) => setTimeout(resolve, 1));
    await Deno.writeTextFile(log, String(count + 1));
    held.release();
  }
}

async function say(word: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${word}\n`));
}

if (mode === "work") await work();
else {
  if (mode === "wait") await say("waiting");
  await locks.acquire(lockPath);
  await say("locked");
  if (mode === "hold") await new Promise((resolve) => setTimeout(resolve, 3_600_000));
  else Deno.exit(0);
}
