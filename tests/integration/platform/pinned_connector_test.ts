import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type HttpClient,
  type HttpClientOptions,
  HttpFailure,
  type HttpRequest,
} from "../../../src/platform/http_client.ts";
import { openWireHttpClient } from "../../../src/platform/http_wire_client.ts";
import { PinnedConnector } from "../../../src/platform/pinned_connector.ts";
import { openSystemHttpClient } from "../../../src/platform/system_http_client.ts";
import { clientOptions } from "../../support/http_client_options.ts";
import { quietPort } from "../../support/quiet_port.ts";
import {
  type RawHandler,
  readRequest,
  startRawServer,
  writeRaw,
} from "../../support/raw_server.ts";
import { tlsCertificates } from "../../support/tls_certificates.ts";

const ANY_LIMIT = 1024 * 1024;
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

async function startServer(handler: RawHandler) {
  return startRawServer(handler, (await tlsCertificates()).selfSigned);
}

/** Answers each request of a connection with the same text and closes it. */
function answering(reply: string) {
  return startServer(async (connection) => {
    await readRequest(connection);
    await writeRaw(connection, reply);
  });
}

/** Answers with `start` and then is silent until the client closes the connection. */
function silentAfter(start: string, onEnd: () => void = () => {}) {
  return startServer(async (connection) => {
    await readRequest(connection);
    await writeRaw(connection, start);
    await connection.read(new Uint8Array(1)).catch(() => {});
    onEnd();
  });
}

async function withClient(
  port: number,
  act: (client: HttpClient) => Promise<void>,
  options: Partial<HttpClientOptions> = {},
): Promise<void> {
  const { selfSigned } = await tlsCertificates();
  const all = clientOptions({ trustedCertificates: [selfSigned.certificate], ...options });
  const connector = new PinnedConnector(new URL(`https://localhost:${port}`), all);
  const client = openWireHttpClient(all, connector, "https:");
  try {
    await act(client);
  } finally {
    client.close();
  }
}

function post(port: number, options: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "POST",
    url: new URL(`https://localhost:${port}/mcp?key=secret`),
    headers: [["content-type", "application/json"]],
    body: new TextEncoder().encode("{}"),
    ...options,
  };
}

async function failureOf(act: Promise<unknown>): Promise<HttpFailure> {
  const failure = await assertRejects(() => act, HttpFailure);
  assertEquals(failure.message.includes("secret"), false, failure.message);
  return failure;
}

async function wholeBody(client: HttpClient, request: HttpRequest): Promise<string> {
  const { body } = await client.exchange(request);
  return new TextDecoder().decode(await body.bytes(ANY_LIMIT));
}

Deno.test("PinnedConnector carries fields and body as given", async () => {
  let seen = "";
  await using server = await startServer(async (connection) => {
    seen = await readRequest(connection) ?? "";
    await writeRaw(connection, OK);
  });
  await withClient(server.port, async (client) => {
    assertEquals(await wholeBody(client, post(server.port)), "ok");
  });
  assertStringIncludes(seen, "POST /mcp?key=secret HTTP/1.1\r\n");
  assertStringIncludes(seen, `\r\nhost: localhost:${server.port}\r\n`);
  assertEquals(seen.endsWith("\r\n\r\n{}"), true);
});

Deno.test("PinnedConnector uses a connection for several requests", async () => {
  await using server = await startServer(async (connection) => {
    while (await readRequest(connection) !== undefined) await writeRaw(connection, OK);
  });
  await withClient(server.port, async (client) => {
    for (let i = 0; i < 9; i++) assertEquals(await wholeBody(client, post(server.port)), "ok");
    assertEquals(server.connections, 1);
    client.dropIdleConnections();
    assertEquals(await wholeBody(client, post(server.port)), "ok");
    assertEquals(server.connections, 2);
  });
});

Deno.test("PinnedConnector keeps fields of one name apart and follows no redirect", async () => {
  await using server = await answering(
    "HTTP/1.1 302 Found\r\nLocation: /x\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n" +
      'WWW-Authenticate: A b="c, d"\r\nWWW-Authenticate: B\r\nContent-Length: 0\r\n\r\n',
  );
  await withClient(server.port, async (client) => {
    const { status, headers, body } = await client.exchange(post(server.port));
    assertEquals([status, headers.get("LOCATION")], [302, "/x"]);
    assertEquals(headers.all("Set-Cookie"), ["a=1", "b=2"]);
    assertEquals(headers.all("www-authenticate"), ['A b="c, d"', "B"]);
    assertEquals([headers.get("x-none"), headers.all("x-none")], [undefined, []]);
    assertEquals(await body.read(), undefined);
  });
});

const BROKEN_HEADS: readonly (readonly [name: string, reply: string, kind: string])[] = [
  ["closes at once", "", "reset"],
  ["closes within the header section", "HTTP/1.1 200 OK\r\nContent-", "reset"],
  ["sends garbage", "hello\r\n\r\n", "protocol"],
];

for (const [name, reply, kind] of BROKEN_HEADS) {
  Deno.test(`PinnedConnector says ${kind} and unknown when the server ${name}`, async () => {
    await using server = await answering(reply);
    await withClient(server.port, async (client) => {
      const failure = await failureOf(client.exchange(post(server.port)));
      assertEquals([failure.kind, failure.delivery], [kind, "unknown"]);
    });
    assertEquals(server.connections, 1);
  });
}

