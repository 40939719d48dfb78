import { assertEquals, assertThrows } from "@std/assert";
import { WireSyntaxError } from "../../../src/platform/http_wire_failures.ts";
import { HeadScanner, LARGEST_HEAD, parseHead } from "../../../src/platform/http_wire_head.ts";

const encoder = new TextEncoder();

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

Deno.test("parseHead() reads status, version and fields", () => {
  const head = parseHead(
    bytes("HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nX-Empty:\r\nx-b:\t 1 2 \t\r\n\r\n"),
  );
  assertEquals(head.status, 201);
  assertEquals(head.minorVersion, 1);
  assertEquals(head.headers.get("content-type"), "text/plain");
  assertEquals(head.headers.get("CONTENT-TYPE"), "text/plain");
  assertEquals(head.headers.get("x-empty"), "");
  assertEquals(head.headers.get("X-B"), "1 2");
  assertEquals(head.headers.get("x-c"), undefined);
  assertEquals(head.headers.has("x-empty"), true);
  assertEquals(head.headers.has("x"), false);
});

Deno.test("parseHead() accepts every legal or harmless form of the status line", () => {
  const lines: readonly [string, number, number][] = [
    ["HTTP/1.0 200 OK", 200, 0],
    ["HTTP/1.1 200", 200, 1],
    ["HTTP/1.1 200 ", 200, 1],
    ["HTTP/1.1 404 Not  Found\t(really)", 404, 1],
    ["HTTP/1.1 299 \xfc\xff", 299, 1],
    ["HTTP/1.2 599 x", 599, 2],
  ];
  for (const [line, status, minorVersion] of lines) {
    for (const lineEnd of ["\r\n", "\n"]) {
      const head = parseHead(bytes(line + lineEnd + "a: b" + lineEnd + lineEnd));
      assertEquals([head.status, head.minorVersion], [status, minorVersion], line);
      assertEquals(head.headers.get("a"), "b");
    }
  }
});

Deno.test("parseHead() refuses a malformed status line", () => {
  const lines = [
    "",
    "HTTP/1.1",
    "HTTP/1.1 ",
    "HTTP/1.1 20",
    "HTTP/1.1 2000 OK",
    "HTTP/1.1  200 OK",
    "HTTP/1.1\t200 OK",
    "HTTP/1.1 099 OK",
    "HTTP/1.1 20x OK",
    "HTTP/1.x 200 OK",
    "HTTP/1.10 200 OK",
    "HTTP/1.1 200OK",
    "HTTP/1.1 -20 OK",
  ];
  for (const line of lines) {
    assertThrows(() => parseHead(bytes(line + "\r\n\r\n")), WireSyntaxError, "status line", line);
  }
});

Deno.test("parseHead() refuses malformed fields", () => {
  const fields = [
    "no colon",
    ": no name",
    "space : before colon",
    " leading: space",
    "na me: x",
    "n\xe4me: x",
    "name\0: x",
    "a: x\0y",
    "a: x\ry",
    "a: x\x07y",
    "a: x\x7fy",
    "\rb: x",
  ];
  for (const field of fields) {
    assertThrows(
      () => parseHead(bytes(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n`)),
      WireSyntaxError,
      "header field",
      JSON.stringify(field),
    );
  }
});

Deno.test("parseHead() joins folded lines", () => {
  const head = parseHead(bytes("HTTP/1.1 200 OK\r\na: 1\r\n 2\r\n\t3\nb: 4\n  5\r\n\r\n"));
  assertEquals(head.headers.get("a")?.replace(/\s+/g, " "), "1 2 3");
  assertEquals(head.headers.get("b")?.replace(/\s+/g, " "), "4 5");
});

Deno.test("parseHead() refuses too many fields", () => {
  const text = "HTTP/1.1 200 OK\r\n" + "a: b\r\n".repeat(1001) + "\r\n";
  assertThrows(() => parseHead(bytes(text)), WireSyntaxError, "too many");
});

Deno.test("WireReplyHeaders.get() joins fields of one name and all() keeps them apart", () => {
  const { headers } = parseHead(
    bytes("HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nx: y\r\nset-cookie: b=2\r\n\r\n"),
  );
  assertEquals(headers.get("set-cookie"), "a=1, b=2");
  assertEquals(headers.all("Set-Cookie"), ["a=1", "b=2"]);
  assertEquals(headers.all("none"), []);
});

Deno.test("WireReplyHeaders.get() decodes a value as Latin-1, however long", () => {
  const value = "\xe9".repeat(10_000);
  const text = `HTTP/1.1 200 OK\r\nx: ${value}\r\n\r\n`;
  const { headers } = parseHead(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  assertEquals(headers.get("x"), value);
});

Deno.test("WireReplyHeaders.get() does not take a case pair of symbols for letters", () => {
  const { headers } = parseHead(bytes("HTTP/1.1 200 OK\r\nx^y: 1\r\n\r\n"));
  assertEquals(headers.get("x~y"), undefined);
  assertEquals(headers.get("X^Y"), "1");
});

Deno.test("HeadScanner.scan() finds the end at whatever place the head is cut", () => {
  for (const lineEnd of ["\r\n", "\n"]) {
    const head = bytes(["HTTP/1.1 200 OK", "a: b", "c: d", "", ""].join(lineEnd));
    const all = bytes(["HTTP/1.1 200 OK", "a: b", "c: d", "", "\nbody\n\n"].join(lineEnd));
    for (let cut = 0; cut <= head.length; cut++) {
      const scanner = new HeadScanner();
      assertEquals(scanner.scan(all.subarray(0, cut)), cut === head.length ? cut : -1);
      if (cut < head.length) assertEquals(scanner.scan(all), head.length);
    }
    const bytewise = new HeadScanner();
    for (let end = 1; end < head.length; end++) {
      assertEquals(bytewise.scan(all.subarray(0, end)), -1);
    }
    assertEquals(bytewise.scan(head), head.length);
  }
});

Deno.test("HeadScanner.scan() refuses what does not begin like HTTP/1, at its first bytes", () => {
  for (const beginning of ["S", "HTTP/2", "http/1.1", "\r\n", "\x15\x03\x01", "HTTP/1,"]) {
    assertThrows(() => new HeadScanner().scan(bytes(beginning)), WireSyntaxError, "not HTTP/1.1");
  }
  const scanner = new HeadScanner();
  assertEquals(scanner.scan(bytes("HTT")), -1);
  assertThrows(() => scanner.scan(bytes("HTTQ")), WireSyntaxError);
});

Deno.test("HeadScanner.scan() refuses a head that is too large, whole or not", () => {
  const start = "HTTP/1.1 200 OK\r\na: ";
  const fits = start + "x".repeat(LARGEST_HEAD - start.length - 4) + "\r\n\r\n";
  assertEquals(new HeadScanner().scan(bytes(fits)), LARGEST_HEAD);
  assertThrows(() => new HeadScanner().scan(bytes(fits.replace("x", "xx"))), WireSyntaxError);
  const scanner = new HeadScanner();
  assertEquals(scanner.scan(bytes(fits.slice(0, 1000))), -1);
  assertThrows(() => scanner.scan(bytes(start.padEnd(LARGEST_HEAD + 1, "x"))), WireSyntaxError);
});
