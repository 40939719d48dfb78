import { assertEquals, assertThrows } from "@std/assert";
import { WireSyntaxError } from "../../../src/platform/http_wire_failures.ts";
import {
  type ReplyFraming,
  replyFraming,
  replyPersistence,
} from "../../../src/platform/http_wire_framing.ts";
import { parseHead, type ReplyHead } from "../../../src/platform/http_wire_head.ts";

function head(statusLine: string, ...fields: readonly string[]): ReplyHead {
  return parseHead(new TextEncoder().encode([statusLine, ...fields, "", ""].join("\r\n")));
}

const OK = "HTTP/1.1 200 OK";
const EMPTY: ReplyFraming = { kind: "length", length: 0 };

Deno.test("replyFraming() follows RFC 9112 section 6.3", () => {
  const cases: readonly [ReplyHead, ReplyFraming][] = [
    [head(OK), { kind: "until_close" }],
    [head(OK, "Content-Length: 0"), EMPTY],
    [head(OK, "Content-Length: 42"), { kind: "length", length: 42 }],
    [head(OK, "Content-Length: 0042"), { kind: "length", length: 42 }],
    [head(OK, "Content-Length: 42", "Content-Length: 42"), { kind: "length", length: 42 }],
    [head(OK, "Content-Length: 42, 42"), { kind: "length", length: 42 }],
    [head(OK, "Transfer-Encoding: Chunked"), { kind: "chunked" }],
    [head(OK, "Transfer-Encoding: chunked", "Content-Length: 3"), { kind: "chunked" }],
    [head(OK, "Transfer-Encoding: identity", "Content-Length: 3"), { kind: "length", length: 3 }],
    [head("HTTP/1.1 204 No Content", "Content-Length: 9"), EMPTY],
    [head("HTTP/1.1 304 Not Modified", "Transfer-Encoding: chunked"), EMPTY],
    [head("HTTP/1.1 205 Reset Content"), EMPTY],
    [head("HTTP/1.1 205 Reset Content", "Transfer-Encoding: chunked"), { kind: "chunked" }],
    [head("HTTP/1.1 500 Oops", "Content-Length: 9"), { kind: "length", length: 9 }],
  ];
  for (const [reply, framing] of cases) assertEquals(replyFraming("POST", reply), framing);
  assertEquals(replyFraming("HEAD", head(OK, "Content-Length: 42")), EMPTY);
});

Deno.test("replyFraming() refuses lengths that differ or are no numbers, and other codings", () => {
  const fields: readonly (readonly string[])[] = [
    ["Content-Length: 42", "Content-Length: 43"],
    ["Content-Length: 42, 43"],
    ["Content-Length: 42,"],
    ["Content-Length:"],
    ["Content-Length: -1"],
    ["Content-Length: +1"],
    ["Content-Length: 0x10"],
    ["Content-Length: 1e3"],
    ["Content-Length: 99999999999999999999"],
    ["Transfer-Encoding: gzip"],
    ["Transfer-Encoding: gzip, chunked"],
    ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked;q=1"],
    ["Transfer-Encoding:"],
  ];
  for (const some of fields) {
    assertThrows(() => replyFraming("GET", head(OK, ...some)), WireSyntaxError, "", some.join());
  }
});

Deno.test("replyPersistence() keeps a connection only when both sides know where the reply ends", () => {
  const length = "Content-Length: 1";
  const cases: readonly [ReplyHead, boolean, number | undefined][] = [
    [head(OK, length), true, undefined],
    [head(OK, length, "Connection: Close"), false, undefined],
    [head(OK, length, "Connection: x, close"), false, undefined],
    [head(OK, length, "Connection: x", "Connection: CLOSE"), false, undefined],
    [head(OK, length, "Connection: keep-alive"), true, undefined],
    [head("HTTP/1.0 200 OK", length), false, undefined],
    [head("HTTP/1.0 200 OK", length, "Connection: Keep-Alive"), true, undefined],
    [head(OK), false, undefined],
    [head(OK, "Transfer-Encoding: chunked"), true, undefined],
    [head(OK, "Transfer-Encoding: chunked", length), false, undefined],
    [
      head("HTTP/1.0 200 OK", "Transfer-Encoding: chunked", "Connection: keep-alive"),
      false,
      undefined,
    ],
    [head(OK, length, "Keep-Alive: timeout=5"), true, 4000],
    [head(OK, length, 'Keep-Alive: max=100, Timeout = "20"'), true, 19_000],
    [head(OK, length, "Keep-Alive: timeout=1"), true, 500],
    [head(OK, length, "Keep-Alive: timeout=0"), false, undefined],
    [head(OK, length, "Keep-Alive: max=100"), true, undefined],
  ];
  for (const [reply, keepAlive, idleLimit] of cases) {
    const persistence = replyPersistence(reply, replyFraming("POST", reply));
    assertEquals(persistence, { keepAlive, idleLimit });
  }
});
