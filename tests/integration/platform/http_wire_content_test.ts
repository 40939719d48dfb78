import { assert, assertEquals } from "@std/assert";
import { until } from "../../support/until.ts";
import { always, failureOf, type Peer, reply, withWire } from "./http_wire_server.ts";

const NO_LIMIT = 1 << 30;
const OK_CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/** Bytes that are not all the same. */
function content(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
}

async function compress(
  bytes: Uint8Array<ArrayBuffer>,
  format: CompressionFormat,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function serve(...parts: readonly (string | Uint8Array)[]): (peer: Peer) => Promise<void> {
  return async (peer) => {
    while (await peer.request() !== undefined) {
      for (const part of parts) await peer.send(part);
    }
  };
}

Deno.test("HttpBody gives 8 MB as they were sent, at once and by chunks, in every framing", async () => {
  const large = content(8 << 20);
  const framings: readonly (readonly (string | Uint8Array)[])[] = [
    [`HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n`, large],
    [OK_CHUNKED + large.length.toString(16) + "\r\n", large, "\r\n0\r\n\r\n"],
    [
      OK_CHUNKED + "100000\r\n",
      large.subarray(0, 1 << 20),
      "\r\n700000\r\n",
      large.subarray(1 << 20),
      "\r\n0\r\n\r\n",
    ],
  ];
  for (const parts of framings) {
    await withWire(serve(...parts), async (wire) => {
      const whole = await (await wire.exchange()).body.bytes(large.length);
      assert(isSame(whole, large));
      const { body } = await wire.exchange();
      let at = 0;
      for (let chunk = await body.read(); chunk; chunk = await body.read()) {
        assert(isSame(chunk, large.subarray(at, at + chunk.length)));
        at += chunk.length;
      }
      assertEquals([at, wire.connections], [large.length, 1]);
      const tooMuch = (await wire.exchange()).body.bytes(large.length - 1);
      assertEquals(await failureOf(tooMuch), "too_large unknown");
    });
  }
});

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

Deno.test("HttpBody.read() streams 50,000 events in order", async () => {
  const count = 50_000;
  await withWire(async (peer) => {
    await peer.request();
    await peer.send(OK_CHUNKED);
    for (let from = 0; from < count; from += 100) {
      let text = "";
      for (let index = from; index < from + 100; index++) {
        const event = `data: ${index}\n\n`;
        text += `${event.length.toString(16)}\r\n${event}\r\n`;
      }
      await peer.send(text);
    }
    await peer.send("0\r\n\r\n");
  }, async (wire) => {
    const { body } = await wire.exchange();
    const decoder = new TextDecoder();
    let text = "";
    for (let chunk = await body.read(); chunk; chunk = await body.read()) {
      text += decoder.decode(chunk);
    }
    const expected = Array.from({ length: count }, (_, index) => `data: ${index}\n\n`).join("");
    assert(text === expected);
  });
});

Deno.test("HttpBody.read() gives each event as soon as it is there", async () => {
  let answer = Promise.withResolvers<void>();
  await withWire(async (peer) => {
    await peer.request();
    await peer.send(OK_CHUNKED);
    for (let index = 0; index < 5; index++) {
      await peer.send(`7\r\nevent ${index}\r\n`);
      await answer.promise;
    }
  }, async (wire) => {
    const { body } = await wire.exchange();
    for (let index = 0; index < 5; index++) {
      assertEquals(new TextDecoder().decode(await body.read()), `event ${index}`);
      const previous = answer;
      answer = Promise.withResolvers();
      previous.resolve();
    }
    body.cancel();
  });
});

Deno.test("HttpBody decompresses what was compressed without being asked for", async () => {
  const plain = new TextEncoder().encode("hello, hello, hello ".repeat(5000));
  const codings: readonly [string, CompressionFormat][] = [
    ["gzip", "gzip"],
    ["X-Gzip", "gzip"],
    ["deflate", "deflate"],
    ["deflate", "deflate-raw"],
  ];
  for (const [coding, format] of codings) {
    const bytes = await compress(plain, format);
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\n` +
      `Content-Length: ${bytes.length}\r\n\r\n`;
    await withWire(serve(head, bytes), async (wire) => {
      for (let round = 0; round < 2; round++) {
        assert(isSame(await (await wire.exchange()).body.bytes(plain.length), plain));
      }
      const tooMuch = (await wire.exchange()).body.bytes(plain.length - 1);
      assertEquals(await failureOf(tooMuch), "too_large unknown");
      assertEquals(wire.connections, 1);
    });
  }
});

Deno.test("HttpBody counts the limit after decompression, before much has been decompressed", async () => {
  const bomb = await compress(new Uint8Array(64 << 20), "gzip");
  const head =
    `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`;
  await withWire(serve(head, bomb), async (wire) => {
    const failure = await failureOf((await wire.exchange()).body.bytes(1 << 20));
    assertEquals(failure, "too_large unknown");
  });
});

Deno.test("HttpBody fails on broken compressed content, and gives empty content as such", async () => {
  const bytes = await compress(content(10_000), "gzip");
  const head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ";
  const broken = bytes.slice();
  broken.fill(0x55, 100, 200);
  const cases: readonly [Uint8Array, string][] = [
    [broken, "protocol unknown"],
    [bytes.subarray(0, bytes.length / 2), "protocol unknown"],
    [new Uint8Array(0), "no failure"],
  ];
  for (const [sent, expected] of cases) {
    await withWire(serve(`${head}${sent.length}\r\n\r\n`, sent), async (wire) => {
      const { body } = await wire.exchange();
      assertEquals(await failureOf(body.bytes(NO_LIMIT)), expected);
    });
  }
  await withWire(async (peer) => {
    await peer.request();
    await peer.send(`${head}${bytes.length}\r\n\r\n`);
    await peer.send(bytes.subarray(0, bytes.length / 2));
  }, async (wire) => {
    const { body } = await wire.exchange();
    assertEquals(await failureOf(body.bytes(NO_LIMIT)), "truncated unknown");
  });
});

Deno.test("HttpBody names a content coding that it does not know, but only where there is content", async () => {
  await withWire(always(reply("x", "401 Unauthorized", "Content-Encoding: br")), async (wire) => {
    for (const how of ["read", "bytes"] as const) {
      const { status, body } = await wire.exchange();
      assertEquals(status, 401);
      const failure = await (how === "read" ? body.read() : body.bytes(10)).catch(String);
      assert(String(failure).includes('a content coding "br"'), String(failure));
    }
  });
  await withWire(always(reply("", "202 Accepted", "Content-Encoding: br")), async (wire) => {
    assertEquals((await (await wire.exchange()).body.bytes(10)).length, 0);
  });
});

Deno.test("HttpBody of compressed content fails again when it is read again", async () => {
  const bytes = await compress(content(1000), "gzip");
  const head =
    `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  await withWire(serve(head, bytes), async (wire) => {
    const given = (await wire.exchange()).body;
    given.cancel();
    assertEquals(await failureOf(given.read()), "cancelled unknown");
    const { body } = await wire.exchange();
    assertEquals(await failureOf(body.bytes(10)), "too_large unknown");
    assertEquals(await failureOf(body.bytes(NO_LIMIT)), "cancelled unknown");
    const whole = (await wire.exchange()).body;
    assertEquals((await whole.bytes(1000)).length, 1000);
    whole.cancel();
    assertEquals(await whole.read(), undefined);
  });
});

Deno.test("HttpBody.cancel() of compressed content closes the connection", async () => {
  const bytes = await compress(content(500_000), "gzip");
  let ended = false;
  await withWire(async (peer) => {
    await peer.request();
    await peer.send(`${OK_CHUNKED.slice(0, -2)}Content-Encoding: gzip\r\n\r\n`);
    await peer.send("1000\r\n");
    await peer.send(bytes.subarray(0, 4096));
    await peer.end();
    ended = true;
  }, async (wire) => {
    const { body } = await wire.exchange();
    const reading = body.read();
    assert(await reading !== undefined);
    body.cancel();
    await until("the end of the connection", () => ended);
  });
});
