import { assertEquals } from "@std/assert";
import { type Line, LineReader } from "../../../src/stdio/line_reader.ts";
import { seededRandom } from "../../support/seeded_random.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function show(line: Line): string {
  return line.kind === "line"
    ? new TextDecoder().decode(line.bytes)
    : `too long: ${line.length} ${new TextDecoder().decode(line.start.subarray(0, 8))}`;
}

function read(chunks: readonly string[], limit = 100): string[] {
  const reader = new LineReader(limit);
  return [...chunks.flatMap((chunk) => reader.push(encode(chunk))), ...reader.end()].map(show);
}

const CASES:
  readonly (readonly [name: string, chunks: readonly string[], lines: readonly string[]])[] = [
    ["lines in one chunk", ["a\nbb\nc\n"], ["a", "bb", "c"]],
    ["a line over several chunks", ["a", "b", "c\nd", "\n"], ["abc", "d"]],
    ["a last line without its end", ["a\nb"], ["a", "b"]],
    ["no empty lines", ["\n\na\n\n"], ["a"]],
    ["nothing in nothing", ["", ""], []],
  ];

for (const [name, chunks, lines] of CASES) {
  Deno.test(`LineReader reads ${name}`, () => assertEquals(read(chunks), lines));
}

Deno.test("LineReader reports a line over the limit with its beginning and reads on", () => {
  const long = '{"id":1,'.padEnd(150, "x");
  assertEquals(read([`${long.slice(0, 90)}`, `${long.slice(90)}\nok\n`]), [
    'too long: 150 {"id":1,',
    "ok",
  ]);
  assertEquals(read([`${"y".repeat(101)}\n`]), ["too long: 101 yyyyyyyy"]);
  assertEquals(read(["z".repeat(100) + "\n"]), ["z".repeat(100)]);
});

Deno.test("LineReader gives the same lines whatever the chunks", () => {
  const random = seededRandom(99);
  for (let round = 0; round < 2000; round++) {
    const text = Array.from(
      { length: Math.floor(random() * 60) },
      () => "ab\n😀"[Math.floor(random() * 4)] ?? "",
    ).join("");
    const bytes = encode(text);
    const reader = new LineReader(20);
    const lines: Line[] = [];
    for (let start = 0; start < bytes.length;) {
      const end = start + 1 + Math.floor(random() * 7);
      lines.push(...reader.push(bytes.slice(start, end)));
      start = end;
    }
    lines.push(...reader.end());
    const expected = splitLines(bytes).filter((line) => line.length > 0)
      .map((line) =>
        line.length > 20 ? `too long: ${line.length}` : new TextDecoder().decode(line)
      );
    assertEquals(
      lines.map((line) => line.kind === "line" ? show(line) : `too long: ${line.length}`),
      expected,
    );
  }
});

function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  for (let index = 0; index <= bytes.length; index++) {
    if (index === bytes.length || bytes[index] === 0x0a) {
      lines.push(bytes.slice(start, index));
      start = index + 1;
    }
  }
  return lines;
}
