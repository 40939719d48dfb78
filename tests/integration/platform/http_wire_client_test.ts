import { assert, assertEquals } from "@std/assert";
import { HttpFailure } from "../../../src/platform/http_client.ts";
import { LOOPBACK_ADDRESSES } from "../../support/loopback_addresses.ts";
import { quietPort } from "../../support/quiet_port.ts";
import { until } from "../../support/until.ts";
import { always, failureOf, reply, withWire } from "./http_wire_server.ts";

const body = new TextEncoder().encode('{"jsonrpc":"2.0"}');

Deno.test("exchange() sends one request after the other over one connection", async () => {
  const requests: string[] = [];
  await withWire(async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      requests.push(request);
      await peer.send(reply(`answer ${requests.length}`, "200 OK", "X-Y: z"));
    }
  }, async (wire) => {
    for (let round = 1; round <= 20; round++) {
      const { status, headers, body: content } = await wire.exchange({
        headers: [["X-Round", String(round)]],
        body,
      });
      assertEquals([status, headers.get("x-y")], [200, "z"]);
      assertEquals(new TextDecoder().decode(await content.bytes(100)), `answer ${round}`);
    }
    assertEquals(wire.connections, 1);
    assertEquals(
      requests[19],
      `POST /mcp?secret=1 HTTP/1.1\r\nX-Round: 20\r\nhost: ${wire.url.host}\r\n` +
        'user-agent: causeway\r\ncontent-length: 17\r\n\r\n{"jsonrpc":"2.0"}',
    );
  });
});

Deno.test("exchange() runs a hundred at once, each on a connection of its own", async () => {
  const gate = Promise.withResolvers<void>();
  let arrived = 0;
  await withWire(async (peer) => {
    for (let request = await peer.request(); request; request = await peer.request()) {
      if (++arrived === 100) gate.resolve();
      await gate.promise;
      await peer.send(reply(/number=(\d+)/.exec(request)?.[1] ?? ""));
    }
  }, async (wire) => {
    const numbers = Array.from({ length: 100 }, (_, number) => String(number));
    const answers = await Promise.all(numbers.map((number) => {
      const url = new URL(`?number=${number}`, wire.url);
      return wire.text({ url, body });
    }));
    assertEquals(answers, numbers);
    assertEquals(wire.connections, 100);
  });
});

Deno.test("exchange() uses a fresh connection when the kept one was closed while idle", async () => {
  let finished = 0;
  await withWire(async (peer) => {
    await peer.request();
    await peer.send(reply("once"));
    await peer.finish();
    finished++;
  }, async (wire) => {
    for (let round = 1; round <= 3; round++) {
      assertEquals(await wire.text({ body }), "once");
      await until("the end of the connection", () => finished === round);
    }
    assertEquals(wire.connections, 3);
  });
});

Deno.test("exchange() says unknown when the server closes after it took the request", async () => {
  for (const how of ["end", "reset"]) {
    await withWire(async (peer, index) => {
      if (index === 0) {
        await peer.request();
        await peer.send(reply("once"));
      }
      if (how === "end") await peer.request();
      else await peer.readSome();
    }, async (wire) => {
      assertEquals(await wire.text({ body }), "once");
      const large = new Uint8Array(how === "end" ? 10 : 300_000);
      assertEquals(await failureOf(wire.exchange({ body: large })), "reset unknown");
    });
  }
});

Deno.test("exchange() says not_sent when nobody listens, without query or user in the message", async () => {
  await withWire(() => Promise.resolve(), async ({ client, url }) => {
    const port = quietPort();
    for (const host of ["127.0.0.1", "localhost"]) {
      const target = new URL(`http://user:password@${host}:${port}${url.pathname}${url.search}`);
      try {
        await client.exchange({ method: "GET", url: target, headers: [] });
        throw new Error("it did not fail");
      } catch (error) {
        if (!(error instanceof HttpFailure)) throw error;
        assertEquals([error.kind, error.delivery], ["refused", "not_sent"]);
        assertEquals(error.message, `Cannot reach "http://${host}:${port}": connection refused`);
      }
    }
  });
});

