import { assert, assertEquals } from "@std/assert";
import type {
  ListenOptions,
  LoopbackListener,
  LoopbackReply,
  LoopbackRequest,
} from "../../../src/platform/loopback_listener.ts";
import { SYSTEM_CLOCK } from "../../../src/platform/system_clock.ts";
import { SystemLoopbackListeners } from "../../../src/platform/system_loopback_listener.ts";
import { quietPort } from "../../support/quiet_port.ts";
import { within } from "../../support/until.ts";

const LOCAL: ListenOptions = { port: 0, addresses: ["127.0.0.1"], exclusive: true };

function reply(body: string): LoopbackReply {
  return { status: 200, headers: [["Content-Type", "text/plain"], ["X-Test", "1"]], body };
}

async function listen(
  options: Partial<ListenOptions>,
  handler: (request: LoopbackRequest) => Promise<LoopbackReply>,
): Promise<LoopbackListener> {
  const listeners = new SystemLoopbackListeners(SYSTEM_CLOCK);
  const outcome = await listeners.listen({ ...LOCAL, ...options }, handler);
  if (outcome.kind !== "listening") throw new Error(outcome.kind);
  return outcome.listener;
}

/** Sends bytes as they are and returns what comes back until the other side closes. */
async function raw(port: number, text: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  let received = "";
  const decoder = new TextDecoder();
  for (const buffer = new Uint8Array(4096);;) {
    const count = await within("a reply", connection.read(buffer));
    if (count === null) return received;
    received += decoder.decode(buffer.subarray(0, count));
  }
}

