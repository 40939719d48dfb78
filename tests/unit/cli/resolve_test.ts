import { assertEquals } from "@std/assert";
import type { BridgeOptions } from "../../../src/bridge/options.ts";
import { parseArguments } from "../../../src/cli/parse.ts";
import { resolveBridge } from "../../../src/cli/resolve.ts";
import { causewayError, fakeEnvironment, FakeFiles } from "./fake_platform.ts";

const SERVER = "https://server.example/mcp";
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
const context = {
  environment: fakeEnvironment({ TOKEN: "Bearer s3cret", EMPTY: "", DISPLAY: ":0" }),
  files: new FakeFiles({ "h.txt": "X-File: ${TOKEN}\n", "ca.pem": CERTIFICATE, "key.pem": KEY }),
  clock: { wallTime: () => 0 },
};

async function options(...args: string[]): Promise<BridgeOptions> {
  const parsed = parseArguments([SERVER, ...args]);
  if (parsed.kind !== "bridge") throw new Error(`read as ${parsed.kind}`);
  return (await resolveBridge(parsed.low, context)).options;
}

Deno.test("resolveBridge() makes these defaults", async () => {
  assertEquals(await options(), {
    serverUrl: new URL(SERVER),
    allowHttp: false,
    transport: "http-first",
    protocol: "auto",
    headers: [],
    headerSources: [],
    keepCookies: true,
    timeouts: { connect: 10_000, headers: 0, body: 0, listening: 300_000, start: 10_000 },
    pingInterval: undefined,
    maxMessageBytes: 256 * 1024 * 1024,
    tools: { allow: [], ignore: [] },
    mergePages: false,
    trustedCertificates: [],
    clientCertificate: undefined,
    ipv4Only: false,
    signIn: {
      settings: {
        server: new URL(SERVER),
        profile: "default",
        method: "browser",
        clientName: "Causeway",
        omitResource: false,
        authorizeParameters: [],
        useIdToken: false,
        timeout: 300_000,
      },
      callback: {
        defaultPort: 3501,
        fixedPort: false,
        host: "localhost",
        path: "/oauth/callback",
      },
      always: false,
      waitForAuth: false,
      openBrowser: true,
      store: "keychain",
      headerCommands: [],
    },
    configFolder: "/home/ada/.mcp-auth",
    mcpRemoteIdentity: { server: SERVER, headers: {}, authorizeParameters: {} },
    debug: false,
    silent: false,
  });
});

/** What each flag changes beside the defaults. */
const CHANGES: readonly { args: readonly string[]; changes: Partial<BridgeOptions> }[] = [
  { args: ["--transport", "sse-only"], changes: { transport: "sse-only" } },
  { args: ["--transport", "sse-first"], changes: { transport: "sse-first" } },
  { args: ["--transport", "http-only"], changes: { transport: "http-only" } },
  { args: ["--protocol", "legacy"], changes: { protocol: "legacy" } },
  { args: ["--allow-http"], changes: { allowHttp: true } },
  { args: ["--enable-proxy"], changes: {} },
  { args: ["--ipv4"], changes: { ipv4Only: true } },
  { args: ["--disable-cookies"], changes: { keepCookies: false } },
  { args: ["--keep-alive"], changes: { pingInterval: 30_000 } },
  { args: ["--ping-interval", "1.5"], changes: { pingInterval: 1500 } },
  { args: ["--keep-alive", "--ping-interval", "60"], changes: { pingInterval: 60_000 } },
  { args: ["--max-message-size", "0.5"], changes: { maxMessageBytes: 512 * 1024 } },
  { args: ["--merge-pages"], changes: { mergePages: true } },
  {
    args: ["--ignore-tool", "a*", "--allow-tool", "b", "--ignore-tool=c"],
    changes: { tools: { allow: ["b"], ignore: ["a*", "c"] } },
  },
  { args: ["--ca-cert", "ca.pem"], changes: { trustedCertificates: [CERTIFICATE] } },
  {
    args: ["--client-cert", "ca.pem", "--client-key", "key.pem"],
    changes: { clientCertificate: { certificate: CERTIFICATE, key: KEY } },
  },
  { args: ["--debug"], changes: { debug: true } },
  { args: ["--silent"], changes: { silent: true } },
];

for (const { args, changes } of CHANGES) {
  Deno.test(`resolveBridge() resolves ${args.join(" ")}`, async () => {
    assertEquals(await options(...args), { ...await options(), ...changes });
  });
}

