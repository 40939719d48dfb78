import { assertEquals } from "@std/assert";
import type { Clock } from "../../../src/platform/clock.ts";
import { SystemBrowser } from "../../../src/platform/system_browser.ts";
import { SYSTEM_CLOCK } from "../../../src/platform/system_clock.ts";
import { SystemProcesses } from "../../../src/platform/system_processes.ts";
import { environmentOf } from "../../support/environment_of.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { until } from "../../support/until.ts";

const LIMITS = { timeout: 20_000, outputLimit: 1000 };

/** Shell scripts as programs, on a PATH of their own. */
async function withPrograms(
  programs: Readonly<Record<string, string>>,
  test: (processes: SystemProcesses, folder: string) => Promise<void>,
  clock: Clock = SYSTEM_CLOCK,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "causeway_programs_" });
  try {
    for (const [name, script] of Object.entries(programs)) {
      await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const environment = { PATH: `${folder}:/usr/bin:/bin`, FOLDER: folder };
    await test(new SystemProcesses(clock, { environment }), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("SystemProcesses.run() passes arguments and input unchanged and returns all output", async () => {
  const script = `printf '<%s>' "$@"; cat; printf oops >&2; exit 7`;
  await withPrograms({ gh: script }, async (processes) => {
    const args = ["a b", "$(id)", "'\"", "", "*", "é\n"];
    const stdin = new TextEncoder().encode("typed\nin");
    const outcome = await processes.run("gh", args, { ...LIMITS, stdin });
    if (outcome.kind !== "exited") throw new Error(outcome.kind);
    assertEquals(outcome.code, 7);
    const decoder = new TextDecoder();
    assertEquals(decoder.decode(outcome.stdout), "<a b><$(id)><'\"><><*><é\n>typed\nin");
    assertEquals(decoder.decode(outcome.stderr), "oops");
  });
});

Deno.test("SystemProcesses.run() survives a program that reads none of its input", async () => {
  await withPrograms({ gh: "exit 0" }, async (processes) => {
    const stdin = new Uint8Array(1_000_000);
    const outcome = await processes.run("gh", [], { ...LIMITS, stdin });
    assertEquals(outcome.kind === "exited" && outcome.code, 0);
  });
});

Deno.test("SystemProcesses.run() starts nothing that is not on the list or not there", async () => {
  await withPrograms({ evil: 'touch "$FOLDER/ran"' }, async (processes, folder) => {
    assertEquals(await processes.run("evil", [], LIMITS), { kind: "refused" });
    assertEquals(await processes.run(`${folder}/evil`, [], LIMITS), { kind: "refused" });
    assertEquals(await processes.launch("evil", [], 0), { kind: "refused" });
    assertEquals(await processes.run("causeway-credential-helper", [], LIMITS), {
      kind: "not_found",
    });
    assertEquals(await processes.launch("wslview", [], 0), { kind: "not_found" });
    assertEquals((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["evil"]);
  });
});

Deno.test("SystemProcesses.run() kills what takes too long, whoever holds its pipes", async () => {
  const script = 'exec 3> "$FOLDER/alive"; sleep 300 & echo "$! $$" >&3; wait';
  const clock = new FakeClock();
  await withPrograms({ vault: script }, async (processes, folder) => {
    await new Deno.Command("mkfifo", { args: [`${folder}/alive`] }).output();
    const running = processes.run("vault", [], LIMITS);
    // Both programs hold the other end, from when they have started until they have ended.
    using alive = await Deno.open(`${folder}/alive`);
    const buffer = new Uint8Array(100);
    const length = await alive.read(buffer);
    const pids = new TextDecoder().decode(buffer.subarray(0, length ?? 0)).trim().split(" ");
    await clock.advance(LIMITS.timeout);
    assertEquals(await running, { kind: "timed_out" });
    const [sleeping, shell] = pids.map(Number);
    if (sleeping === undefined || shell === undefined) throw new Error(pids.join());
    await untilGone(shell);
    // Nobody kills what that one had started.
    Deno.kill(sleeping, "SIGKILL");
    assertEquals(await alive.read(buffer), null);
  }, clock);
});

Deno.test("SystemProcesses.run() kills what writes too much", async () => {
  const script = 'echo $$ > "$FOLDER/pid"; while :; do echo 0123456789; done';
  await withPrograms({ pass: script }, async (processes, folder) => {
    assertEquals(await processes.run("pass", [], LIMITS), { kind: "too_much_output" });
    await untilGone(Number(readIfThere(`${folder}/pid`)));
  });
});

Deno.test("SystemProcesses.launch() tells a program that runs on from one that ends", async () => {
  const programs = { "xdg-open": "exit 3", wslview: 'echo $$ > "$FOLDER/pid"; exec sleep 300' };
  await withPrograms(programs, async (processes, folder) => {
    assertEquals(await processes.launch("xdg-open", [], 20_000), { kind: "exited", code: 3 });
    assertEquals(await processes.launch("wslview", [], 50), { kind: "running" });
    const pid = (): string => readIfThere(`${folder}/pid`);
    await until("the program to start", () => pid().endsWith("\n"));
    Deno.kill(Number(pid()), "SIGKILL");
    await untilGone(Number(pid()));
  });
});

Deno.test("SystemProcesses keeps secrets from all but the programs that are run for credentials", async () => {
  const script = 'printf "%s" "$API_KEY" > "$FOLDER/$(basename "$0")"';
  await withPrograms({ "xdg-open": script, gh: script }, async (_, folder) => {
    const environment = { PATH: `${folder}:/usr/bin:/bin`, FOLDER: folder, API_KEY: "s3cret" };
    const secretNames = new Set(["API_KEY"]);
    const processes = new SystemProcesses(SYSTEM_CLOCK, { environment, secretNames });
    await processes.launch("xdg-open", [], 20_000);
    await processes.run("gh", [], LIMITS);
    assertEquals(readIfThere(`${folder}/xdg-open`), "");
    assertEquals(readIfThere(`${folder}/gh`), "s3cret");
  });
});

Deno.test("SystemBrowser.open() hands hostile URLs to the opener byte for byte, or not at all", async () => {
  const script = 'printf "%s\\0" "$#" "$@" >> "$FOLDER/argv"';
  const opened = [
    "https://as.example.com/authorize?a=%41&b=$(touch${IFS}x)&c='|;&d=%0a%22",
    "https://as.example.com/%2e%2e/?q={}^[]~!*()&-f=--",
    "http://[::1]:8080/é?x=日本",
    `https://as.example.com/?long=${"a".repeat(9000)}`,
  ];
  const refused = [
    "-version",
    "file:///etc/passwd",
    "https://as.example.com/\nhttps://b",
    'https://x/"',
  ];
  await withPrograms({ "xdg-open": script }, async (processes, folder) => {
    const browser = new SystemBrowser(environmentOf("linux", { DISPLAY: ":99" }), processes);
    for (const url of refused) assertEquals(await browser.open(url), false);
    for (const url of opened) assertEquals(await browser.open(url), true);
    const expected = opened.flatMap((url) => ["1", url]);
    await until("the openers to have written", () => {
      return readIfThere(`${folder}/argv`).split("\0").length === expected.length + 1;
    });
    assertEquals(readIfThere(`${folder}/argv`).split("\0").slice(0, -1), expected);
  });
});

/** Waits until this process has taken note of the end of its child. */
async function untilGone(pid: number): Promise<void> {
  await until(`the end of process ${pid}`, () => {
    try {
      Deno.kill(pid, "SIGCONT");
      return false;
    } catch {
      return true;
    }
  });
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
