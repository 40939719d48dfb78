import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  HttpFailure,
  type HttpHeader,
  type HttpRequest,
} from "../../../src/platform/http_client.ts";
import { serializeHead } from "../../../src/platform/http_wire_request.ts";
import { TargetCache, wireTarget } from "../../../src/platform/http_wire_target.ts";

function serialize(url: string, rest: Partial<HttpRequest> = {}): string | Uint8Array {
  const request: HttpRequest = { method: "GET", url: new URL(url), headers: [], ...rest };
  return serializeHead(request, wireTarget(request.url));
}

const AGENT = "user-agent: causeway\r\n";

Deno.test("serializeHead() writes target, Host and length", () => {
  assertEquals(
    serialize("http://example.test"),
    `GET / HTTP/1.1\r\nhost: example.test\r\n${AGENT}\r\n`,
  );
  assertEquals(
    serialize("http://example.test:8080/a%20b/?q=%7B\"'#fragment", {
      method: "POST",
      headers: [["Accept", "x/y"], ["X-A", "1"], ["X-A", "2"]],
      body: new Uint8Array(3),
    }),
    "POST /a%20b/?q=%7B%22%27 HTTP/1.1\r\nAccept: x/y\r\nX-A: 1\r\nX-A: 2\r\n" +
      `host: example.test:8080\r\n${AGENT}content-length: 3\r\n\r\n`,
  );
});

Deno.test("serializeHead() says that a POST or PUT has no content, and nothing for others", () => {
  const line = "content-length: 0\r\n";
  for (const method of ["POST", "PUT"] as const) {
    assert(String(serialize("http://h/", { method })).includes(line));
  }
  for (const method of ["GET", "HEAD", "DELETE"] as const) {
    assert(!String(serialize("http://h/", { method })).includes("content-length"));
  }
  const body = new Uint8Array(0);
  assert(String(serialize("http://h/", { method: "DELETE", body })).includes(line));
});

Deno.test("serializeHead() never sends user information", () => {
  const head = serialize("http://user:secret@example.test/x");
  assertEquals(head, `GET /x HTTP/1.1\r\nhost: example.test\r\n${AGENT}\r\n`);
});

Deno.test("serializeHead() keeps the caller's Host and User-Agent, and replaces a Content-Length", () => {
  const headers: HttpHeader[] = [["HOST", "other"], ["User-Agent", "me"], ["Content-Length", "9"]];
  assertEquals(
    serialize("http://h/", { headers }),
    "GET / HTTP/1.1\r\nHOST: other\r\nUser-Agent: me\r\n\r\n",
  );
});

Deno.test("serializeHead() sends Latin-1 values as bytes of that code", () => {
  const head = serialize("http://h/", { headers: [["x", "\xe9\xff"]] });
  const text = typeof head === "string" ? "not bytes" : String.fromCharCode(...head);
  assert(text.includes("x: \xe9\xff\r\n"));
});

Deno.test("serializeHead() refuses what would break the message, and names no value", () => {
  const refused: readonly HttpHeader[] = [
    ["x", "a\r\nb: c"],
    ["x", "secret\n"],
    ["x", "\rsecret"],
    ["x", "secret\0"],
    ["x", "secret\u20ac"],
    ["", "secret"],
    ["a b", "secret"],
    ["a:", "secret"],
    ["a\r\nb", "secret"],
    ["\xe4", "secret"],
    ["Transfer-Encoding", "chunked"],
    ["upgrade", "secret"],
  ];
  for (const header of refused) {
    const failure = assertThrows(
      () => serialize("http://h:81/p?token=secret", { headers: [header] }),
      HttpFailure,
    );
    assertEquals([failure.kind, failure.delivery], ["protocol", "not_sent"]);
    assert(failure.message.startsWith('Cannot send a request to "http://h:81": '));
    assert(!failure.message.includes("secret"));
  }
});

Deno.test("wireTarget() takes IPv6 literals out of their brackets, and knows the default port", () => {
  const { hostname, port, hostField, origin } = wireTarget(new URL("http://[::1]/"));
  assertEquals([hostname, port, hostField, origin], ["::1", 80, "host: [::1]\r\n", "http://[::1]"]);
});

Deno.test("TargetCache.get() tells URLs apart by all that matters, however many there are", () => {
  const cache = new TargetCache();
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 100; index++) {
      const url = new URL(`http://h:${1000 + index}/p?q=${index}`);
      assertEquals(cache.get(url), wireTarget(url));
    }
  }
});
