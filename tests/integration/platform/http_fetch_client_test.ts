import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type HttpClient,
  type HttpClientOptions,
  HttpFailure,
  type HttpRequest,
} from "../../../src/platform/http_client.ts";
import { openFetchHttpClient } from "../../../src/platform/http_fetch_client.ts";
import { clientOptions } from "../../support/http_client_options.ts";
import { quietPort } from "../../support/quiet_port.ts";
import { readRequest, startRawServer, writeRaw } from "../../support/raw_server.ts";

const ANY_LIMIT = 1024 * 1024;

async function withClient(
  options: Partial<HttpClientOptions>,
  act: (client: HttpClient) => Promise<void>,
): Promise<void> {
  const client = openFetchHttpClient(clientOptions(options));
  try {
    await act(client);
  } finally {
    client.close();
  }
}

function post(port: number, options: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "POST",
    url: new URL(`http://127.0.0.1:${port}/mcp?key=secret`),
    headers: [["content-type", "application/json"]],
    body: new TextEncoder().encode("{}"),
    ...options,
  };
}

/** Answers each request of a connection with the same bytes and closes it. */
function answering(reply: string | Uint8Array) {
  return startRawServer(async (connection) => {
    await readRequest(connection);
    await writeRaw(connection, reply);
  });
}

async function failureOf(act: Promise<unknown>): Promise<HttpFailure> {
  const failure = await assertRejects(() => act, HttpFailure);
  assertEquals(failure.message.includes("secret"), false, failure.message);
  return failure;
}

async function wholeBody(client: HttpClient, request: HttpRequest): Promise<string> {
  const reply = await client.exchange(request);
  return new TextDecoder().decode(await reply.body.bytes(ANY_LIMIT));
}

