import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertExplains, errorOf, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import { startConnectProxy } from "../support/connect_proxy.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import { tlsCertificates } from "../support/tls_certificates.ts";

async function withFile(content: string, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "causeway-pem-" });
  try {
    await Deno.writeTextFile(path, content);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

for (const reply of ["json", "sse"] as const) {
  Deno.test(`bridge speaks TLS with a server of a private authority, with ${reply} replies`, async () => {
    const { authority, server: identity } = await tlsCertificates();
    await withFile(authority.certificate, async (path) => {
      await using server = FakeServer.start({ reply }, { identity });
      await using bridge = BridgeProcess.start([server.url.href, "--ca-cert", path]);
      await bridge.peer.initialize();
      await bridge.peer.call("progress", { count: 100 }, { progressToken: 1 });
      const text = textOf(await bridge.peer.call("big", { bytes: 3_000_000 }));
      assertEquals(text.length, 3_000_000);
      await server.waitForRequests("GET");
      await bridge.endStdin();
      assertEquals(await bridge.exit(), 0);
      assertEquals(server.requestsOf("DELETE").length, 1);
    });
  });
}

for (const variable of ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]) {
  Deno.test(`bridge trusts the certificates in ${variable}`, async () => {
    const { authority, server: identity } = await tlsCertificates();
    await withFile(authority.certificate, async (path) => {
      await using server = FakeServer.start({}, { identity });
      await using bridge = BridgeProcess.start([server.url.href], { env: { [variable]: path } });
      assert("result" in await bridge.peer.initialize());
    });
  });
}

Deno.test("bridge trusts a certificate that is its own authority when it is given", async () => {
  const { selfSigned } = await tlsCertificates();
  await withFile(selfSigned.certificate, async (path) => {
    await using server = FakeServer.start({ reply: "sse" }, { identity: selfSigned });
    const env = { NODE_EXTRA_CA_CERTS: path };
    await using bridge = BridgeProcess.start([server.url.href], { env });
    const { peer } = bridge;
    await peer.initialize();
    peer.onRequest("roots/list", () => ({ roots: [] }));
    assertEquals(textOf(await peer.call("ask", { method: "roots/list" })), '{"roots":[]}');
    await server.waitForRequests("GET");
    await bridge.endStdin();
    assertEquals(await bridge.exit(), 0);
  });
});

Deno.test("bridge says whose certificate it does not trust, and which flag mends it", async () => {
  const { server: identity, selfSigned } = await tlsCertificates();
  for (const one of [identity, selfSigned]) {
    await using server = FakeServer.start({}, { identity: one });
    await using bridge = BridgeProcess.start([server.url.href, "--start-timeout=3"]);
    const response = await bridge.peer.initialize();
    assertExplains(response, { url: server.url, says: /certificate/ });
    assertMatch(errorOf(response).message, /--ca-cert/);
    assertEquals(server.requests.length, 0);
  }
});

Deno.test("bridge says so when the server speaks no TLS", async () => {
  await using server = FakeServer.start();
  const url = new URL(server.url.href.replace("http:", "https:"));
  await using bridge = BridgeProcess.start([url.href, "--start-timeout=2"]);
  assertExplains(await bridge.peer.initialize(), { url, code: -32000 });
});

for (const variable of ["HTTP_PROXY", "http_proxy", "ALL_PROXY"]) {
  Deno.test(`bridge goes through the proxy that ${variable} names`, async () => {
    await using proxy = startConnectProxy({});
    const env = { [variable]: proxy.url.href };
    const args = ["http://mcp.example/mcp", "--allow-http"];
    await using bridge = BridgeProcess.start(args, { env });
    await bridge.peer.initialize();
    assertEquals([...proxy.plainRequests, ...proxy.tunnels].length, 1);
  });
}

Deno.test("bridge never goes through a proxy to loopback, nor where NO_PROXY says so", async () => {
  await using server = FakeServer.start();
  await using proxy = startConnectProxy({});
  const env = { HTTP_PROXY: proxy.url.href, ALL_PROXY: proxy.url.href };
  await using bridge = BridgeProcess.start([server.url.href], { env });
  await bridge.peer.initialize();
  assertEquals([...proxy.plainRequests, ...proxy.tunnels], []);
  const args = ["http://mcp.invalid/mcp", "--allow-http", "--start-timeout=1"];
  await using direct = BridgeProcess.start(args, { env: { ...env, NO_PROXY: ".invalid" } });
  assert("error" in await direct.peer.initialize());
  assertEquals([...proxy.plainRequests, ...proxy.tunnels], []);
});

Deno.test("bridge says that the proxy is the one who refuses", async () => {
  await using proxy = startConnectProxy({ refuse: 407 });
  const env = { HTTPS_PROXY: proxy.url.href };
  const args = ["https://mcp.example/mcp", "--start-timeout=2"];
  await using bridge = BridgeProcess.start(args, { env });
  const { message } = errorOf(await bridge.peer.initialize());
  assertMatch(message, /proxy/i);
});
