import { assertEquals, assertMatch } from "@std/assert";
import { classifyHost, type HostClass } from "../../../src/oauth/host_class.ts";
import { judgeMetadataUrl } from "../../../src/oauth/metadata_url_policy.ts";

const HOSTS: readonly (readonly [string, HostClass])[] = [
  ["https://example.com", "other"],
  ["https://10.0.0.1", "other"],
  ["https://192.168.1.1", "other"],
  ["https://[2001:db8::1]", "other"],
  ["https://[fd00::1]", "other"],
  ["https://localhost.example.com", "other"],
  ["https://127.example.com", "other"],
  ["https://localhost", "loopback"],
  ["https://LOCALHOST.", "loopback"],
  ["https://a.localhost", "loopback"],
  ["https://127.0.0.1", "loopback"],
  ["https://127.1", "loopback"],
  ["https://2130706433", "loopback"],
  ["https://0x7f.0.0.1", "loopback"],
  ["https://0177.0.0.1", "loopback"],
  ["https://0.0.0.0", "loopback"],
  ["https://0", "loopback"],
  ["https://[::1]", "loopback"],
  ["https://[::]", "loopback"],
  ["https://[::ffff:127.0.0.1]", "loopback"],
  ["https://[0:0:0:0:0:ffff:7f00:0001]", "loopback"],
  ["https://[::127.0.0.1]", "loopback"],
  ["https://[64:ff9b::127.0.0.1]", "loopback"],
  ["https://169.254.169.254", "link_local"],
  ["https://2852039166", "link_local"],
  ["https://0xa9fea9fe", "link_local"],
  ["https://[::ffff:169.254.169.254]", "link_local"],
  ["https://[64:ff9b::a9fe:a9fe]", "link_local"],
  ["https://[fe80::1]", "link_local"],
  ["https://[febf::1]", "link_local"],
  ["https://[fec0::1]", "other"],
];

for (const [url, expected] of HOSTS) {
  Deno.test(`classifyHost() takes ${url} for ${expected}`, () => {
    assertEquals(classifyHost(new URL(url)), expected);
  });
}

const PUBLIC = "https://mcp.example.com/mcp";
const LOCAL = "http://localhost:8080/mcp";

const ALLOWED: readonly (readonly [string, string])[] = [
  ["https://auth.example.com/x?y", PUBLIC],
  ["https://10.1.2.3/token", PUBLIC],
  ["https://auth.example.com", LOCAL],
  ["http://localhost:9000", LOCAL],
  ["http://127.0.0.1:9000", LOCAL],
  ["http://[::1]:9000", LOCAL],
  ["https://localhost:9000", LOCAL],
  ["http://10.0.0.5:9000", "http://10.0.0.5/mcp"],
  ["https://169.254.1.1/x", "https://169.254.1.1/mcp"],
];

for (const [url, server] of ALLOWED) {
  Deno.test(`judgeMetadataUrl() allows ${url} for ${server}`, () => {
    const verdict = judgeMetadataUrl(url, new URL(server));
    assertEquals(verdict, { kind: "allowed", url: new URL(url) });
  });
}

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ["", PUBLIC, /not a URL/],
  ["/relative", PUBLIC, /not a URL/],
  ["javascript:alert(1)", PUBLIC, /scheme is javascript/],
  ["file:///etc/passwd", PUBLIC, /scheme is file/],
  ["http://auth.example.com", PUBLIC, /plain http/],
  ["http://mcp.example.com", PUBLIC, /plain http/],
  ["http://auth.example.com", LOCAL, /plain http/],
  ["http://10.0.0.6", "http://10.0.0.5/mcp", /plain http/],
  ["https:auth.example.com", PUBLIC, /names no host/],
  ["https:///auth.example.com", PUBLIC, /names no host/],
  ["https:\\\\auth.example.com", PUBLIC, /characters/],
  [" https://auth.example.com", PUBLIC, /characters/],
  ["https://auth.example.com/\na", PUBLIC, /characters/],
  ['https://auth.example.com/"&calc', PUBLIC, /characters/],
  ["https://auth.example.com/ü", PUBLIC, /characters/],
  ["https://user:secret@auth.example.com", PUBLIC, /credentials/],
  ["https://localhost/x", PUBLIC, /this machine/],
  ["https://2130706433/", PUBLIC, /this machine/],
  ["https://[::ffff:7f00:1]/", PUBLIC, /this machine/],
  ["http://127.0.0.1:9000", PUBLIC, /this machine/],
  ["https://169.254.169.254/latest", PUBLIC, /link-local/],
  ["https://169.254.169.254/latest", LOCAL, /link-local/],
  ["http://169.254.169.254/latest", "http://169.254.1.1/mcp", /link-local/],
];

for (const [url, server, reason] of REFUSED) {
  Deno.test(`judgeMetadataUrl() refuses "${url}" for ${server}`, () => {
    const verdict = judgeMetadataUrl(url, new URL(server));
    assertMatch(verdict.kind === "refused" ? verdict.reason : "it is allowed", reason);
  });
}
