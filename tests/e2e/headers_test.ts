import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { assertExplains, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import { onHttp, onMethod, redirectTo } from "../support/fake_server/faults.ts";

Deno.test("bridge sends the user's headers with every request", async () => {
  await using server = FakeServer.start();
  const flags = ["--header", "X-One:1", "--header", "X-Two: two words ", "--header=X-Three:a:b"];
  await using bridge = BridgeProcess.start([server.url.href, ...flags]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  await bridge.endStdin();
  await bridge.exit();
  assertEquals(new Set(server.requests.map(({ method }) => method)).size, 3);
  for (const { headers } of server.requests) {
    const sent = ["x-one", "x-two", "x-three"].map((name) => headers.get(name));
    assertEquals(sent, ["1", "two words", "a:b"]);
  }
});

Deno.test("bridge fills variables into header values", async () => {
  await using server = FakeServer.start();
  const flags = ["--header", "Authorization:Bearer ${API_KEY}", "--header", "X-A:${A}-${A}"];
  const env = { API_KEY: "canary-4711", A: "a" };
  await using bridge = BridgeProcess.start([server.url.href, ...flags], { env });
  await bridge.peer.initialize();
  assertEquals(server.requests[0]?.headers.get("authorization"), "Bearer canary-4711");
  assertEquals(server.requests[0]?.headers.get("x-a"), "a-a");
  assert(!bridge.stderr.includes("canary"), bridge.stderr);
});

Deno.test("bridge names the variable that is missing", async () => {
  const flags = ["--header", "Authorization: Bearer ${NO_SUCH_KEY}"];
  await using bridge = BridgeProcess.start(["https://example.com/mcp", ...flags]);
  assertEquals(await bridge.exit(), 2);
  assertStringIncludes(bridge.stderr, "NO_SUCH_KEY");
});

for (
  const header of ["X-A:one\r\nX-B: two", "X-A:one\ntwo", "X A: 1", ": 1", "X-A", "X\u00e9: 1"]
) {
  Deno.test(`bridge refuses the header ${JSON.stringify(header)}`, async () => {
    await using bridge = BridgeProcess.start(["https://example.com/mcp", "--header", header]);
    assertEquals(await bridge.exit(), 2);
    assertStringIncludes(bridge.stderr, "header");
  });
}

Deno.test("bridge refuses a line break that comes from a variable", async () => {
  const env = { SNEAKY: "a\r\nX-Evil: 1" };
  const args = ["https://example.com/mcp", "--header", "X-A:${SNEAKY}"];
  await using bridge = BridgeProcess.start(args, { env });
  assertEquals(await bridge.exit(), 2);
});

Deno.test("bridge reads headers from a file", async () => {
  await using server = FakeServer.start();
  const path = await Deno.makeTempFile({ prefix: "causeway-headers-" });
  await Deno.writeTextFile(path, "# for the tests\nX-One: 1\r\n\nX-Two: \u{24}{TWO}\n");
  const args = [server.url.href, "--header-file", path];
  await using bridge = BridgeProcess.start(args, { env: { TWO: "2" } });
  await bridge.peer.initialize();
  assertEquals(server.requests[0]?.headers.get("x-one"), "1");
  assertEquals(server.requests[0]?.headers.get("x-two"), "2");
  await Deno.remove(path);
});

Deno.test("bridge names the header file that is not there", async () => {
  const args = ["https://example.com/mcp", "--header-file", "/does/not/exist"];
  await using bridge = BridgeProcess.start(args);
  assertEquals(await bridge.exit(), 6);
  assertStringIncludes(bridge.stderr, "/does/not/exist");
});

Deno.test("bridge lets a Host header of the user win", async () => {
  await using server = FakeServer.start();
  const args = [server.url.href, "--header", "Host: mcp.internal.example"];
  await using bridge = BridgeProcess.start(args);
  await bridge.peer.initialize();
  assertEquals(server.requests[0]?.headers.get("host"), "mcp.internal.example");
});

Deno.test("bridge sends back the cookies that the server sets", async () => {
  await using server = FakeServer.start({ stickyCookie: "AWSALB=node-2" });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  for (const { headers } of server.requests.slice(1)) {
    assertEquals(headers.get("cookie"), "AWSALB=node-2");
  }
});

Deno.test("bridge keeps no cookies with --disable-cookies", async () => {
  await using server = FakeServer.start({ headers: { "set-cookie": "a=1" } });
  await using bridge = BridgeProcess.start([server.url.href, "--disable-cookies"]);
  await bridge.peer.initialize();
  await bridge.peer.call("add", { a: 1, b: 1 });
  assert(server.requests.every(({ headers }) => !headers.has("cookie")));
});

Deno.test("bridge lets a Cookie header of the user win", async () => {
  await using server = FakeServer.start({ headers: { "set-cookie": ["a=1", "b=2"] } });
  await using bridge = BridgeProcess.start([server.url.href, "--header", "Cookie: mine=1"]);
  await bridge.peer.initialize();
  await bridge.peer.call("add", { a: 1, b: 1 });
  assert(server.requests.every(({ headers }) => headers.get("cookie") === "mine=1"));
});

for (const status of [307, 308]) {
  Deno.test(`bridge follows a redirect ${status} within the origin, headers and body with it`, async () => {
    await using server = FakeServer.start({}, { path: "/real" });
    const { origin } = server.url;
    server.inject({
      when: (request) => request.path === "/old",
      act: redirectTo(status, "/real"),
    });
    await using bridge = BridgeProcess.start([`${origin}/old`, "--header", "X-Key: k"]);
    await bridge.peer.initialize();
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
    for (const { headers } of server.requests) assertEquals(headers.get("x-key"), "k");
  });
}

Deno.test("bridge does not take the user's headers or cookies to another origin", async () => {
  await using other = FakeServer.start();
  await using server = FakeServer.start();
  server.inject({
    act: (exchange) => exchange.reply(307, { location: other.url.href, "set-cookie": "secret=1" }),
  });
  const args = [server.url.href, "--header", "Authorization: Bearer canary", "--header=X-Key: k"];
  await using bridge = BridgeProcess.start([...args, "--start-timeout=2"]);
  await bridge.peer.initialize();
  for (const { headers } of other.requests) {
    assertEquals(["authorization", "x-key", "cookie"].map((name) => headers.get(name)), [
      null,
      null,
      null,
    ]);
  }
});

for (const status of [301, 302, 303]) {
  Deno.test(`bridge does not turn a POST that is redirected with ${status} into a GET`, async () => {
    await using server = FakeServer.start();
    server.inject({ when: onMethod("tools/call"), act: redirectTo(status, "/elsewhere") });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    const response = await bridge.peer.call("echo");
    assertExplains(response, { url: server.url });
    assert(server.requestsOf("GET").every(({ path }) => path !== "/elsewhere"));
  });
}

Deno.test("bridge gives up on redirects in a circle", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onHttp("POST"), act: redirectTo(307, "/mcp") });
  await using bridge = BridgeProcess.start([server.url.href, "--start-timeout=2"]);
  assertExplains(await bridge.peer.initialize(), { url: server.url, says: /redirect/ });
  assert(server.requests.length < 50);
});

Deno.test("bridge speaks plain http to other machines only when allowed", async () => {
  await using refused = BridgeProcess.start(["http://mcp.example.com/mcp"]);
  assertEquals(await refused.exit(), 2);
  assertStringIncludes(refused.stderr, "--allow-http");
  for (const host of ["127.0.0.1", "localhost", "[::1]"]) {
    await using loopback = BridgeProcess.start([`http://${host}:1/mcp`]);
    await loopback.endStdin();
    assertEquals(await loopback.exit(), 0);
  }
});
