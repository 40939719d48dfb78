import { assertEquals } from "@std/assert";

const PLATFORM = new URL("../../../src/platform/", import.meta.url).href;

/** Starts a program that uses the platform of the operating system, called `platform`. */
function startProgram(body: string, env: Readonly<Record<string, string>> = {}): Deno.ChildProcess {
  const code = `import { systemPlatform } from "${PLATFORM}system_platform.ts";
    const platform = systemPlatform();
    const text = (bytes) => new TextDecoder().decode(bytes);
    ${body}`;
  return new Deno.Command(Deno.execPath(), {
    // `eval` may do everything.
    args: ["eval", "--quiet", "--no-check", code],
    clearEnv: true,
    env: { ...env, DENO_DIR: Deno.env.get("DENO_DIR") ?? denoFolder(), NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Where this runtime keeps the modules that the program needs. */
function denoFolder(): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? "";
  if (Deno.build.os === "windows") return `${Deno.env.get("LOCALAPPDATA")}\\deno`;
  return Deno.build.os === "darwin" ? `${home}/Library/Caches/deno` : `${home}/.cache/deno`;
}

async function outputOf(
  body: string,
  input = "",
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const child = startProgram(body, env);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
  };
}

Deno.test("systemPlatform() works in an almost empty environment", async () => {
  const { code, stdout, stderr } = await outputOf(`
    const { environment, clock } = platform;
    await clock.sleep(1);
    await platform.streams.writeStdout(new TextEncoder().encode(typeof environment.homeDirectory));
  `);
  assertEquals([code, stdout], [0, "string"], stderr);
});

Deno.test("systemPlatform() finds the home directory in its variable", async () => {
  const { stdout } = await outputOf(
    `platform.streams.writeStderr("x"); console.log(platform.environment.homeDirectory);`,
    "",
    Deno.build.os === "windows" ? { USERPROFILE: "C:\\Users\\a" } : { HOME: "/home/of/a" },
  );
  assertEquals(stdout.trim(), Deno.build.os === "windows" ? "C:\\Users\\a" : "/home/of/a");
});

Deno.test("readStdin() gives every byte once, in chunks of the caller's own, and then undefined", async () => {
  const input = Array.from({ length: 40_000 }, (_, i) => `line ${i}\n`).join("");
  const { stdout } = await outputOf(
    `
    const chunks = [];
    for (;;) {
      const chunk = await platform.streams.readStdin();
      if (chunk === undefined) break;
      chunks.push(chunk);
    }
    console.log(await platform.streams.readStdin(), platform.streams.stdinIsTerminal);
    for (const chunk of chunks) await platform.streams.writeStdout(chunk);
  `,
    input,
  );
  assertEquals(stdout, `undefined false\n${input}`);
});

Deno.test("writeStdout() writes all of a large message and says StdoutClosed when the reader is gone", async () => {
  const child = startProgram(`
    const bytes = new Uint8Array(1_000_000).fill(97);
    await platform.streams.writeStdout(bytes);
    await platform.streams.readStdin();
    try {
      for (;;) await platform.streams.writeStdout(bytes);
    } catch (error) {
      platform.streams.writeStderr(error.name);
    }
  `);
  const reader = child.stdout.getReader();
  let received = 0;
  while (received < 1_000_000) received += (await reader.read()).value?.length ?? Infinity;
  assertEquals(received, 1_000_000);
  await reader.cancel();
  const writer = child.stdin.getWriter();
  await writer.write(new Uint8Array(1));
  await writer.close();
  let stderr = "";
  for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) stderr += chunk;
  assertEquals((await child.status).code, 0);
  assertEquals(stderr, "StdoutClosed");
});

Deno.test("writeStderr() never throws, whoever reads", async () => {
  const child = startProgram(`
    await platform.streams.readStdin();
    for (let i = 0; i < 3; i++) platform.streams.writeStderr("gone\\n".repeat(10));
    console.log("alive");
  `);
  await child.stderr.cancel();
  const writer = child.stdin.getWriter();
  await writer.write(new Uint8Array(1));
  await writer.close();
  let stdout = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) stdout += chunk;
  assertEquals([(await child.status).code, stdout], [0, "alive\n"]);
});

// Windows cannot send these signals to a process.
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? []
  : ["SIGINT", "SIGTERM", "SIGHUP"];

for (const signal of SIGNALS) {
  Deno.test(`onEnding() tells of ${signal} until it is undone`, async () => {
    const child = startProgram(`
      const undo = platform.signals.onEnding((signal) => {
        undo();
        undo();
        console.log(signal);
      });
      console.log("ready");
      await platform.streams.readStdin();
      await platform.streams.readStdin();
    `);
    const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    assertEquals((await output.read()).value, "ready\n");
    child.kill(signal);
    assertEquals((await output.read()).value, `${signal}\n`);
    // Now nobody listens, so that it dies of the next one.
    child.kill(signal);
    assertEquals((await child.status).signal, signal);
    await output.cancel();
    await child.stdin.close();
    await child.stderr.cancel();
  });
}

Deno.test("onEnding() does not keep the process alive", async () => {
  const { code, stdout } = await outputOf(`
    platform.signals.onEnding(() => {});
    platform.clock.every(10, () => {});
    console.log("done");
  `);
  assertEquals([code, stdout], [0, "done\n"]);
});

Deno.test("every() goes on until it is stopped, after() once, sleep() ends early when aborted", async () => {
  const { stdout, stderr } = await outputOf(`
    const { clock } = platform;
    let ticks = 0;
    const ticking = Promise.withResolvers();
    const timer = clock.every(1, () => {
      if (++ticks === 3) {
        timer.stop();
        ticking.resolve();
      }
    });
    // A timer that keeps the process alive, since the ticks do not.
    const alive = clock.after(60_000, () => console.log("never"));
    await ticking.promise;
    const controller = new AbortController();
    const asleep = clock.sleep(60_000, controller.signal);
    controller.abort();
    await asleep;
    await clock.sleep(60_000, controller.signal);
    alive.stop();
    // Longer than a timer of the runtime can be: it must not fire at once instead.
    const long = clock.after(1e12, () => console.log("never"));
    await clock.sleep(5);
    long.stop();
    console.log(ticks, clock.now() >= 0, Math.abs(clock.wallTime() - Date.now()) < 60_000);
  `);
  assertEquals(stdout, "3 true true\n", stderr);
});
