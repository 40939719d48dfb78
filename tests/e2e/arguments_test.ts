import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import { runProgram } from "../support/run_program.ts";

Deno.test("program shows its version", async () => {
  const { code, stdout } = await runProgram(["--version"]);
  assertEquals(code, 0);
  assertMatch(stdout, /^\d+\.\d+\.\d+\n$/);
});

Deno.test("program shows its flags", async () => {
  for (const flag of ["--help", "-h"]) {
    const { code, stdout } = await runProgram([flag]);
    assertEquals(code, 0);
    assertStringIncludes(stdout, "--transport");
    assertStringIncludes(stdout, "--header");
  }
});

/** Arguments that make no sense, and what the message must name. */
const MISTAKES: readonly (readonly [args: readonly string[], names: readonly string[]])[] = [
  [[], ["URL"]],
  [["https://example.com/mcp", "--transprot", "http-only"], ["--transprot", "--transport"]],
  [["https://example.com/mcp", "--headr", "a:b"], ["--headr", "--header"]],
  [["not a url"], ["server URL", "not a URL"]],
  [["ftp://example.com/mcp"], ["ftp"]],
  [["https://user:canary@example.com/mcp"], ["example.com"]],
  [["https://example.com/mcp", "99999"], ["callback port", "65535"]],
  [["https://example.com/mcp", "3334", "extra"], ["arguments"]],
  [["https://example.com/mcp", "--header"], ["--header"]],
  [["https://example.com/mcp", "--start-timeout", "soon"], ["--start-timeout", "soon"]],
  [["https://example.com/mcp", "--connect-timeout=-1"], ["--connect-timeout"]],
  [["https://example.com/mcp", "--client-cert", "/x.pem"], ["--client-key"]],
];

for (const [args, names] of MISTAKES) {
  Deno.test(`program explains what is wrong with: ${args.join(" ")}`, async () => {
    const { code, stdout, stderr } = await runProgram(args);
    assertEquals([code, stdout], [2, ""]);
    for (const name of names) assertStringIncludes(stderr, name);
    assert(!stderr.includes("canary"), stderr);
    assert(!/\bat .*\.(ts|js):\d+/.test(stderr), `a stack is shown: ${stderr}`);
  });
}

Deno.test("program takes flags anywhere, with a space or an equals sign", async () => {
  await using server = FakeServer.start();
  const args = ["--transport=http-only", "--silent", server.url.href, "--header", "A:b", "3334"];
  await using bridge = BridgeProcess.start(args);
  await bridge.peer.initialize();
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  assertEquals(bridge.stderr, "");
});

Deno.test("program accepts what a config of mcp-remote holds", async () => {
  await using server = FakeServer.start();
  const args = [
    server.url.href,
    "3334",
    "--allow-http",
    "--enable-proxy",
    "--transport",
    "http-first",
    "--header",
    "Authorization:${AUTH_HEADER}",
  ];
  await using bridge = BridgeProcess.start(args, { env: { AUTH_HEADER: "Bearer x" } });
  await bridge.peer.initialize();
  assertEquals(server.requests[0]?.headers.get("authorization"), "Bearer x");
});

Deno.test("program writes a private debug log without secrets", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeProcess.start([
    server.url.href,
    "--debug",
    "--header",
    "Authorization: Bearer canary-in-a-header",
  ]);
  await bridge.peer.initialize();
  await bridge.peer.call("echo", { text: "x" });
  await bridge.endStdin();
  assertEquals(await bridge.exit(), 0);
  const folder = `${bridge.home}/.mcp-auth`;
  const logs = [...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".log"));
  assertEquals(logs.length, 1);
  const path = `${folder}/${logs[0]?.name}`;
  const { mode } = Deno.statSync(path);
  if (Deno.build.os !== "windows") assertEquals((mode ?? 0) & 0o777, 0o600);
  const text = Deno.readTextFileSync(path);
  assert(text.length > 0);
  assert(!text.includes("canary"), text);
  assert(!bridge.stderr.includes("canary"), bridge.stderr);
});

Deno.test("program puts its debug log where MCP_REMOTE_CONFIG_DIR says", async () => {
  await using server = FakeServer.start();
  const folder = await Deno.makeTempDir({ prefix: "causeway-config-" });
  const env = { MCP_REMOTE_CONFIG_DIR: folder };
  await using bridge = BridgeProcess.start([server.url.href, "--debug"], { env });
  await bridge.peer.initialize();
  await bridge.endStdin();
  assertEquals(await bridge.exit(), 0);
  assertEquals([...Deno.readDirSync(folder)].length, 1);
  await Deno.remove(folder, { recursive: true });
});
