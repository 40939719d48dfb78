import { assert, assertEquals } from "@std/assert";
import type { HttpFailure, HttpRequest } from "../../../src/platform/http_client.ts";
import { failureOf, type FakeSocket, settle } from "./http_wire_fakes.ts";
import { answerWith, fixture, OK, summary, text } from "./http_wire_fixture.ts";

Deno.test("exchange() uses the connection that was used last", async () => {
  const { client, runtime, post } = fixture();
  const three = [post(), post(), post()];
  await settle();
  for (const socket of runtime.sockets) socket.send(OK);
  for (const reply of three) assertEquals(await text(reply), "ok");
  assertEquals(runtime.sockets.map((socket) => socket.holdsProcess), [false, false, false]);
  for (let round = 0; round < 2; round++) {
    const reply = post();
    await settle();
    const counts = runtime.sockets.map(({ writes }) => writes.length);
    assertEquals(counts, [1, 1, 2 + round]);
    assertEquals(runtime.socket(2).holdsProcess, true);
    runtime.socket(2).send(OK);
    await reply;
  }
  client.close();
  assertEquals(runtime.sockets.map(({ closed }) => closed), [true, true, true]);
  assertEquals(runtime.alarms, 0);
});

Deno.test("exchange() does not share connections between origins", async () => {
  const { runtime, post } = fixture();
  answerWith(runtime, OK);
  const urls = ["http://a.test/", "http://a.test:81/", "http://b.test/", "http://a.test/other"];
  for (const url of urls) await text(post({ url: new URL(url) }));
  assertEquals(runtime.attempts, ["a.test:80", "a.test:81", "b.test:80"]);
});

Deno.test("exchange() closes connections that are idle for 30 s, or as long as the server says", async () => {
  const limits: readonly [string, number][] = [["", 30_000], ["Keep-Alive: timeout=5\r\n", 4000]];
  for (const [field, limit] of limits) {
    const { runtime, post } = fixture();
    answerWith(runtime, OK.replace("Content", field + "Content"));
    await post();
    await runtime.advance(limit - 2);
    assertEquals(runtime.socket(0).closed, false);
    const again = post();
    await runtime.advance(1);
    await again;
    await runtime.advance(limit - 1);
    assertEquals(runtime.socket(0).closed, false);
    await runtime.advance(1);
    assertEquals([runtime.socket(0).closed, runtime.alarms], [true, 0]);
  }
});

Deno.test("exchange() on a kept connection may take longer than one may be idle", async () => {
  const { runtime, post } = fixture();
  answerWith(runtime, OK);
  await post();
  runtime.socket(0).onWrite = () => {};
  const reply = post();
  await runtime.advance(3_600_000);
  runtime.socket(0).send(OK);
  assertEquals(await text(reply), "ok");
});

Deno.test("exchange() keeps at most 32 idle connections, and limits no busy ones", async () => {
  const { client, runtime, post } = fixture();
  const replies = Array.from({ length: 100 }, () => post());
  await settle();
  assertEquals(runtime.sockets.length, 100);
  for (const socket of runtime.sockets) socket.send(OK);
  await Promise.all(replies);
  const open = runtime.sockets.filter(({ closed }) => !closed);
  assertEquals(open.length, 32);
  assert(!runtime.socket(99).closed, "the youngest are kept");
  client.dropIdleConnections();
  assert(runtime.sockets.every(({ closed }) => closed));
});

Deno.test("exchange() notices at once that an idle connection ended, or that it babbles", async () => {
  const happenings: readonly ((socket: FakeSocket) => void)[] = [
    (socket) => socket.end(),
    (socket) => socket.reset(),
    (socket) => socket.send("HTTP/1.1 408 Request Timeout\r\n\r\n"),
  ];
  for (const happen of happenings) {
    const { runtime, post } = fixture();
    answerWith(runtime, OK);
    await post();
    assert(runtime.socket(0).isRead, "an idle connection has a read under way");
    happen(runtime.socket(0));
    await settle();
    assert(runtime.socket(0).closed);
    assertEquals(await text(post()), "ok");
    assertEquals([runtime.sockets.length, runtime.socket(0).writes.length], [2, 1]);
  }
});

Deno.test("exchange() lets a close be noticed before it uses a connection that was idle for a while", async () => {
  const { runtime, post } = fixture();
  answerWith(runtime, OK);
  await post();
  await runtime.advance(2000);
  const reply = post();
  // The server closed it long ago, but the runtime had no turn to say so.
  runtime.socket(0).end();
  await runtime.advance(1);
  assertEquals(await text(reply), "ok");
  assertEquals([runtime.sockets.length, runtime.socket(0).writes.length], [2, 1]);
});

