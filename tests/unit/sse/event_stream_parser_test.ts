import { assertEquals, assertThrows } from "@std/assert";
import {
  EventStreamParser,
  EventTooLargeError,
  type ServerSentEvent,
} from "../../../src/sse/event_stream_parser.ts";
import { seededRandom } from "../../support/seeded_random.ts";

interface Plain {
  readonly type: string;
  readonly data: string | undefined;
  readonly id: string | undefined;
  readonly retry: number | undefined;
}

function plain(event: ServerSentEvent): Plain {
  const data = event.data === undefined ? undefined : new TextDecoder().decode(event.data);
  return { type: event.type, data, id: event.id, retry: event.retry };
}

function parse(chunks: readonly Uint8Array<ArrayBuffer>[], limit = 1e6): Plain[] {
  const parser = new EventStreamParser(limit);
  return chunks.flatMap((chunk) => parser.push(chunk)).map(plain);
}

function parseText(text: string): Plain[] {
  return parse([new TextEncoder().encode(text)]);
}

function event(data: string | undefined, rest: Partial<Plain> = {}): Plain {
  return { type: "message", data, id: undefined, retry: undefined, ...rest };
}

const STREAMS: readonly (readonly [name: string, text: string, events: readonly Plain[]])[] = [
  ["a plain event", "data: x\n\n", [event("x")]],
  ["an event without the space", "data:x\n\n", [event("x")]],
  ["only the first space as no part of the data", "data:  x\n\n", [event(" x")]],
  ["several data lines as one text", "data: a\ndata\ndata: b\n\n", [event("a\n\nb")]],
  ["an empty first data line", "data:\ndata: b\n\n", [event("\nb")]],
  ["carriage returns", "data: a\rdata: b\r\r", [event("a\nb")]],
  ["carriage return line feeds", "data: a\r\ndata: b\r\n\r\n", [event("a\nb")]],
  ["mixed line ends", "data: a\r\n\ndata: b\n\rdata: c\n\n", [event("a"), event("b"), event("c")]],
  ["type, id and delay", "event: endpoint\nid: 7\nretry: 250\ndata: x\n\n", [
    event("x", { type: "endpoint", id: "7", retry: 250 }),
  ]],
  ["an event that only sets an id", "id: 1\ndata: \n\n", [event(undefined, { id: "1" })]],
  ["an event that only sets a delay", "retry: 500\n\n", [event(undefined, { retry: 500 })]],
  ["an id that clears the last one", "id\ndata: x\n\n", [event("x", { id: "" })]],
  ["no id with a NUL in it", "id: a\0b\ndata: x\n\n", [event("x")]],
  ["no delay that is no number", "retry: 1s\ndata: x\n\n", [event("x")]],
  ["comments as nothing", ": ping\n\n:\n\ndata: x\n\n", [event("x")]],
  ["unknown fields as nothing", "foo: bar\ndatax: y\ndata: x\n\n", [event("x")]],
  ["a byte order mark at the start", "\ufeffdata: x\n\n", [event("x")]],
  ["no event without a blank line", "data: x\n", []],
  ["blank lines as nothing", "\n\n\r\n\r\n", []],
  ["a type that holds for its event only", "event: a\ndata: 1\n\ndata: 2\n\n", [
    event("1", { type: "a" }),
    event("2"),
  ]],
];

for (const [name, text, events] of STREAMS) {
  Deno.test(`EventStreamParser reads ${name}`, () => assertEquals(parseText(text), events));
  Deno.test(`EventStreamParser reads ${name}, byte by byte`, () => {
    const bytes = new TextEncoder().encode(text);
    assertEquals(parse(Array.from(bytes, (byte) => new Uint8Array([byte]))), events);
  });
}

Deno.test("EventStreamParser.end() gives an event that no blank line ended", () => {
  const parser = new EventStreamParser(1000);
  assertEquals(parser.push(new TextEncoder().encode("data: a\ndata: b")), []);
  const last = parser.end();
  assertEquals(last === undefined ? undefined : plain(last), event("a\nb"));
  assertEquals(new EventStreamParser(1000).end(), undefined);
});