const BROKEN_BODIES: readonly (readonly [name: string, reply: string, kind: string])[] = [
  ["ends before its length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", "truncated"],
  ["ends between chunks", `${CHUNKED}3\r\nabc\r\n`, "truncated"],
  ["is larger than allowed", "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\nabc", "too_large"],
  [
    "is compressed all the same",
    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    "protocol",
  ],
];

for (const [name, reply, kind] of BROKEN_BODIES) {
  Deno.test(`PinnedConnector says ${kind} for a body that ${name}`, async () => {
    await using server = await answering(reply);
    await withClient(server.port, async (client) => {
      const { body } = await client.exchange(post(server.port));
      assertEquals((await failureOf(body.bytes(ANY_LIMIT))).kind, kind);
      assertEquals((await failureOf(body.read())).kind, kind);
    });
  });
}

Deno.test("PinnedConnector reads a body chunk by chunk", async () => {
  await using server = await answering(`${CHUNKED}3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n`);
  await withClient(server.port, async (client) => {
    assertEquals(await wholeBody(client, post(server.port)), "abcdef");
  });
});

Deno.test("PinnedConnector carries a body larger than what it keeps waiting", async () => {
  const content = "0123456789".repeat(100_000);
  await using server = await answering(
    `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n${content}`,
  );
  await withClient(server.port, async (client) => {
    assertEquals(await wholeBody(client, post(server.port)) === content, true);
  });
});

Deno.test("PinnedConnector has the wire keep its time-outs", async () => {
  await using silent = await silentAfter("");
  await withClient(silent.port, async (client) => {
    const head = await failureOf(client.exchange(post(silent.port, { headersTimeout: 20 })));
    assertEquals([head.kind, head.delivery], ["headers_timeout", "unknown"]);
  });
  await using slow = await silentAfter(`${CHUNKED}3\r\nabc\r\n`);
  await withClient(slow.port, async (client) => {
    const { body } = await client.exchange(post(slow.port, { bodyTimeout: 20 }));
    assertEquals((await failureOf(body.bytes(ANY_LIMIT))).kind, "body_timeout");
  });
});

Deno.test("PinnedConnector says connect_timeout when the handshake takes too long", async () => {
  await using server = startRawServer(async (connection) => {
    while (await connection.read(new Uint8Array(4096)) !== null);
  });
  await withClient(server.port, async (client) => {
    const failure = await failureOf(client.exchange(post(server.port)));
    assertEquals([failure.kind, failure.delivery], ["connect_timeout", "not_sent"]);
  }, { connectTimeout: 20 });
});

Deno.test("PinnedConnector says refused when nothing listens", async () => {
  const port = quietPort();
  await withClient(port, async (client) => {
    const failure = await failureOf(client.exchange(post(port)));
    assertEquals([failure.kind, failure.delivery], ["refused", "not_sent"]);
  });
});

Deno.test("PinnedConnector says tls when what answers is not TLS, or nothing", async () => {
  const handlers: readonly RawHandler[] = [
    () => Promise.resolve(),
    async (connection) => {
      await connection.read(new Uint8Array(4096));
      await writeRaw(connection, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    },
  ];
  for (const handler of handlers) {
    await using server = startRawServer(handler);
    await withClient(server.port, async (client) => {
      const failure = await failureOf(client.exchange(post(server.port)));
      assertEquals([failure.kind, failure.delivery], ["tls", "not_sent"]);
    });
  }
});

Deno.test("PinnedConnector says cancelled when the signal is aborted, early or late", async () => {
  const closed = Promise.withResolvers<void>();
  const controller = new AbortController();
  await using server = await silentAfter(`${CHUNKED}3\r\nabc\r\n`, closed.resolve);
  await withClient(server.port, async (client) => {
    const early = client.exchange(post(server.port, { signal: AbortSignal.abort() }));
    assertEquals((await failureOf(early)).delivery, "not_sent");
    const { body } = await client.exchange(post(server.port, { signal: controller.signal }));
    assertEquals(await body.read(), new TextEncoder().encode("abc"));
    const next = failureOf(body.read());
    controller.abort();
    assertEquals((await next).kind, "cancelled");
    await closed.promise;
  });
});

Deno.test("PinnedConnector closes the connection of a body that is given up", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await silentAfter(`${CHUNKED}3\r\nabc\r\n`, closed.resolve);
  await withClient(server.port, async (client) => {
    const { body } = await client.exchange(post(server.port));
    body.cancel();
    await closed.promise;
  });
});

Deno.test("PinnedConnector lets close() fail what is running and everything after", async () => {
  await using server = await silentAfter(`${CHUNKED}3\r\nabc\r\n`);
  await withClient(server.port, async (client) => {
    const { body } = await client.exchange(post(server.port));
    client.close();
    assertEquals((await failureOf(body.read())).kind, "cancelled");
    assertEquals((await failureOf(client.exchange(post(server.port)))).kind, "cancelled");
  });
});

Deno.test("openSystemHttpClient() goes back to fetch when a pinned server gets a proper certificate", async () => {
  const { selfSigned, authority, server: proper } = await tlsCertificates();
  const handler: RawHandler = async (connection) => {
    await readRequest(connection);
    await writeRaw(connection, OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  };
  const trustedCertificates = [selfSigned.certificate, authority.certificate];
  const client = openSystemHttpClient(clientOptions({ trustedCertificates }));
  try {
    const port = quietPort();
    const first = startRawServer(handler, { ...selfSigned, port });
    assertEquals(await wholeBody(client, post(port)), "ok");
    await first[Symbol.asyncDispose]();
    await using _second = startRawServer(handler, { ...proper, port });
    assertEquals(await wholeBody(client, post(port)), "ok");
  } finally {
    client.close();
  }
});