Deno.test("exchange() fails with reset or truncated when the server leaves in the middle", async () => {
  const beginnings: readonly [string, string][] = [
    ["", "reset unknown"],
    ["HTTP/1.1 200 OK\r\nContent-Le", "reset unknown"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "truncated unknown"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf", "truncated unknown"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "truncated unknown"],
  ];
  for (const [beginning, failure] of beginnings) {
    await withWire(async (peer) => {
      await peer.request();
      await peer.send(beginning);
    }, async (wire) => assertEquals(await failureOf(wire.text({ body })), failure));
  }
});

Deno.test("exchange() understands replies of every framing, whole or drop by drop", async () => {
  const replies: readonly [string, boolean][] = [
    [reply("hello"), true],
    [
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" + reply("hello"),
      true,
    ],
    ["HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", false],
    ["HTTP/1.1 200 OK\r\n\r\nhello", false],
    ["HTTP/1.1 200\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n", true],
    [
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nT: u\r\n\r\n",
      true,
    ],
    [reply("hello", "200 OK", "Connection: close"), false],
  ];
  for (const [text, kept] of replies) {
    for (const size of [text.length, 1]) {
      await withWire(async (peer) => {
        while (await peer.request() !== undefined) {
          for (let at = 0; at < text.length; at += size) await peer.send(text.slice(at, at + size));
          if (!kept) return;
        }
      }, async (wire) => {
        for (let round = 1; round <= 2; round++) {
          assertEquals(await wire.text({ body }), "hello", text);
          assertEquals(wire.connections, kept ? 1 : round);
        }
      });
    }
  }
});

Deno.test("exchange() takes an early refusal of a large body", async () => {
  await withWire(async (peer) => {
    await peer.readSome();
    await peer.send(reply("too much", "413 Content Too Large", "Connection: close"));
    await peer.end();
  }, async (wire) => {
    const { status, body: content } = await wire.exchange({ body: new Uint8Array(8 << 20) });
    assertEquals(status, 413);
    assertEquals(new TextDecoder().decode(await content.bytes(100)), "too much");
  });
});

Deno.test("exchange() gives up on a server that never reads", async () => {
  const done = Promise.withResolvers<void>();
  await withWire(() => done.promise, async (wire) => {
    const large = new Uint8Array(32 << 20);
    const failure = await failureOf(wire.exchange({ body: large, headersTimeout: 50 }));
    assertEquals(failure, "headers_timeout unknown");
    done.resolve();
  });
});

Deno.test("exchange() uploads a large body whole", async () => {
  let received = 0;
  await withWire(async (peer) => {
    const request = await peer.request();
    received = request?.split("\r\n\r\n")[1]?.length ?? 0;
    await peer.send(reply("thanks"));
  }, async (wire) => {
    const large = new Uint8Array(4 << 20).fill(0x61);
    assertEquals(await wire.text({ body: large }), "thanks");
    assertEquals(received, large.length);
  });
});

Deno.test("HttpRequest.signal ends the exchange in each phase, and the server sees it", async () => {
  const beginnings = ["", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"];
  for (const beginning of beginnings) {
    const abort = new AbortController();
    let ended = false;
    await withWire(async (peer) => {
      await peer.request();
      await peer.send(beginning);
      setTimeout(() => abort.abort(), 2);
      await peer.end();
      ended = true;
    }, async (wire) => {
      const failure = await failureOf(wire.text({ body, signal: abort.signal }));
      assertEquals(failure, "cancelled unknown");
      await until("the end of the connection", () => ended);
    });
  }
});

Deno.test("exchange() reaches localhost on a server of either loopback address", async () => {
  for (const hostname of LOOPBACK_ADDRESSES) {
    await withWire(always(reply("here")), async (wire) => {
      const url = new URL(`http://localhost:${wire.url.port}/`);
      assertEquals(await wire.text({ url }), "here");
      assertEquals(await wire.text(), "here");
    }, { hostname });
  }
});

Deno.test("exchange() with ipv4Only reaches localhost and literals over IPv4 only", async () => {
  await withWire(always(reply("here")), async (wire) => {
    const url = new URL(`http://localhost:${wire.url.port}/`);
    assertEquals(await wire.text({ url }), "here");
    assertEquals(await wire.text(), "here");
    const literal = wire.exchange({ url: new URL(`http://[::1]:${wire.url.port}/`) });
    assertEquals(await failureOf(literal), "unreachable not_sent");
  }, { client: { ipv4Only: true } });
});

Deno.test("close() leaves nothing open while exchanges and streams are under way", async () => {
  await withWire(async (peer, index) => {
    await peer.request();
    if (index > 0) await peer.send("HTTP/1.1 200 OK\r\n\r\nevent");
    await peer.end();
  }, async (wire) => {
    const waiting = failureOf(wire.exchange({ body }));
    await until("the connection", () => wire.connections === 1);
    const stream = await wire.exchange({ body });
    assert(await stream.body.read() !== undefined);
    const reading = failureOf(stream.body.read());
    wire.client.close();
    assertEquals(await waiting, "cancelled unknown");
    assertEquals(await reading, "cancelled unknown");
  });
});
