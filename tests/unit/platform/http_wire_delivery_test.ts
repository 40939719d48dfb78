import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { failureOf, settle, type WriteBehaviour } from "./http_wire_fakes.ts";
import { answerWith, fixture, OK, summary, text } from "./http_wire_fixture.ts";

Deno.test("exchange() repeats on a fresh connection what a kept one did not take", async () => {
  for (const knownBy of ["write", "read and write"]) {
    const { runtime, post } = fixture();
    answerWith(runtime, OK);
    await post();
    const [kept] = runtime.sockets;
    if (kept === undefined) throw new Error("no connection");
    kept.writing = new Deno.errors.BrokenPipe("fake");
    const reply = post();
    // With the write, not before: so that the pool cannot know.
    if (knownBy === "read and write") kept.end();
    else settle().then(() => kept.reset());
    assertEquals(await text(reply), "ok");
    assertEquals([runtime.sockets.length, kept.closed], [2, true]);
  }
});

Deno.test("exchange() does not repeat what a kept connection took", async () => {
  for (const end of ["end", "reset"] as const) {
    const { runtime, post } = fixture();
    answerWith(runtime, OK);
    await post();
    runtime.socket(0).onWrite = () => runtime.socket(0)[end]();
    assertEquals(summary(await failureOf(post())), "reset unknown");
    assertEquals([runtime.sockets.length, runtime.socket(0).closed], [1, true]);
  }
});

Deno.test("exchange() says not_sent only when no byte was taken", async () => {
  const cases: readonly [WriteBehaviour, string][] = [
    [new Deno.errors.BrokenPipe("fake"), "reset not_sent"],
    [1, "reset unknown"],
    ["stuck", "reset unknown"],
  ];
  for (const [writing, expected] of cases) {
    const { runtime, post } = fixture();
    runtime.onConnect = (socket) => {
      socket.writing = writing;
      socket.onWrite = () => socket.writing = new Deno.errors.BrokenPipe("fake");
      socket.reset();
    };
    const failure = failureOf(post());
    await runtime.advance(0);
    assertEquals(summary(await failure), expected);
    assertEquals(runtime.sockets.length, 1);
  }
});

Deno.test("exchange() waits a moment for a write to fail before it judges the delivery", async () => {
  const { runtime, post } = fixture();
  runtime.onConnect = (socket) => {
    socket.write = async () => {
      for (let step = 0; step < 10; step++) await Promise.resolve();
      throw new Deno.errors.BrokenPipe("fake");
    };
    socket.end();
  };
  assertEquals(summary(await failureOf(post())), "reset not_sent");
  assertEquals(runtime.alarms, 0);
});

Deno.test("exchange() says what was missing when the connection ends early", async () => {
  const cases: readonly [string, string, string][] = [
    ["", "reset", "ended before it came"],
    ["HTTP/1.1 200 OK\r\nContent-", "reset", "ended within its header section"],
    ["HTTP/1.1 100 Continue\r\n\r\n", "reset", "ended within its header section"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", "truncated", "ended within its content"],
    [
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
      "truncated",
      "ended within its content",
    ],
    ["HTTP/1.1 200 OK\r\n\r\nreset", "truncated", "ended within its content"],
  ];
  for (const [reply, kind, what] of cases) {
    const { runtime, post } = fixture();
    runtime.onConnect = (socket) =>
      socket.onWrite = () => {
        if (reply !== "") socket.send(reply);
        if (reply.endsWith("reset")) socket.reset();
        else socket.end();
      };
    const failure = await failureOf(text(post()));
    assertEquals(summary(failure), `${kind} unknown`);
    assert(String(failure).includes(what));
    assert(runtime.socket(0).closed);
  }
});

Deno.test("exchange() sends a small body with the head and a large one without a copy", async () => {
  const { runtime, post } = fixture();
  const sizes: readonly [number, number][] = [[0, 1], [100, 1], [32 * 1024, 1], [100_000, 2]];
  for (const [size, writes] of sizes) {
    const body = new Uint8Array(size).fill(0x78);
    const reply = post({ body });
    await settle();
    const socket = runtime.socket(0);
    const [head, content] = socket.received.split("\r\n\r\n");
    assert(head?.endsWith(`content-length: ${size}`));
    assertEquals(content, "x".repeat(size));
    assertEquals(socket.writes.length, writes);
    if (writes === 2) assertStrictEquals(socket.writes[1], body);
    socket.received = "";
    socket.writes.length = 0;
    socket.send(OK);
    await reply;
  }
  assertEquals(runtime.sockets.length, 1);
});

Deno.test("exchange() goes on writing what was taken in part", async () => {
  const { runtime, post } = fixture();
  runtime.onConnect = (socket) => socket.writing = 7;
  const body = new TextEncoder().encode("0123456789".repeat(10));
  const reply = post({ body });
  for (let turn = 0; turn < 100 && !runtime.sockets[0]?.received.endsWith("789"); turn++) {
    await settle();
  }
  runtime.socket(0).send(OK);
  assertEquals(await text(reply), "ok");
  assertEquals(runtime.socket(0).received.split("\r\n\r\n")[1], "0123456789".repeat(10));
  assertEquals(runtime.socket(0).closed, false);
});

Deno.test("exchange() takes a reply that comes before the request was read", async () => {
  for (const after of ["stuck", new Deno.errors.BrokenPipe("fake")] as const) {
    const { runtime, post } = fixture();
    runtime.onConnect = (socket) =>
      socket.onWrite = () => {
        socket.writing = after;
        socket.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
      };
    const reply = await post({ body: new Uint8Array(100_000) });
    assertEquals([reply.status, await text(Promise.resolve(reply))], [413, "big"]);
    assert(runtime.socket(0).closed, "the server may not have read the rest");
  }
});
