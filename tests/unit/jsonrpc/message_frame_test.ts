import { assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { canonicalId, requestIdOf } from "../../../src/jsonrpc/request_id.ts";
import { errorFrame, notificationFrame, resultFrame } from "../../../src/jsonrpc/error_frame.ts";
import {
  membersOf,
  readFrame,
  spanText,
  withId,
  withSpan,
} from "../../../src/jsonrpc/message_frame.ts";
import { JsonSyntaxError } from "../../../src/jsonrpc/scan_value.ts";
import { singleLine } from "../../../src/jsonrpc/single_line.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("readFrame() keeps the very bytes of a message on one line", () => {
  const bytes = encode('{"id":1, "unknown":1.50, "method":"x", "n":12345678901234567890}');
  assertStrictEquals(readFrame(bytes).bytes, bytes);
});

const LINES: readonly (readonly [name: string, text: string, line: string])[] = [
  [
    "makes a pretty-printed text one line",
    '{\n  "a": 1,\r\n  "b": 2\n}\n',
    '{   "a": 1,    "b": 2 }',
  ],
  ["drops a byte order mark", '\ufeff{"a":1}', '{"a":1}'],
  ["escapes U+2028 and U+2029", '{"a":"x\u2028y\u2029z"}', '{"a":"x\\u2028y\\u2029z"}'],
  [
    "leaves other characters of the same first byte alone",
    '{"a":"\u2018quoted\u2019 \u20ac"}',
    '{"a":"\u2018quoted\u2019 \u20ac"}',
  ],
  [
    "makes spaces of the control characters that JSON allows nowhere",
    '{"a":"tab\there, escape\u001b[1m, null\u0000"}',
    '{"a":"tab here, escape [1m, null "}',
  ],
  ["leaves escapes alone", '{"a":"\\u2028\\n"}', '{"a":"\\u2028\\n"}'],
];

for (const [name, text, line] of LINES) {
  Deno.test(`singleLine() ${name}`, () => assertEquals(decode(singleLine(encode(text))), line));
}

Deno.test("singleLine() finds a control character at any place of a view", () => {
  const buffer = new Uint8Array(64).fill(0x61);
  for (let start = 0; start < 5; start++) {
    for (let end = start + 1; end < start + 12; end++) {
      for (let at = start; at < end; at++) {
        buffer[at] = 0x1f;
        const line = singleLine(buffer.subarray(start, end));
        assertEquals(line.indexOf(0x1f), -1, `${start} ${end} ${at}`);
        assertEquals(line.indexOf(0x20), at - start, `${start} ${end} ${at}`);
        buffer[at] = 0x61;
      }
    }
  }
});

const BAD_ESCAPES = ["\\x", "\\'", "\\u12g4", "\\u", "\\u123", "\\\\\\v", "\\0", "\\N"];

for (const escape of BAD_ESCAPES) {
  Deno.test(`readFrame() refuses the escape ${escape} wherever it stands`, () => {
    for (const before of ["", "x".repeat(100), "\\n".repeat(50)]) {
      const text = `{"id":1,"result":{"a":"${before}${escape}"}}`;
      assertThrows(() => JSON.parse(text));
      assertThrows(() => readFrame(encode(text)), JsonSyntaxError);
    }
  });
}

Deno.test("singleLine() replaces bytes that are not UTF-8", () => {
  const bytes = new Uint8Array([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]);
  assertEquals(decode(singleLine(bytes)), '{"a":"\ufffd"}');
});

Deno.test("singleLine() does not change the bytes that it was given", () => {
  const bytes = encode('{\n"a":1}');
  const line = singleLine(bytes);
  assertNotStrictEquals(line, bytes);
  assertEquals(decode(bytes), '{\n"a":1}');
});

const IDS: readonly (readonly [json: string, id: string | undefined])[] = [
  ["0", "0"],
  ["-0", "0"],
  ["1", "1"],
  ["1.0", "1"],
  ["1e2", "100"],
  ["1.5", "1.5"],
  ["123456789012345678901234567890", "123456789012345678901234567890"],
  ['"1"', '"1"'],
  ['"a\\u0062"', '"ab"'],
  ['"\\/"', '"/"'],
  ["true", undefined],
  ["null", undefined],
  ["{}", undefined],
  ["[1]", undefined],
  ['"\\x"', undefined],
];

for (const [json, id] of IDS) {
  Deno.test(`canonicalId() makes ${id} of ${json}`, () => assertEquals(canonicalId(json), id));
}

Deno.test("requestIdOf() tells a number from its text", () => {
  assertEquals([requestIdOf(1), requestIdOf("1")], ["1", '"1"']);
});

Deno.test("withId() changes the id and no other byte", () => {
  const frame = readFrame(encode('{ "result":{"id":1},"id": 1 , "x":null}'));
  assertEquals(decode(withId(frame, '"own"').bytes), '{ "result":{"id":1},"id": "own" , "x":null}');
});

Deno.test("withSpan() replaces a result and keeps what is around it", () => {
  const frame = readFrame(encode('{"id":1,"result":{"tools":[]},"extra":2.50}'));
  const span = frame.envelope.kind === "result" ? frame.envelope.resultSpan : { start: 0, end: 0 };
  assertEquals(spanText(frame, span), '{"tools":[]}');
  assertEquals(
    decode(withSpan(frame, span, { a: 1 }).bytes),
    '{"id":1,"result":{"a":1},"extra":2.50}',
  );
});

Deno.test("membersOf() gives the messages of a batch, and a single message itself", () => {
  const batch = readFrame(encode('[{"id":1,"method":"a"},{"method":"b"}]'));
  assertEquals(membersOf(batch).map(({ envelope }) => envelope.kind), ["request", "notification"]);
  const single = readFrame(encode('{"method":"b"}'));
  assertEquals(membersOf(single), [single]);
});

Deno.test("errorFrame() keeps every digit of a large id, and writes null for none", () => {
  const error = { code: -32000, message: 'with "quotes" and \u2028' };
  assertEquals(
    decode(errorFrame("12345678901234567890", error).bytes),
    '{"jsonrpc":"2.0","id":12345678901234567890,"error":{"code":-32000,"message":"with \\"quotes\\" and \\u2028"}}',
  );
  assertEquals(errorFrame(undefined, error).json()["id"], null);
});

Deno.test("resultFrame() and notificationFrame() are JSON-RPC messages", () => {
  assertEquals(resultFrame('"a"', { x: 1 }).json(), { jsonrpc: "2.0", id: "a", result: { x: 1 } });
  assertEquals(notificationFrame("m").json(), { jsonrpc: "2.0", method: "m" });
  assertEquals(notificationFrame("m", { y: 2 }).json(), {
    jsonrpc: "2.0",
    method: "m",
    params: { y: 2 },
  });
});
