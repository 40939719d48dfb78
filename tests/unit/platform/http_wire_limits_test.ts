import { assert, assertEquals } from "@std/assert";
import { failureOf, settle } from "./http_wire_fakes.ts";
import {
  CHUNKED,
  fixture,
  LENGTH_10,
  openBody,
  summary,
  UNTIL_CLOSE,
} from "./http_wire_fixture.ts";

Deno.test("exchange() fails when no header section comes in time", async () => {
  for (const beginning of ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n"]) {
    const { client, runtime, request } = fixture({ headersTimeout: 5000 });
    runtime.onConnect = (socket) => socket.onWrite = () => beginning && socket.send(beginning);
    const failure = failureOf(client.exchange(request));
    await runtime.advance(4999);
    assertEquals(runtime.socket(0).closed, false);
    await runtime.advance(1);
    assertEquals(summary(await failure), "headers_timeout unknown");
    assertEquals([runtime.socket(0).closed, runtime.alarms], [true, 0]);
  }
});

Deno.test("exchange() does not count a long upload as silence, nor the wait that follows it", async () => {
  const { client, runtime, request } = fixture({
    method: "POST",
    headersTimeout: 1000,
    body: new Uint8Array(100_000),
  });
  const socket = runtime.newSocket();
  const write = socket.write.bind(socket);
  let most = 1000;
  let takeMore = () => {};
  socket.write = async (source) => {
    await new Promise<void>((resolve) => takeMore = resolve);
    return await write(source.subarray(0, most));
  };
  runtime.connecting = () => Promise.resolve(socket);
  const failure = failureOf(client.exchange(request));
  await settle();
  // The head.
  takeMore();
  for (let second = 0; second < 5; second++) {
    await runtime.advance(999);
    takeMore();
    await settle();
  }
  assertEquals(socket.closed, false);
  most = Infinity;
  takeMore();
  await settle();
  assertEquals(socket.received.length > 100_000, true);
  // The upload was whole just before: the server has the full time to answer.
  await runtime.advance(999);
  assertEquals(socket.closed, false);
  await runtime.advance(2000);
  assertEquals(summary(await failure), "headers_timeout unknown");
  assert(socket.closed);
});

Deno.test("exchange() gives up on an upload that is stuck", async () => {
  const { client, runtime, request } = fixture({
    method: "POST",
    headersTimeout: 1000,
    body: new Uint8Array(100_000),
  });
  runtime.onConnect = (socket) => socket.onWrite = () => socket.writing = "stuck";
  const failure = failureOf(client.exchange(request));
  await runtime.advance(1000);
  assertEquals(summary(await failure), "headers_timeout unknown");
  assert(runtime.socket(0).closed);
});

Deno.test("HttpBody.read() and bytes() fail when the body is silent for too long", async () => {
  for (const beginning of [LENGTH_10, CHUNKED + "a\r\n", CHUNKED + "ff", UNTIL_CLOSE]) {
    for (const how of ["read", "bytes"] as const) {
      const it = fixture({ bodyTimeout: 1000 });
      const body = await openBody(it, beginning);
      const failure = failureOf(how === "read" ? body.read() : body.bytes(100));
      await it.runtime.advance(999);
      assertEquals(it.runtime.socket(0).closed, false);
      await it.runtime.advance(1);
      assertEquals(summary(await failure), "body_timeout unknown");
      assertEquals(summary(await failureOf(body.read())), "body_timeout unknown");
      assertEquals([it.runtime.socket(0).closed, it.runtime.alarms], [true, 0]);
    }
  }
});

Deno.test("HttpBody.read() measures silence anew for each read, and only while it waits", async () => {
  const it = fixture({ bodyTimeout: 1000 });
  const body = await openBody(it, LENGTH_10);
  for (const letter of "0123456789") {
    await it.runtime.advance(5000);
    const chunk = body.read();
    await it.runtime.advance(999);
    it.runtime.socket(0).send(letter);
    assertEquals(new TextDecoder().decode(await chunk), letter);
  }
  assertEquals(await body.read(), undefined);
  assertEquals(it.runtime.socket(0).closed, false);
});

Deno.test("HttpBody.bytes() gives as much as allowed and no more, however it comes", async () => {
  const ten = "0123456789";
  const replies = [
    LENGTH_10 + ten,
    CHUNKED + `a\r\n${ten}\r\n0\r\n\r\n`,
    CHUNKED + "1\r\n0\r\n9\r\n123456789\r\n0\r\n\r\n",
    UNTIL_CLOSE + ten,
  ];
  for (const reply of replies) {
    const headEnd = reply.indexOf("\r\n\r\n") + 4;
    for (const cut of [headEnd, headEnd + 4, reply.length]) {
      for (const limit of [9, 10, 11]) {
        const it = fixture();
        const body = await openBody(it, reply.slice(0, cut));
        const outcome = body.bytes(limit).catch(summary);
        await settle();
        const socket = it.runtime.socket(0);
        if (!socket.closed && cut < reply.length) socket.send(reply.slice(cut));
        if (!socket.closed && reply.startsWith(UNTIL_CLOSE + "0")) socket.end();
        const got = await outcome;
        const shown = typeof got === "string" ? got : new TextDecoder().decode(got);
        assertEquals(shown, limit < 10 ? "too_large unknown" : ten, `${cut} of ${reply}`);
      }
    }
  }
});

Deno.test("HttpBody.bytes() refuses an announced length above the limit without reading", async () => {
  const it = fixture();
  const body = await openBody(it, "HTTP/1.1 200 OK\r\nContent-Length: 9007199254740991\r\n\r\n");
  assertEquals(summary(await failureOf(body.bytes(1000))), "too_large unknown");
  assert(it.runtime.socket(0).closed);
});

Deno.test("HttpBody.read() hands out bytes that stay as they are", async () => {
  const it = fixture();
  const body = await openBody(it, CHUNKED);
  const socket = it.runtime.socket(0);
  const chunks: Uint8Array[] = [];
  for (let index = 0; index < 300; index++) {
    const letter = String.fromCharCode(0x41 + index % 26);
    socket.send(`3e8\r\n${letter.repeat(1000)}\r\n`);
    const chunk = await body.read();
    if (chunk !== undefined) chunks.push(chunk);
  }
  socket.send("0\r\n\r\n");
  assertEquals(await body.read(), undefined);
  const letters = chunks.map((chunk) => String.fromCharCode(...new Set(chunk)));
  assertEquals(letters.join(""), "ABCDEFGHIJKLMNOPQRSTUVWXYZ".repeat(12).slice(0, 300));
  assertEquals(chunks.reduce((size, chunk) => size + chunk.length, 0), 300_000);
});

Deno.test("HttpBody.read() joins small chunks that are there together", async () => {
  const it = fixture();
  const body = await openBody(it, CHUNKED + "1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n");
  assertEquals(new TextDecoder().decode(await body.read()), "abcdef");
  const rest = body.read();
  it.runtime.socket(0).send("1\r\ng\r\n0\r\n\r\n");
  assertEquals(new TextDecoder().decode(await rest), "g");
  assertEquals(it.runtime.socket(0).holdsProcess, false, "back in the pool already");
  assertEquals(await body.read(), undefined);
});
