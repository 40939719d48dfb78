import { assertEquals, assertRejects } from "@std/assert";
import http2 from "node:http2";
import { HttpFailure, type HttpHeader } from "../../../src/platform/http_client.ts";
import { openFetchHttpClient } from "../../../src/platform/http_fetch_client.ts";
import { clientOptions } from "../../support/http_client_options.ts";
import { tlsCertificates } from "../../support/tls_certificates.ts";

/** RFC 9113, section 7: the server has not looked at the request. */
const REFUSED_STREAM = 7;

/** What a server saw of a request. */
interface Seen {
  readonly version: string;
  readonly host: string | undefined;
  readonly length: string | undefined;
}

/** A server of HTTP/2 and HTTP/1.1 that answers with the body of the request. */
async function startServer(answer: (response: http2.Http2ServerResponse, text: string) => void) {
  const { certificate, key } = (await tlsCertificates()).server;
  const seen: Seen[] = [];
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createSecureServer({ cert: certificate, key, allowHTTP1: true });
  server.on("session", (session) => sessions.add(session));
  server.on("request", (request, response) => {
    const { headers } = request;
    const host = headers[":authority"] ?? headers.host;
    seen.push({ version: request.httpVersion, host, length: headers["content-length"] });
    let text = "";
    request.on("data", (chunk) => text += chunk);
    request.on("end", () => answer(response, text));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  return {
    port: typeof address === "object" ? address?.port ?? 0 : 0,
    seen,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const session of sessions) session.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function post(port: number, headers: readonly HttpHeader[] = []): Promise<string> {
  const { authority } = await tlsCertificates();
  const client = openFetchHttpClient(
    clientOptions({ trustedCertificates: [authority.certificate] }),
  );
  try {
    const { body } = await client.exchange({
      method: "POST",
      url: new URL(`https://localhost:${port}/`),
      headers,
      body: new TextEncoder().encode("hello"),
    });
    return new TextDecoder().decode(await body.bytes(1000));
  } finally {
    client.close();
  }
}

Deno.test("openFetchHttpClient() speaks HTTP/2 with a server that offers it", async () => {
  await using server = await startServer((response, text) => response.end(text));
  assertEquals(await post(server.port), "hello");
  const host = `localhost:${server.port}`;
  assertEquals(server.seen, [{ version: "2.0", host, length: "5" }]);
});

Deno.test("openFetchHttpClient() speaks HTTP/1.1 when the caller names the host", async () => {
  await using server = await startServer((response, text) => response.end(text));
  assertEquals(await post(server.port, [["Host", "other.example"]]), "hello");
  assertEquals(server.seen, [{ version: "1.1", host: "other.example", length: "5" }]);
});

Deno.test("exchange() says not_sent when the server refuses the stream, and does not send again", async () => {
  await using server = await startServer((response) => response.stream.close(REFUSED_STREAM));
  const failure = await assertRejects(() => post(server.port), HttpFailure);
  assertEquals([failure.kind, failure.delivery], ["reset", "not_sent"]);
  assertEquals(server.seen.length, 1);
});

Deno.test("read() says truncated when the stream is reset within the body", async () => {
  const reading = Promise.withResolvers<void>();
  await using server = await startServer((response) => {
    response.write("abc");
    reading.promise.then(() => response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
  });
  const { authority } = await tlsCertificates();
  const client = openFetchHttpClient(
    clientOptions({ trustedCertificates: [authority.certificate] }),
  );
  const url = new URL(`https://localhost:${server.port}/`);
  const { body } = await client.exchange({ method: "GET", url, headers: [] });
  assertEquals(await body.read(), new TextEncoder().encode("abc"));
  reading.resolve();
  const failure = await assertRejects(() => body.read(), HttpFailure);
  assertEquals([failure.kind, failure.delivery], ["truncated", "unknown"]);
  client.close();
});
