import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { ValuedFlag } from "../../../src/cli/flags/flag.ts";
import { FLAGS } from "../../../src/cli/flags/table.ts";
import { parseArguments } from "../../../src/cli/parse.ts";
import { causewayError } from "./fake_platform.ts";

const SERVER = "https://server.example/mcp";

/** Every flag that mcp-remote 0.15.1 reads, as its source names them. */
const MCP_REMOTE_FLAGS = [
  "allow-http",
  "auth-success-url",
  "auth-timeout",
  "authorize-param",
  "body-timeout",
  "callback-path",
  "client-credentials",
  "client-metadata-url",
  "connect-timeout",
  "debug",
  "device-code",
  "disable-cookies",
  "disable-resource-parameter",
  "enable-proxy",
  "header",
  "header-file",
  "headers-timeout",
  "help",
  "host",
  "ignore-tool",
  "ipv4",
  "keep-alive",
  "ping-interval",
  "protocol",
  "resource",
  "silent",
  "static-oauth-client-info",
  "static-oauth-client-metadata",
  "token-endpoint",
  "transport",
  "use-id-token",
  "version",
];

/** For each flag with a value: values that are fine, and values that are not. */
const VALUES: Readonly<Record<string, { good: readonly string[]; bad: readonly string[] }>> = {
  "transport": {
    good: ["http-first", "sse-first", "http-only", "sse-only"],
    bad: ["", "http", "HTTP-ONLY", "sse"],
  },
  "protocol": { good: ["auto", "legacy"], bad: ["", "modern"] },
  "connect-timeout": { good: ["1", "0.5", "30"], bad: ["", "0", "0.0", "-1", "1e3", "10s", "NaN"] },
  "headers-timeout": { good: ["0", "300"], bad: ["", "-1", "ten", "Infinity", " 5"] },
  "body-timeout": { good: ["0", "0.25"], bad: ["", "-0", "0x10"] },
  "start-timeout": { good: ["0", "10"], bad: ["", "soon"] },
  "ping-interval": { good: ["60", "1.5"], bad: ["", "0", "-5"] },
  "max-message-size": { good: ["256", "0.5", "4095"], bad: ["", "0", "4096", "1GB"] },
  "header": {
    good: ["A:b", "A: b", "X-Y:", "Authorization:${T}", "a:b:c"],
    bad: ["", "A", ":b", "A b:c", "A :b", "\u00e4:b"],
  },
  "header-env": {
    good: ["Authorization=TOKEN", "A=ProgramFiles(x86)"],
    bad: ["", "A", "A=", "=B", "A b=C", "A=B C", "A=${B}", "A=B=C"],
  },
  "header-file": { good: ["headers.txt", "/a b/c"], bad: ["", " "] },
  "header-command": { good: ["Authorization=gcloud auth"], bad: ["", "gcloud", "=x", "A="] },
  "ignore-tool": { good: ["delete*", "*", "a b"], bad: ["", "  "] },
  "allow-tool": { good: ["get*"], bad: [""] },
  "ca-cert": { good: ["ca.pem"], bad: [""] },
  "client-cert": { good: ["client.pem"], bad: [""] },
  "client-key": { good: ["key.pem"], bad: [""] },
  "host": {
    good: ["localhost", "127.0.0.1", "[::1]", "my.host"],
    bad: ["", "a b", "host:80", "http://x", "a/b", "u@h"],
  },
  "callback-path": {
    good: ["/", "/custom/callback"],
    bad: ["", "callback", "/a?b", "/a#b", "/wait-for-auth", "/.mcp-remote/id"],
  },
  "callback-bind": {
    good: ["0.0.0.0", "192.168.1.7", "::", "[::1]"],
    bad: ["", "a/b", "localhost", "0.0.0.0:8080", "[::]:1", "256.0.0.1", "::1/", "1.2.3"],
  },
  "callback-url": {
    good: ["https://box.example/cb"],
    bad: ["", "/cb", "ftp://x/", "https://u:p@x/", "https://x/?a"],
  },
  "auth-success-url": {
    good: ["https://app.example/done", "http://localhost/done"],
    bad: ["", "app.example", "https://u@x/", "https://x/#a"],
  },
  "auth-timeout": { good: ["60"], bad: ["", "0", "-1", "long"] },
  "auth": { good: ["auto", "always"], bad: ["", "never"] },
  "token-endpoint": {
    good: ["https://as.example/token", "http://127.0.0.1:1/token"],
    bad: ["", "as.example", "https://u:p@x/", "http://as.example/token", "https://as.example/#a"],
  },
  "scope": { good: ["openid", "a b", "mcp:read"], bad: ["", " a", "a  b", 'a"b'] },
  "issuer": { good: ["https://as.example/", "http://127.0.0.1:1"], bad: ["", "as.example"] },
  "resource": { good: ["https://x/mcp", "urn:x:y", ""], bad: ["x", "/mcp"] },
  "authorize-param": {
    good: ["audience=https://api.example", "a="],
    bad: ["", "=b", " =b", "a"],
  },
  "client-id": { good: ["abc"], bad: ["", " "] },
  "client-secret-env": { good: ["SECRET"], bad: ["", "A=B", "A B"] },
  "static-oauth-client-info": {
    good: ['{"client_id":"x"}', "@/a/b.json", "${CLIENT}"],
    bad: ["", "x", "@", "$CLIENT"],
  },
  "static-oauth-client-metadata": { good: [' {"scope":"x"}', "@m.json"], bad: ["", "[]", "@"] },
  "client-metadata-url": {
    good: ["https://client.example/metadata"],
    bad: [
      "",
      "https://client.example",
      "http://client.example/metadata",
      "https://u:p@x/a",
      "https://client.example/metadata#a",
    ],
  },
  "profile": { good: ["work", "a.b-c_1"], bad: ["", ".", "../x", "a/b", "a b", "x".repeat(65)] },
  "store": { good: ["keychain", "file"], bad: ["", "disk"] },
};

