import { assertEquals } from "@std/assert";
import { parseRequestHead } from "../../../src/platform/loopback_head.ts";

Deno.test("parseRequestHead() reads method, target and fields", () => {
  const head = parseRequestHead(
    "GET /a%2F/../b?x=1&y=%zz#no HTTP/1.1\r\nHost: localhost:1\r\nX-Empty:\r\nAccept:  a, b \t",
  );
  assertEquals(head?.method, "GET");
  assertEquals(head?.target, "/a%2F/../b?x=1&y=%zz#no");
  assertEquals([...head?.fields ?? []], [["host", "localhost:1"], ["x-empty", ""], [
    "accept",
    "a, b",
  ]]);
});

Deno.test("parseRequestHead() gives no field that came twice", () => {
  const head = parseRequestHead("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\nX: 1\r\nHOST: c");
  assertEquals([...head?.fields ?? []], [["x", "1"]]);
  assertEquals([...head?.repeated ?? []], ["host"]);
});

Deno.test("parseRequestHead() takes nothing else for a request", () => {
  const bad = [
    "",
    "GET",
    "GET /",
    "GET / HTTP/2",
    "GET / HTTP/1.1 ",
    "get / HTTP/1.1",
    "GET  / HTTP/1.1",
    "GET http://evil.example/ HTTP/1.1",
    "CONNECT a:1 HTTP/1.1",
    "OPTIONS * HTTP/1.1",
    "GET /a b HTTP/1.1",
    "GET /\u00e9 HTTP/1.1",
    "GET /\0 HTTP/1.1",
    "GET / HTTP/1.1\nHost: a",
    "GET / HTTP/1.1\r\nHost : a",
    "GET / HTTP/1.1\r\n Host: a",
    "GET / HTTP/1.1\r\nHost: a\r\n folded",
    "GET / HTTP/1.1\r\n: a",
    "GET / HTTP/1.1\r\nno colon",
    "GET / HTTP/1.1\r\nHost: a\0b",
    "GET / HTTP/1.1\r\nHost: a\nX: b",
    "GET / HTTP/1.1\r\nHost: a\rb",
    `GET / HTTP/1.1${"\r\nX: 1".repeat(101)}`,
  ];
  for (const text of bad) assertEquals(parseRequestHead(text), undefined, JSON.stringify(text));
});