Deno.test("SystemLoopbackListeners hands over method, target and Host as they came", async () => {
  const seen: (string | undefined)[][] = [];
  const listener = await listen({}, (request) => {
    const { method, target } = request;
    seen.push([
      method,
      target.pathname,
      target.search,
      request.header("HOST"),
      request.header("no"),
    ]);
    return Promise.resolve(reply("hello"));
  });
  const answered = await raw(
    listener.port,
    "GET /a%2Fb?x=%zz HTTP/1.1\r\nHost: Evil.example\r\n\r\n",
  );
  await raw(listener.port, "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
  await listener.close();
  assertEquals(seen, [
    ["GET", "/a%2Fb", "?x=%zz", "Evil.example", undefined],
    ["POST", "/b", "", "a", undefined],
  ]);
  assert(/^HTTP\/1.1 200 OK\r\n/.test(answered));
  assert(/\r\nx-test: 1\r\n/i.test(answered));
  assert(/\r\nconnection: close\r\n/i.test(answered));
  assert(answered.endsWith("\r\n\r\nhello"));
});

Deno.test("SystemLoopbackListeners lives on after what is not HTTP and after a handler that fails", async () => {
  const listener = await listen({}, ({ target }) => {
    if (target.pathname === "/fail") return Promise.reject(new Error("canary"));
    return Promise.resolve(reply("hello"));
  });
  for (
    const text of ["\x16\x03\x01\r\n\r\n", "GET\r\n\r\n", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"]
  ) {
    assert(!/^HTTP\/1.1 200/.test(await raw(listener.port, text)));
  }
  const headers = `X: ${"a".repeat(600_000)}`;
  const large = await raw(listener.port, `GET / HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n`)
    .catch(() => "reset");
  assert(!/^HTTP\/1.1 200/.test(large));
  const failed = await raw(listener.port, "GET /fail HTTP/1.1\r\nHost: a\r\n\r\n");
  assert(/^HTTP\/1.1 500/.test(failed) && !failed.includes("canary"));
  assert((await raw(listener.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).endsWith("hello"));
  await listener.close();
});

Deno.test("LoopbackListener.close() sends replies that are under way and frees the port", async () => {
  const held = Promise.withResolvers<LoopbackReply>();
  const arrived = Promise.withResolvers<void>();
  const listener = await listen({}, () => {
    arrived.resolve();
    return held.promise;
  });
  const answered = raw(listener.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await arrived.promise;
  held.resolve(reply("the page"));
  await listener.close();
  await listener.close();
  assert((await answered).endsWith("the page"));
  const again = await listen({ port: listener.port }, () => Promise.resolve(reply("")));
  await again.close();
});

Deno.test("LoopbackListener.close() does not wait for connections that say nothing", async () => {
  const listener = await listen({}, () => new Promise(() => {}));
  using idle = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
  using half = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
  await half.write(new TextEncoder().encode("GET /"));
  using stuck = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
  await stuck.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  await within("the listener to close", listener.close());
  for (const connection of [idle, half, stuck]) {
    const end = connection.read(new Uint8Array(1000)).catch(() => null);
    await within("the end of a connection", end);
  }
});

Deno.test("SystemLoopbackListeners tells a port that is taken from one that is refused", async () => {
  const handler = (): Promise<LoopbackReply> => Promise.resolve(reply(""));
  const first = await listen({}, handler);
  const listeners = new SystemLoopbackListeners(SYSTEM_CLOCK);
  const taken = await listeners.listen({ ...LOCAL, port: first.port }, handler);
  assertEquals(taken.kind, "in_use");
  const foreign = await listeners.listen({ ...LOCAL, addresses: ["192.0.2.1"] }, handler);
  assertEquals(foreign.kind, "denied");
  // An address that this machine lacks is no reason to fail when another serves.
  const some = await listen({ addresses: ["127.0.0.1", "192.0.2.1"] }, handler);
  assert(some.complete);
  await some.close();
  await first.close();
});

Deno.test("SystemLoopbackListeners listens on all addresses or says that it does not", async () => {
  const handler = (): Promise<LoopbackReply> => Promise.resolve(reply("both"));
  const addresses = ["127.0.0.1", "127.0.0.2"] as const;
  const both = await listen({ port: quietPort(), addresses }, handler);
  for (const address of ["127.0.0.1", "127.0.0.2"]) {
    assertEquals(await (await fetch(`http://${address}:${both.port}/`)).text(), "both");
  }
  await both.close();
  const port = quietPort();
  const blocker = await listen({ port, addresses: ["127.0.0.2"] }, handler);
  const options = { port, addresses };
  const listeners = new SystemLoopbackListeners(SYSTEM_CLOCK);
  assertEquals((await listeners.listen({ ...options, exclusive: true }, handler)).kind, "in_use");
  const part = await listen({ ...options, exclusive: false }, handler);
  assert(!part.complete);
  await part.close();
  await blocker.close();
});

Deno.test("SystemLoopbackListeners goes on elsewhere when only an outgoing connection has the port", async () => {
  const handler = (): Promise<LoopbackReply> => Promise.resolve(reply("here"));
  using peer = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using outgoing = await Deno.connect({ hostname: "127.0.0.1", port: peer.addr.port });
  using _accepted = await peer.accept();
  const { port } = outgoing.localAddr;
  const addresses = ["127.0.0.1", "127.0.0.2"] as const;
  const listeners = new SystemLoopbackListeners(SYSTEM_CLOCK);
  // Where another port will do, that one is left alone; where nothing is listened on, there is no choice.
  const strict = await listeners.listen({ port, addresses, exclusive: true }, handler);
  assertEquals(strict.kind, "in_use");
  const only = await listeners.listen(
    { port, addresses: ["127.0.0.1"], exclusive: false },
    handler,
  );
  assertEquals(only.kind, "in_use");
  const listener = await listen({ port, addresses, exclusive: false }, handler);
  assertEquals(await (await fetch(`http://127.0.0.2:${port}/`)).text(), "here");
  await listener.close();
});

Deno.test("SystemLoopbackListeners leaves a port to the program that listens on it", async () => {
  const handler = (): Promise<LoopbackReply> => Promise.resolve(reply(""));
  const other = await listen({}, handler);
  const listeners = new SystemLoopbackListeners(SYSTEM_CLOCK);
  const addresses = ["127.0.0.1", "127.0.0.2"] as const;
  const outcome = await listeners.listen(
    { port: other.port, addresses, exclusive: false },
    handler,
  );
  assertEquals(outcome.kind, "in_use");
  await other.close();
});
