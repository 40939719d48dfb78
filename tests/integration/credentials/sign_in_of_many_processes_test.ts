import { assert, assertEquals, assertMatch } from "@std/assert";
import { ChildProcess } from "../../support/child_process.ts";
import { installFakeSecretTool } from "../../support/fake_secret_tool.ts";
import { quietPort } from "../../support/quiet_port.ts";
import { PENDING } from "../../support/stored_record_samples.ts";

interface World {
  readonly folder: string;
  start(): ChildProcess;
}

/** A store and a keychain of their own for the processes of one test. */
async function withWorld(test: (world: World) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "causeway_sign_in_" });
  const processes: ChildProcess[] = [];
  try {
    const shared = `${root}/.mcp-auth`;
    const folder = `${shared}/causeway`;
    await installFakeSecretTool(root);
    const port = String(quietPort());
    const start = (): ChildProcess => {
      const started = ChildProcess.deno("sign_in_process.ts", [
        shared,
        `${root}:/usr/bin:/bin`,
        port,
      ]);
      processes.push(started);
      return started;
    };
    await test({ folder, start });
    await checkDisk(root, folder);
  } finally {
    for (const each of processes) await each[Symbol.asyncDispose]();
    await Deno.remove(root, { recursive: true });
  }
}

/** Nothing readable for others, nothing unfinished, no secret in clear, one key ever made. */
async function checkDisk(root: string, folder: string): Promise<void> {
  assertEquals(await modeOf(folder), 0o700);
  for (const part of ["tokens", "pending", "locks"]) {
    assertEquals(await modeOf(`${folder}/${part}`), 0o700);
    for await (const { name } of Deno.readDir(`${folder}/${part}`)) {
      const path = `${folder}/${part}/${name}`;
      assertEquals(await modeOf(path), 0o600);
      assertMatch(name, /^[0-9a-f]{40}\.(json|lock)$/);
      assert(!(await Deno.readTextFile(path)).includes("canary"), path);
    }
  }
  assertEquals((await Deno.readTextFile(`${root}/stored`)).trim().split("\n").length, 1);
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

async function answer(redirectUri: string, code: string): Promise<number> {
  const response = await fetch(`${redirectUri}?state=${PENDING.state}&code=${code}`);
  await response.body?.cancel();
  return response.status;
}

/** A process and the first line that it will write. */
function speaking(
  bridge: ChildProcess,
): { readonly bridge: ChildProcess; readonly line: Promise<string> } {
  return { bridge, line: bridge.line() };
}

function partsOf(line: string): readonly [word: string, value: string] {
  const [word = "", value = ""] = line.split(" ");
  return [word, value];
}

Deno.test("of five processes one signs in and the others get its tokens", async () => {
  await withWorld(async ({ start }) => {
    const bridges = Array.from({ length: 5 }, start);
    const lines = bridges.map((bridge) => bridge.line());
    const first = await Promise.race(lines.map(async (line, index) => ({
      index,
      line: await line,
    })));
    const [word, redirectUri] = partsOf(first.line);
    assertEquals(word, "opened");
    assertEquals(await answer(redirectUri, "canary-code"), 200);
    assertEquals(await bridges[first.index]?.line(), "redeemed canary-code");
    const others = (await Promise.all(lines)).toSpliced(first.index, 1);
    assertEquals(others, Array(4).fill("granted canary-code"));
    for (const bridge of bridges) assertEquals(await bridge.end(), 0);
  });
});

Deno.test("a sign-in survives the death of each process that listens for it", async () => {
  await withWorld(async ({ start }) => {
    const first = start();
    const [opened, redirectUri] = partsOf(await first.line());
    assertEquals(opened, "opened");
    const [second, third] = [speaking(start()), speaking(start())];
    await first.kill();
    const heir = await Promise.race([second, third].map(async (one) => ({
      bridge: one.bridge,
      line: await one.line,
    })));
    assertEquals(heir.line, `adopted ${redirectUri}`);
    const other = heir.bridge === second.bridge ? third : second;
    await heir.bridge.kill();
    const last = speaking(start());
    // One of the two that are left takes it over; the tab that was opened first still serves.
    const lines = [other.line, last.line];
    assertEquals(await Promise.race(lines), `adopted ${redirectUri}`);
    assertEquals(await answer(redirectUri, "canary-code"), 200);
    const all = await Promise.all(lines);
    assertEquals(all.sort(), [`adopted ${redirectUri}`, "granted canary-code"]);
    for (const { bridge } of [other, last]) assertEquals(await bridge.end(), 0);
  });
});