Deno.test("openFetchHttpClient() sends the method, the path, the fields and the body as given", async () => {
  let seen = "";
  await using server = startRawServer(async (connection) => {
    seen = await readRequest(connection) ?? "";
    await writeRaw(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  await withClient({}, async (client) => {
    const headers: [string, string][] = [["host", "server.example"], ["x-one", "1"]];
    assertEquals(await wholeBody(client, post(server.port, { headers })), "ok");
  });
  assertStringIncludes(seen, "POST /mcp?key=secret HTTP/1.1\r\n");
  assertStringIncludes(seen, "\r\nhost: server.example\r\n");
  assertStringIncludes(seen, "\r\nx-one: 1\r\n");
  assertStringIncludes(seen, "\r\nuser-agent: causeway\r\n");
  assertStringIncludes(seen, "\r\ncontent-length: 2\r\n");
  assertEquals(seen.endsWith("\r\n\r\n{}"), true);
});

Deno.test("openFetchHttpClient() leaves the caller's user agent alone", async () => {
  let seen = "";
  await using server = startRawServer(async (connection) => {
    seen = await readRequest(connection) ?? "";
    await writeRaw(connection, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  });
  await withClient({}, async (client) => {
    const reply = await client.exchange(post(server.port, { headers: [["User-Agent", "mine/1"]] }));
    assertEquals(reply.status, 202);
    assertEquals(await reply.body.read(), undefined);
  });
  assertStringIncludes(seen, "\r\nuser-agent: mine/1\r\n");
});

Deno.test("openFetchHttpClient() follows no redirect", async () => {
  await using server = answering(
    "HTTP/1.1 307 Temporary Redirect\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
  );
  await withClient({}, async (client) => {
    const reply = await client.exchange(post(server.port));
    assertEquals([reply.status, reply.headers.get("Location")], [307, "/other"]);
    reply.body.cancel();
  });
});

Deno.test("openFetchHttpClient() keeps the Set-Cookie fields apart", async () => {
  await using server = answering(
    "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n",
  );
  await withClient({}, async (client) => {
    const reply = await client.exchange(post(server.port));
    assertEquals(reply.headers.all("set-cookie"), ["a=1", "b=2"]);
    assertEquals(reply.headers.all("x-none"), []);
    reply.body.cancel();
  });
});

Deno.test("exchange() never sends a request twice when a kept connection ends before the reply", async () => {
  let requests = 0;
  await using server = startRawServer(async (connection) => {
    if (await readRequest(connection) === undefined) return;
    requests++;
    await writeRaw(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    if (await readRequest(connection) !== undefined) requests++;
  });
  await withClient({}, async (client) => {
    assertEquals(await wholeBody(client, post(server.port)), "ok");
    const failure = await failureOf(client.exchange(post(server.port)));
    assertEquals([failure.kind, failure.delivery], ["reset", "unknown"]);
  });
  assertEquals([requests, server.connections], [2, 1]);
});

Deno.test("exchange() says refused and not_sent when nothing listens", async () => {
  const port = quietPort();
  await withClient({}, async (client) => {
    const failure = await failureOf(client.exchange(post(port)));
    assertEquals([failure.kind, failure.delivery], ["refused", "not_sent"]);
    assertEquals(failure.message, `Cannot reach "http://127.0.0.1:${port}": connection refused`);
  });
});

Deno.test("exchange() says dns and not_sent when the host name has no address", async () => {
  await withClient({}, async (client) => {
    const url = new URL("https://nowhere.invalid/mcp");
    const failure = await failureOf(client.exchange({ ...post(1), url }));
    assertEquals([failure.kind, failure.delivery], ["dns", "not_sent"]);
  });
});

const BROKEN_HEADS: readonly (readonly [name: string, reply: string, kind: string])[] = [
  ["closes at once", "", "reset"],
  ["closes within the header section", "HTTP/1.1 200 OK\r\nContent-", "reset"],
  ["sends garbage", "\x00\x01\x02 hello\r\n\r\n", "protocol"],
  ["sends an impossible status", "HTTP/1.1 99999 OK\r\n\r\n", "protocol"],
  ["sends an impossible length", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "protocol"],
];

for (const [name, reply, kind] of BROKEN_HEADS) {
  Deno.test(`exchange() says ${kind} and unknown when the server ${name}`, async () => {
    await using server = answering(reply);
    await withClient({}, async (client) => {
      const failure = await failureOf(client.exchange(post(server.port)));
      assertEquals([failure.kind, failure.delivery], [kind, "unknown"]);
    });
  });
}

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const BROKEN_BODIES: readonly (readonly [name: string, reply: string, kind: string])[] = [
  ["ends before its length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "truncated"],
  ["ends between chunks", `${CHUNKED}3\r\nabc\r\n`, "truncated"],
  ["ends within a chunk", `${CHUNKED}50\r\nabc`, "truncated"],
  [
    "is no gzip",
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\nabcdefghijklmnopqrst",
    "protocol",
  ],
];

for (const [name, reply, kind] of BROKEN_BODIES) {
  for (const bodyTimeout of [0, 60_000]) {
    Deno.test(`bytes() says ${kind} for a body that ${name} (body timeout ${bodyTimeout})`, async () => {
      await using server = answering(reply);
      await withClient({}, async (client) => {
        const { status, body } = await client.exchange(post(server.port, { bodyTimeout }));
        assertEquals(status, 200);
        assertEquals((await failureOf(body.bytes(ANY_LIMIT))).kind, kind);
        assertEquals((await failureOf(body.read())).kind, kind);
      });
    });
  }
}

Deno.test("read() says truncated when the connection is reset within the body", async () => {
  await using server = startRawServer(async (connection) => {
    await connection.read(new Uint8Array(10));
    await writeRaw(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    // Closed with bytes unread, the operating system resets the connection.
  });
  await withClient({}, async (client) => {
    const { body } = await client.exchange(post(server.port));
    const failure = await failureOf((async () => {
      while (await body.read() !== undefined);
    })());
    assertEquals(failure.kind, "truncated");
  });
});

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function answeringGzip(bytes: Uint8Array<ArrayBuffer>) {
  const content = await gzip(bytes);
  const head = new TextEncoder().encode(
    `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${content.length}\r\n\r\n`,
  );
  return answering(new Uint8Array(await new Blob([head, content]).arrayBuffer()));
}

Deno.test("bytes() decompresses", async () => {
  await using server = await answeringGzip(new TextEncoder().encode("hello ".repeat(100)));
  await withClient({}, async (client) => {
    assertEquals(await wholeBody(client, post(server.port)), "hello ".repeat(100));
  });
});

Deno.test("bytes() counts after decompression and refuses what is too large", async () => {
  await using server = await answeringGzip(new Uint8Array(4 * 1024 * 1024));
  await withClient({}, async (client) => {
    const { body } = await client.exchange(post(server.port));
    assertEquals((await failureOf(body.bytes(1024 * 1024))).kind, "too_large");
    assertEquals((await failureOf(body.read())).kind, "too_large");
  });
});

Deno.test("bytes() refuses a length beyond the limit without reading", async () => {
  await using server = answering("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\nabc");
  await withClient({}, async (client) => {
    const { body } = await client.exchange(post(server.port));
    assertEquals((await failureOf(body.bytes(ANY_LIMIT))).kind, "too_large");
  });
});

/** Answers with `start` and then is silent until the client closes the connection. */
function silentAfter(start: string, onEnd: () => void = () => {}) {
  return startRawServer(async (connection) => {
    await readRequest(connection);
    await writeRaw(connection, start);
    await connection.read(new Uint8Array(1)).catch(() => {});
    onEnd();
  });
}

Deno.test("exchange() says headers_timeout and unknown when no header section comes", async () => {
  await using server = silentAfter("");
  await withClient({}, async (client) => {
    const failure = await failureOf(client.exchange(post(server.port, { headersTimeout: 20 })));
    assertEquals([failure.kind, failure.delivery], ["headers_timeout", "unknown"]);
  });
});

Deno.test("read() says body_timeout when the body is silent", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = silentAfter(`${CHUNKED}3\r\nabc\r\n`, closed.resolve);
  await withClient({}, async (client) => {
    const { body } = await client.exchange(post(server.port, { bodyTimeout: 20 }));
    const failure = await failureOf(body.bytes(ANY_LIMIT));
    assertEquals(failure.kind, "body_timeout");
    await closed.promise;
  });
});

Deno.test("exchange() says cancelled and not_sent when the signal was aborted before", async () => {
  await using server = silentAfter("");
  await withClient({}, async (client) => {
    const failure = await failureOf(
      client.exchange(post(server.port, { signal: AbortSignal.abort() })),
    );
    assertEquals([failure.kind, failure.delivery], ["cancelled", "not_sent"]);
  });
  assertEquals(server.connections, 0);
});

Deno.test("exchange() says cancelled and closes the connection when the signal is aborted", async () => {
  const controller = new AbortController();
  const closed = Promise.withResolvers<void>();
  await using server = startRawServer(async (connection) => {
    await readRequest(connection);
    controller.abort();
    await connection.read(new Uint8Array(1)).catch(() => {});
    closed.resolve();
  });
  await withClient({}, async (client) => {
    const failure = await failureOf(
      client.exchange(post(server.port, { signal: controller.signal })),
    );
    assertEquals([failure.kind, failure.delivery], ["cancelled", "unknown"]);
    await closed.promise;
  });
});

Deno.test("read() says cancelled when the signal is aborted within the body", async () => {
  const controller = new AbortController();
  await using server = silentAfter(`${CHUNKED}3\r\nabc\r\n`);
  await withClient({}, async (client) => {
    const { body } = await client.exchange(post(server.port, { signal: controller.signal }));
    assertEquals(await body.read(), new TextEncoder().encode("abc"));
    const next = failureOf(body.read());
    controller.abort();
    assertEquals((await next).kind, "cancelled");
  });
});

Deno.test("cancel() closes the connection of an unfinished body", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = silentAfter(`${CHUNKED}3\r\nabc\r\n`, closed.resolve);
  await withClient({}, async (client) => {
    const { body } = await client.exchange(post(server.port));
    body.cancel();
    body.cancel();
    await closed.promise;
    assertEquals((await failureOf(body.read())).kind, "cancelled");
  });
});

Deno.test("close() fails what is running and everything after", async () => {
  await using server = silentAfter(`${CHUNKED}3\r\nabc\r\n`);
  const client = openFetchHttpClient(clientOptions());
  const { body } = await client.exchange(post(server.port));
  client.close();
  client.close();
  assertEquals((await failureOf(body.read())).kind, "cancelled");
  assertEquals((await failureOf(client.exchange(post(server.port)))).kind, "cancelled");
});

Deno.test("dropIdleConnections() leaves running exchanges alone and connects anew", async () => {
  const proceed = Promise.withResolvers<void>();
  await using server = startRawServer(async (connection) => {
    await readRequest(connection);
    await writeRaw(connection, `${CHUNKED}3\r\nabc\r\n`);
    await proceed.promise;
    await writeRaw(connection, "3\r\ndef\r\n0\r\n\r\n");
    await connection.read(new Uint8Array(1));
  });
  await withClient({}, async (client) => {
    const { body } = await client.exchange(post(server.port));
    client.dropIdleConnections();
    proceed.resolve();
    assertEquals(new TextDecoder().decode(await body.bytes(ANY_LIMIT)), "abcdef");
    client.dropIdleConnections();
    assertEquals(await wholeBody(client, post(server.port)), "abcdef");
  });
  assertEquals(server.connections, 2);
});

Deno.test("openFetchHttpClient() connects over IPv4 only when asked to", async () => {
  await using server = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  await withClient({ ipv4Only: true }, async (client) => {
    const url = new URL(`http://localhost:${server.port}/`);
    assertEquals(await wholeBody(client, post(server.port, { url })), "ok");
    const literal = new URL(`http://[::1]:${server.port}/`);
    const failure = await failureOf(client.exchange(post(server.port, { url: literal })));
    assertEquals(failure.delivery, "not_sent");
  });
});

Deno.test("exchange() says connect_timeout when the host does not answer the handshake in time", async () => {
  await using server = startRawServer(async (connection) => {
    while (await connection.read(new Uint8Array(4096)) !== null);
  });
  await withClient({ connectTimeout: 40 }, async (client) => {
    const url = new URL(`https://localhost:${server.port}/`);
    const failure = await failureOf(client.exchange(post(server.port, { url })));
    assertEquals(failure.kind, "connect_timeout");
    assertEquals(failure.message, `Cannot reach "${url.origin}": no connection within 40 ms`);
  });
});