const VALUED = FLAGS.filter((flag): flag is ValuedFlag & typeof flag => flag.kind !== "switch");

Deno.test("FLAGS has every flag of mcp-remote 0.15.1", () => {
  const names: readonly string[] = FLAGS.map((flag) => flag.name);
  assertEquals(MCP_REMOTE_FLAGS.filter((name) => !names.includes(name)), []);
});

Deno.test("FLAGS names no flag twice", () => {
  const spellings = FLAGS.flatMap((flag) => [flag.name, ...(flag.short ? [flag.short] : [])]);
  assertEquals(spellings.length, new Set<string>(spellings).size);
});

for (const flag of FLAGS) {
  Deno.test(`FLAGS describes --${flag.name} in the form of the help`, () => {
    assertMatch(flag.name, /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
    assert(flag.doc.length <= 80 && !flag.doc.endsWith("."), flag.doc);
    assertMatch(flag.longDoc, /^[A-Z].*\.$/s);
    assertEquals(/ {2}|\n/.test(flag.longDoc), false, flag.longDoc);
  });
}

Deno.test("VALUES has a row for each flag with a value", () => {
  assertEquals(Object.keys(VALUES).sort(), VALUED.map((flag) => flag.name).sort());
});

for (const flag of VALUED) {
  const { good, bad } = VALUES[flag.name] ?? { good: [], bad: [] };
  for (const value of good) {
    Deno.test(`--${flag.name} takes ${JSON.stringify(value)}`, () => {
      assertEquals(flag.shape(value), undefined);
    });
  }
  for (const value of bad) {
    Deno.test(`--${flag.name} refuses ${JSON.stringify(value)}`, async () => {
      const error = await causewayError(() => parseArguments([SERVER, `--${flag.name}=${value}`]));
      assertEquals(error.code, "usage");
      assertStringIncludes(error.message, `"--${flag.name}": `);
      assertStringIncludes(error.hint ?? "", `--${flag.name} ${flag.valueName}`);
      if (flag.secret && value.trim().length > 1) {
        assertEquals(error.message.includes(`"${value}"`), false);
      }
    });
  }
}

for (const flag of FLAGS) {
  Deno.test(`--${flag.name} is read anywhere among the arguments`, () => {
    const value = VALUES[flag.name]?.good[0];
    const args = value === undefined ? [`--${flag.name}`] : [`--${flag.name}`, value];
    for (const all of [[...args, SERVER], [SERVER, ...args], [SERVER, "4000", ...args]]) {
      const result = parseArguments(all);
      if (flag.name === "help" || flag.name === "version") {
        assertEquals(result.kind, flag.name);
      } else {
        assertEquals(result.kind === "bridge" && result.low.serverUrl, SERVER);
      }
    }
  });
}
