import { assertEquals, assertThrows } from "@std/assert";
import { ChunkedDecoder } from "../../../src/platform/http_wire_chunked.ts";
import { WireSyntaxError } from "../../../src/platform/http_wire_failures.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Outcome {
  readonly data: string;
  readonly used: number;
  readonly done: boolean;
}

/** Decodes pieces of at most `size` bytes. */
function decode(text: string, size = Infinity): Outcome {
  const chunked = new ChunkedDecoder();
  const bytes = encoder.encode(text);
  let data = "";
  let used = 0;
  while (used < bytes.length && !chunked.done) {
    const end = Math.min(bytes.length, used + size);
    used = chunked.decode(bytes, used, end);
    data += decoder.decode(bytes.subarray(chunked.dataStart, chunked.dataEnd));
  }
  return { data, used, done: chunked.done };
}

Deno.test("ChunkedDecoder.decode() decodes every legal form, cut anywhere", () => {
  const bodies: readonly [string, string][] = [
    ["0\r\n\r\n", ""],
    ["5\r\nhello\r\n0\r\n\r\n", "hello"],
    ["5\r\nhello\r\n6\r\n world\r\n000\r\n\r\n", "hello world"],
    ['5;a=b;c="d e"\r\nhello\r\n0;x\r\n\r\n', "hello"],
    ["5 \t\r\nhello\r\n0 ; x\r\n\r\n", "hello"],
    ["00000000000000000000005\r\nhello\r\n0\r\n\r\n", "hello"],
    ["a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n", "01234567890123456789a"],
    ["2\r\n\r\n\r\n2\r\n0\r\r\n0\r\n\r\n", "\r\n0\r"],
    ["5\r\nhello\r\n0\r\nTrailer: x\r\nOther: 0\r\n\r\n", "hello"],
    ["5\nhello\n0\nt: u\n\n", "hello"],
  ];
  for (const [text, data] of bodies) {
    for (let size = 1; size <= text.length; size++) {
      assertEquals(decode(text, size), { data, used: text.length, done: true }, text);
    }
  }
});

Deno.test("ChunkedDecoder.decode() uses nothing behind the end", () => {
  const body = "1\r\nx\r\n0\r\n\r\n";
  assertEquals(decode(body + "HTTP/1.1 200 OK"), { data: "x", used: body.length, done: true });
});

Deno.test("ChunkedDecoder.decode() refuses broken framing, cut anywhere", () => {
  const bodies = [
    "\r\n",
    " 5\r\nhello\r\n",
    "g\r\n",
    "0x5\r\nhello\r\n",
    "-1\r\n",
    "+5\r\nhello\r\n",
    "5 5\r\nhello\r\n",
    "5\rhello",
    "5\r\r\nhello",
    "5\r\nhelloworld\r\n",
    "5\r\nhello0\r\n\r\n",
    "5\r\nhello\rx",
    "fffffffffffffffff\r\n",
    "20000000000000\r\n",
    "5\r\nhello\r\n0\r\n\rx",
  ];
  for (const text of bodies) {
    for (let size = 1; size <= text.length; size++) {
      assertThrows(() => decode(text, size), WireSyntaxError, undefined, JSON.stringify(text));
    }
  }
});

Deno.test("ChunkedDecoder.decode() refuses endless extensions, digits and trailers", () => {
  const endless = [
    "5;" + "x".repeat(70_000),
    "0".repeat(70_000),
    "0\r\n" + "a: b\r\n".repeat(20_000),
  ];
  for (const text of endless) assertThrows(() => decode(text), WireSyntaxError, "too large");
});

Deno.test("ChunkedDecoder.decode() does not count the framing of many chunks together", () => {
  const chunks = 20_000;
  const outcome = decode("1;ext=1\r\nx\r\n".repeat(chunks) + "0\r\n\r\n");
  assertEquals([outcome.data.length, outcome.done], [chunks, true]);
});

Deno.test("ChunkedDecoder.skipData() counts data that was read elsewhere", () => {
  const chunked = new ChunkedDecoder();
  const bytes = encoder.encode("a\r\n012");
  chunked.decode(bytes, 0, bytes.length);
  assertEquals(chunked.dataAhead, 7);
  chunked.skipData(4);
  assertEquals(chunked.dataAhead, 3);
  chunked.skipData(3);
  assertEquals(chunked.dataAhead, 0);
  const end = encoder.encode("\r\n0\r\n\r\n");
  assertEquals(chunked.decode(end, 0, end.length), end.length);
  assertEquals(chunked.done, true);
});