Deno.test("exchange() keeps no connection for a minute to a server that closes them after each reply", async () => {
  const { runtime, post } = fixture();
  answerWith(runtime, OK);
  await post();
  await runtime.advance(999);
  runtime.socket(0).end();
  await runtime.advance(1);
  await post();
  assertEquals([runtime.sockets.length, runtime.socket(1).closed], [2, true]);
  await runtime.advance(60_000);
  await post();
  assertEquals([runtime.sockets.length, runtime.socket(2).closed], [3, false]);
  await runtime.advance(1000);
  runtime.socket(2).end();
  await runtime.advance(1);
  await post();
  assertEquals([runtime.sockets.length, runtime.socket(3).closed], [4, false]);
});

Deno.test("exchange() does not reuse a connection with bytes behind the reply", async () => {
  const { runtime, post } = fixture();
  answerWith(runtime, OK + "\r\n");
  assertEquals(await text(post()), "ok");
  assert(runtime.socket(0).closed);
});

Deno.test("exchange() does not reuse a connection that the reply says will close", async () => {
  const closing = [
    OK.replace("Content", "Connection: close\r\nContent"),
    OK.replace("1.1", "1.0"),
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
  ];
  for (const reply of closing) {
    const { runtime, post } = fixture();
    answerWith(runtime, reply);
    assertEquals(await text(post()), "ok");
    assert(runtime.socket(0).closed);
  }
});

Deno.test("exchange() reads a large head that comes in pieces", async () => {
  const { runtime, post } = fixture();
  const lines = Array.from(
    { length: 500 },
    (_, index) => `X-${index}: ${String(index).repeat(150)}`,
  );
  const reply = ["HTTP/1.1 200 OK", ...lines, "Content-Length: 2", "", "ok"].join("\r\n");
  runtime.onConnect = (socket) =>
    socket.onWrite = () => {
      for (let at = 0; at < reply.length; at += 5000) socket.send(reply.slice(at, at + 5000));
    };
  const { headers, body } = await post();
  for (const index of [0, 123, 499]) {
    assertEquals(headers.get(`x-${index}`), String(index).repeat(150));
  }
  assertEquals(new TextDecoder().decode(await body.bytes(2)), "ok");
});

Deno.test("exchange() skips interim replies, but not without end", async () => {
  const { runtime, post } = fixture();
  answerWith(
    runtime,
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK,
  );
  assertEquals(await text(post()), "ok");
  const endless = fixture();
  answerWith(endless.runtime, "HTTP/1.1 102 Processing\r\n\r\n".repeat(1000));
  assertEquals(summary(await failureOf(endless.post())), "protocol unknown");
  const switching = fixture();
  answerWith(switching.runtime, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
  assertEquals(summary(await failureOf(switching.post())), "protocol unknown");
});

Deno.test("exchange() reads no content where there is none", async () => {
  const replies: readonly [HttpRequest["method"], string][] = [
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\n"],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"],
    ["DELETE", "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"],
  ];
  const { runtime, post } = fixture();
  for (const [method, head] of replies) {
    answerWith(runtime, head);
    runtime.sockets.forEach((socket) => socket.onWrite = () => socket.send(head));
    const { body } = await post({ method });
    assertEquals(await body.read(), undefined);
    assertEquals(await body.bytes(0), new Uint8Array(0));
  }
  assertEquals(runtime.sockets.length, 1);
});

Deno.test("exchange() names what is not HTTP, and guesses at TLS", async () => {
  const { runtime, post } = fixture();
  answerWith(runtime, "\x15\x03\x01\x00\x02\x02\x16");
  const failure = await failureOf(post()) as HttpFailure;
  assertEquals(summary(failure), "protocol unknown");
  assertEquals(
    failure.message,
    'Cannot understand the reply of "http://192.0.2.1:81": it is not HTTP/1.1',
  );
  assert(failure.hint?.includes("https://"));
  assert(runtime.socket(0).closed);
});

Deno.test("exchange() refuses other schemes, and whatever comes after close()", async () => {
  const { client, runtime, post } = fixture();
  const https = await failureOf(post({ url: new URL("https://192.0.2.1:81/") })) as HttpFailure;
  assertEquals([https.kind, https.delivery], ["protocol", "not_sent"]);
  client.close();
  client.close();
  assertEquals(summary(await failureOf(post())), "cancelled not_sent");
  assertEquals(runtime.attempts, []);
});