const TIMEOUTS: readonly {
  args: readonly string[];
  changes: Partial<BridgeOptions["timeouts"]>;
}[] = [
  { args: ["--connect-timeout", "30"], changes: { connect: 30_000 } },
  { args: ["--connect-timeout", "0.0001"], changes: { connect: 1 } },
  { args: ["--connect-timeout", "99999999999"], changes: { connect: 2 ** 31 - 1 } },
  { args: ["--headers-timeout", "300"], changes: { headers: 300_000 } },
  { args: ["--headers-timeout", "0"], changes: { headers: 0 } },
  { args: ["--body-timeout", "60"], changes: { body: 60_000, listening: 60_000 } },
  { args: ["--body-timeout", "0"], changes: { body: 0, listening: 0 } },
  { args: ["--start-timeout", "0"], changes: { start: 0 } },
  { args: ["--start-timeout", "2.5"], changes: { start: 2500 } },
];

for (const { args, changes } of TIMEOUTS) {
  Deno.test(`resolveBridge() resolves ${args.join(" ")} to milliseconds`, async () => {
    assertEquals((await options(...args)).timeouts, { ...(await options()).timeouts, ...changes });
  });
}

Deno.test("resolveBridge() reads headers of arguments, variables and files", async () => {
  const resolved = await options(
    "--header",
    "A:${TOKEN}",
    "--header-env=B=TOKEN",
    "--header-file",
    "h.txt",
  );
  assertEquals(resolved.headers, [
    ["A", "Bearer s3cret"],
    ["B", "Bearer s3cret"],
    ["X-File", "Bearer s3cret"],
  ]);
  assertEquals(resolved.headerSources, [
    { kind: "field", field: ["A", "${TOKEN}"] },
    { kind: "field", field: ["B", "${TOKEN}"] },
    { kind: "file", path: "h.txt" },
  ]);
  assertEquals(resolved.mcpRemoteIdentity.headers, {
    A: "${TOKEN}",
    B: "${TOKEN}",
    "X-File": "${TOKEN}",
  });
});

Deno.test("resolveBridge() leaves names that mcp-remote does not know out of its identity", async () => {
  const resolved = await options("--header", "X.Y:1", "--header", "X:2");
  assertEquals(resolved.headers, [["X.Y", "1"], ["X", "2"]]);
  assertEquals(resolved.mcpRemoteIdentity.headers, { X: "2" });
});

Deno.test("resolveBridge() keeps the server URL as it was typed for mcp-remote's hash", async () => {
  const parsed = parseArguments(["HTTPS://Server.example"]);
  if (parsed.kind !== "bridge") throw new Error("no bridge");
  const { options } = await resolveBridge(parsed.low, context);
  assertEquals(options.serverUrl.href, "https://server.example/");
  assertEquals(options.mcpRemoteIdentity.server, "HTTPS://Server.example");
});

Deno.test("resolveBridge() passes warnings on", async () => {
  const parsed = parseArguments([SERVER, "--header", "Accept:x", "--header-env", "B=EMPTY"]);
  if (parsed.kind !== "bridge") throw new Error("no bridge");
  assertEquals((await resolveBridge(parsed.low, context)).warnings, [
    'The header "Accept" is left out: Causeway sets it itself',
    'The header "B" is sent with an empty value',
  ]);
});

Deno.test("resolveBridge() resolves --header-command", async () => {
  const { signIn, headers, mcpRemoteIdentity } = await options(
    "--header-command",
    "Authorization=gcloud auth 'print-access-token'",
    "--header-command=X-Key=causeway-credential-helper",
  );
  assertEquals(signIn.headerCommands, [
    { name: "Authorization", program: "gcloud", args: ["auth", "print-access-token"] },
    { name: "X-Key", program: "causeway-credential-helper", args: [] },
  ]);
  assertEquals([headers, mcpRemoteIdentity.headers], [[], {}]);
});

const FAILURES: readonly { args: readonly string[]; code: string }[] = [
  { args: ["--header", "A:${MISSING}"], code: "usage" },
  { args: ["--header-env", "A=MISSING"], code: "usage" },
  { args: ["--header", "Content-Length:1"], code: "usage" },
  { args: ["--header-file", "gone.txt"], code: "local-file" },
  { args: ["--ca-cert", "gone.pem"], code: "local-file" },
  { args: ["--client-cert", "ca.pem"], code: "usage" },
  { args: ["--client-key", "key.pem"], code: "usage" },
  { args: ["--header-command", "X=sh"], code: "usage" },
  { args: ["--header-command", "x-file=gh", "--header-file", "h.txt"], code: "usage" },
  { args: ["--header-command", "Authorization=gh", "--auth=always"], code: "usage" },
  { args: ["--static-oauth-client-info", "@gone.json"], code: "local-file" },
  { args: ["--token-endpoint", "https://as.example/token"], code: "usage" },
];

for (const { args, code } of FAILURES) {
  Deno.test(`resolveBridge() fails with ${code} for ${args.join(" ")}`, async () => {
    assertEquals((await causewayError(() => options(...args))).code, code);
  });
}
