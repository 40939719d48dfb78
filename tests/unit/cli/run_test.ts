import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { BridgeCommand } from "../../../src/cli/compose.ts";
import { run, type StartBridge } from "../../../src/cli/run.ts";
import { VERSION } from "../../../src/cli/version.ts";
import { CausewayError } from "../../../src/errors.ts";
import { StdoutClosed } from "../../../src/platform/standard_streams.ts";
import { fakePlatform } from "./fake_platform.ts";

const SERVER = "https://server.example/mcp";
const LOG = "/home/ada/.mcp-auth/b39e9b745b7ce0873ee1279d94a09cf8_debug.log";

const unstarted: StartBridge = () => {
  throw new Error("The bridge was started");
};

for (
  const [flag, shows] of [["--help", /^Usage: causeway /], ["-h", /^Usage: causeway /]] as const
) {
  Deno.test(`run() shows the help for ${flag} on standard output`, async () => {
    const fake = fakePlatform();
    assertEquals(await run([flag], fake.platform, unstarted), 0);
    assertMatch(fake.stdout(), shows);
    assertEquals(fake.stderr(), "");
  });
}

Deno.test("run() shows the version, and nothing else, for --version", async () => {
  const fake = fakePlatform();
  assertEquals(await run(["--version"], fake.platform, unstarted), 0);
  assertMatch(fake.stdout(), /^\d+\.\d+\.\d+\n$/);
  assertEquals(fake.stderr(), "");
});

Deno.test("run() takes it well when nobody reads the help to its end", async () => {
  const fake = fakePlatform();
  const platform = {
    ...fake.platform,
    streams: {
      ...fake.platform.streams,
      writeStdout: () => Promise.reject(new StdoutClosed("closed")),
    },
  };
  assertEquals(await run(["--help"], platform, unstarted), 0);
  assertEquals(fake.stderr(), "");
});

const MISTAKES: readonly { args: readonly string[]; code: number; text: string }[] = [
  { args: [], code: 2, text: "error: Cannot start" },
  { args: [SERVER, "--nonsense"], code: 2, text: "hint: " },
  { args: ["http://server.example/"], code: 2, text: "--allow-http" },
  { args: [SERVER, "--header", "A:${MISSING}"], code: 2, text: '"MISSING"' },
  { args: [SERVER, "--header-file", "/gone"], code: 6, text: '"/gone"' },
];

for (const { args, code, text } of MISTAKES) {
  Deno.test(`run() ends with ${code} on standard error for ${JSON.stringify(args)}`, async () => {
    const fake = fakePlatform();
    assertEquals(await run(args, fake.platform, unstarted), code);
    assertStringIncludes(fake.stderr(), text);
    assertEquals(fake.stdout(), "");
  });
}

Deno.test("run() starts the bridge with resolved options and returns its exit code", async () => {
  const fake = fakePlatform({ variables: { TOKEN: "s3cret-token" } });
  const started: BridgeCommand[] = [];
  const code = await run([SERVER, "--header", "A:${TOKEN}"], fake.platform, (command) => {
    started.push(command);
    return Promise.resolve(143);
  });
  assertEquals(code, 143);
  assertEquals(started.length, 1);
  assertEquals(started[0]?.options.headers, [["A", "s3cret-token"]]);
  assertEquals(started[0]?.redactor.redact("a s3cret-token b"), "a [redacted] b");
  assertEquals(fake.stdout() + fake.stderr(), "");
});

Deno.test("run() reports a bridge that fails", async () => {
  const fake = fakePlatform();
  const failure = new CausewayError("incompatible-server", "Cannot use it: it is old");
  assertEquals(await run([SERVER], fake.platform, () => Promise.reject(failure)), 5);
  assertEquals(fake.stderr(), "error: Cannot use it: it is old\n");
});

Deno.test("run() reports a bug as internal, without the user's own secrets", async () => {
  const fake = fakePlatform();
  const code = await run([SERVER, "--header", "X-Key: s3cret-key"], fake.platform, () => {
    throw new TypeError("no s3cret-key here");
  });
  assertEquals(code, 1);
  assertEquals(fake.stderr().includes("s3cret-key"), false);
  assertStringIncludes(fake.stderr(), "error: Internal error: no [redacted] here");
});

Deno.test("run() tells warnings, but not with --silent", async () => {
  for (const [flags, told] of [[[], true], [["--silent"], false]] as const) {
    const fake = fakePlatform();
    await run([SERVER, "--header", "Accept:x", ...flags], fake.platform, () => Promise.resolve(0));
    assertEquals(fake.stderr() !== "", told);
    if (told) assertMatch(fake.stderr(), /^warning: The header "Accept" is left out/);
  }
});

Deno.test("run() writes a redacted debug log and says where, with --debug", async () => {
  const fake = fakePlatform();
  const code = await run([SERVER, "--debug", "--header", "X:y"], fake.platform, ({ logger }) => {
    logger.debug("Sending", { authorization: "Bearer s3cret", url: "https://x/?code=s3cret" });
    return Promise.resolve(0);
  });
  assertEquals(code, 0);
  const path = [...fake.files.content.keys()][0] ?? "";
  assertMatch(path, /^\/home\/ada\/\.mcp-auth\/[0-9a-f]{32}_debug\.log$/);
  assertEquals(fake.stderr(), `The debug log is ${path}\n`);
  assertEquals(
    fake.files.content.get(path),
    "2026-01-02T03:04:05.678Z [4711] debug: " +
      `Causeway starts version=${VERSION} system=linux transport=http-first headers=X\n` +
      "2026-01-02T03:04:05.678Z [4711] debug: Sending authorization=[redacted] " +
      'url="https://x/?code=[redacted]"\n',
  );
});

Deno.test("run() puts the failure of a bridge with its stack into the debug log", async () => {
  const fake = fakePlatform();
  await run([SERVER, "--debug"], fake.platform, () => Promise.reject(new TypeError("odd")));
  const log = fake.files.content.get(LOG);
  assertStringIncludes(String(log), "TypeError: odd");
  assertStringIncludes(String(log), "run_test.ts");
});

Deno.test("run() goes on without a debug log where none can be written", async () => {
  const denied = new CausewayError("local-file", 'Cannot make folder "x": permission denied');
  for (
    const fake of [
      fakePlatform({ files: { "/home/ada/.mcp-auth": denied } }),
      fakePlatform({ files: { [LOG]: denied } }),
      fakePlatform({ homeDirectory: undefined }),
    ]
  ) {
    const code = await run([SERVER, "--debug"], fake.platform, ({ logger }) => {
      logger.debug("one");
      logger.error("two");
      return Promise.resolve(0);
    });
    assertEquals(code, 0);
    assertEquals(fake.stderr().match(/^warning: .*debug log/gm)?.length, 1);
    assertStringIncludes(fake.stderr(), "error: two\n");
  }
});