Deno.test("EventStreamParser refuses an event over its limit, in one line or in many", () => {
  const line = new TextEncoder().encode(`data: ${"x".repeat(600)}\n`);
  assertThrows(() => parse([line, line], 1000), EventTooLargeError);
  const piece = new TextEncoder().encode(`data: ${"x".repeat(600)}`);
  assertThrows(() => parse([piece, piece], 1000), EventTooLargeError);
  assertEquals(parse([line, new Uint8Array([10]), line, new Uint8Array([10])], 1000).length, 2);
});

/** The standard's text, word by word and slowly. */
function reference(text: string): Plain[] {
  const events: Plain[] = [];
  const lines = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n").replaceAll("\r", "\n").split(
    "\n",
  );
  lines.pop();
  let data: string[] = [];
  let [type, id, retry]: [string, string | undefined, number | undefined] = [
    "",
    undefined,
    undefined,
  ];
  for (const line of lines) {
    if (line === "") {
      const joined = data.join("\n");
      const has = data.length > 0 && joined !== "";
      if (has || id !== undefined || retry !== undefined) {
        events.push({ type: type || "message", data: has ? joined : undefined, id, retry });
      }
      [data, type, id, retry] = [[], "", undefined, undefined];
      continue;
    }
    if (line.startsWith(":")) continue;
    const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === "data") data.push(value);
    if (name === "event") type = value;
    if (name === "id" && !value.includes("\0")) id = value;
    if (name === "retry" && /^[0-9]{1,9}$/.test(value)) retry = Number(value);
  }
  return events;
}

Deno.test("EventStreamParser agrees with a slow reference on random streams in random chunks", () => {
  const random = seededRandom(4711);
  const parts = [
    "data: ",
    "data:",
    "data",
    "id: ",
    "id",
    "event: ",
    "retry: ",
    ":",
    "x",
    "12",
    "é",
    "😀",
    " ",
    "\n",
    "\n",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "\0",
    "{}",
  ];
  for (let round = 0; round < 5000; round++) {
    const count = Math.floor(random() * 30);
    const text = Array.from({ length: count }, () => parts[Math.floor(random() * parts.length)])
      .join("");
    const bytes = new TextEncoder().encode(text);
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (let start = 0; start < bytes.length;) {
      const end = start + 1 + Math.floor(random() * 8);
      chunks.push(bytes.slice(start, end));
      start = end;
    }
    // A final carriage return may or may not be followed by a line feed: both ends are legal.
    assertEquals(parse(chunks), reference(text), JSON.stringify(text));
  }
});

Deno.test("EventStreamParser keeps millions of empty lines of data in little memory", () => {
  const parser = new EventStreamParser(1 << 28);
  const chunk = new TextEncoder().encode("data:\n".repeat(100_000));
  const before = Deno.memoryUsage();
  for (let count = 0; count < 20; count++) parser.push(chunk);
  const after = Deno.memoryUsage();
  const used = after.heapUsed + after.external - before.heapUsed - before.external;
  if (used > 60e6) throw new Error(`2,000,000 lines take ${Math.round(used / 1e6)} MB`);
  const [event] = parser.push(new TextEncoder().encode("data: x\n\n"));
  assertEquals(event?.data?.length, 2_000_001);
  assertEquals(event?.data?.at(-1), "x".charCodeAt(0));
});

Deno.test("EventStreamParser joins many lines of data as it joins few", () => {
  for (const count of [1023, 1024, 1025, 5000]) {
    const lines = Array.from({ length: count }, (_, index) => index % 7 === 0 ? "" : String(index));
    const text = lines.map((line) => `data: ${line}\n`).join("");
    assertEquals(parseText(`${text}\ndata: next\n\n`), [event(lines.join("\n")), event("next")]);
  }
});
