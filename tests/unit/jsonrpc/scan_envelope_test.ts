import { assertEquals, assertThrows } from "@std/assert";
import { idOfPart, InvalidMessageError, scanEnvelope } from "../../../src/jsonrpc/scan_envelope.ts";
import { JsonSyntaxError } from "../../../src/jsonrpc/scan_value.ts";

const encode = (text: string) => new TextEncoder().encode(text);

interface Row {
  readonly text: string;
  readonly kind: string;
  readonly id?: string;
  readonly method?: string;
}

const MESSAGES: readonly Row[] = [
  { text: '{"jsonrpc":"2.0","id":0,"method":"ping"}', kind: "request", id: "0", method: "ping" },
  { text: '{"method":"a","id":"x","jsonrpc":"2.0"}', kind: "request", id: '"x"', method: "a" },
  {
    text: ' {\t"id" : 12345678901234567890 ,\r\n"method":"m" } ',
    kind: "request",
    id: "12345678901234567890",
    method: "m",
  },
  { text: '{"id":-7,"method":"\\u0070ing"}', kind: "request", id: "-7", method: "ping" },
  { text: '{"\\u0069d":5,"method":"m"}', kind: "request", id: "5", method: "m" },
  { text: '{"id":1,"id":2,"method":"m"}', kind: "request", id: "2", method: "m" },
  { text: '{"id":1.0,"result":{}}', kind: "result", id: "1" },
  { text: '{"id":"\\u0061","result":null}', kind: "result", id: '"a"' },
  { text: '{"result":{"id":9,"method":"inner","x":[{"id":8}]},"id":1}', kind: "result", id: "1" },
  { text: '{"id":1,"result":{},"error":null}', kind: "result", id: "1" },
  { text: '{"id":1,"error":{"code":-1,"message":"}"}}', kind: "error", id: "1" },
  { text: '{"id":null,"error":{"code":-1,"message":"m"}}', kind: "error" },
  { text: '{"error":{"code":-1,"message":"m"}}', kind: "error" },
  {
    text: '{"method":"notifications/initialized"}',
    kind: "notification",
    method: "notifications/initialized",
  },
  { text: '{"id":null,"method":"m"}', kind: "notification", method: "m" },
  {
    text: '{"method":"m","params":{"s":"\\\\\\"}{"},"id":3}',
    kind: "request",
    id: "3",
    method: "m",
  },
];

for (const { text, kind, id, method } of MESSAGES) {
  Deno.test(`scanEnvelope() reads ${text.replaceAll(/\s+/g, " ")} as a ${kind}`, () => {
    const envelope = scanEnvelope(encode(text));
    assertEquals(envelope.kind, kind);
    assertEquals("id" in envelope ? envelope.id : undefined, id);
    assertEquals("method" in envelope ? envelope.method : undefined, method);
  });
}

const BROKEN: readonly string[] = [
  "",
  " ",
  "{",
  "}",
  "[",
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,',
  '{"a":1,}',
  '{"id":1 "method":"m"}',
  "{id:1}",
  '{"id":01,"method":"m"}',
  '{"id":1.,"method":"m"}',
  '{"id":+1,"method":"m"}',
  '{"id":tru,"method":"m"}',
  '{"method":"m"}x',
  '{"method":"m"}{"method":"m"}',
  '{"a":"unended}',
  '{"a":[1,2}',
  '{"a":{"b":1]}',
  '{"a":[1,]}',
  '[{"method":"m"},]',
  '[{"method":"m"}',
  "<html></html>",
  "{'method':'m'}",
  '{"a":1e,"method":"m"}',
  '{"a":-,"method":"m"}',
];

for (const text of BROKEN) {
  Deno.test(`scanEnvelope() refuses ${JSON.stringify(text)} as no JSON`, () => {
    assertThrows(() => scanEnvelope(encode(text)), JsonSyntaxError);
  });
}

const INVALID: readonly string[] = [
  "1",
  '"text"',
  "null",
  "[]",
  "{}",
  '{"jsonrpc":"2.0"}',
  '{"id":1}',
  '{"result":{}}',
  '{"id":{},"method":"m"}',
  '{"id":[1],"method":"m"}',
  '{"id":true,"result":1}',
  '{"id":1,"method":5}',
];

for (const text of INVALID) {
  Deno.test(`scanEnvelope() refuses ${text} as no JSON-RPC message`, () => {
    assertThrows(() => scanEnvelope(encode(text)), InvalidMessageError);
  });
}

Deno.test("scanEnvelope() finds the members of a batch", () => {
  const text = ' [ {"id":1,"method":"a"} , {"method":"b"} ] ';
  const envelope = scanEnvelope(encode(text));
  assertEquals(envelope.kind, "batch");
  const members = envelope.kind === "batch" ? envelope.members : [];
  assertEquals(members.map(({ start, end }) => text.slice(start, end)), [
    '{"id":1,"method":"a"}',
    '{"method":"b"}',
  ]);
});

Deno.test("scanEnvelope() reads nesting of any depth without recursion", () => {
  const depth = 200_000;
  const text = `{"id":1,"result":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  assertEquals(scanEnvelope(encode(text)).kind, "result");
});

Deno.test("scanEnvelope() finds the end of strings full of escapes at any length", () => {
  for (const length of [28, 29, 30, 31, 32, 33, 34, 64, 1000]) {
    for (const tail of ['\\"', "\\\\", '\\\\\\"', "\\\\\\\\"]) {
      const text = `{"a":"${"x".repeat(length)}${tail}","id":7,"method":"m"}`;
      const envelope = scanEnvelope(encode(text));
      assertEquals("id" in envelope ? envelope.id : undefined, "7", text);
    }
  }
});

Deno.test("idOfPart() finds the id in the beginning of a message that was cut", () => {
  assertEquals(
    idOfPart(encode('{"jsonrpc":"2.0","id":"big","method":"m","params":{"x":"aaa')),
    '"big"',
  );
  assertEquals(
    idOfPart(encode('{"jsonrpc":"2.0","method":"m","params":{"id":4,"x":"aaa')),
    undefined,
  );
  assertEquals(idOfPart(encode("garbage")), undefined);
});
