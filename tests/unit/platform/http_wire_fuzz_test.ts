import { assert, assertEquals } from "@std/assert";
import { HttpFailure, type HttpReply } from "../../../src/platform/http_client.ts";
import { openWireHttpClient } from "../../../src/platform/http_wire_client.ts";
import { FakeRuntime, type FakeSocket, latin1Bytes, PLAIN_OPTIONS } from "./http_wire_fakes.ts";

const ROUNDS = 400;
const NO_LIMIT = 1 << 30;

/** Numbers that look random and are the same in every run (mulberry32). */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** An integer from 0 to `end`, that excluded. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end;
  }

  pick<T>(first: T, ...others: readonly T[]): T {
    return others[this.below(others.length + 1)] ?? first;
  }

  /** Characters of any byte. */
  content(): string {
    const length = this.pick(0, 1, this.below(20), this.below(300), this.below(40_000));
    let text = "";
    for (let index = 0; index < length; index++) text += String.fromCharCode(this.below(256));
    return text;
  }
}

/** A reply and what it means. */
interface Sample {
  readonly wire: string;
  readonly status: number;
  readonly fields: readonly (readonly [string, string])[];
  readonly content: string;
  readonly endsWithConnection: boolean;
}

function sample(dice: Dice): Sample {
  const lineEnd = () => dice.pick("\r\n", "\r\n", "\r\n", "\n");
  const status = dice.pick(200, 200, 202, 404, 500, 204, 304);
  const empty = status === 204 || status === 304;
  const content = empty ? "" : dice.content();
  const framing = empty ? "none" : dice.pick("length", "chunked", "until_close");
  const fields: [string, string][] = [];
  for (let index = dice.below(6); index > 0; index--) {
    fields.push([
      dice.pick("X-", "x!") + dice.below(1000),
      dice.pick("", "a b", "\xe9", "0".repeat(99)),
    ]);
  }
  const framed: [string, string][] = [...fields];
  if (framing === "length") framed.push(["Content-LENGTH", String(content.length)]);
  if (framing === "chunked") framed.push(["transfer-encoding", dice.pick("chunked", "Chunked")]);
  if (dice.below(4) === 0) framed.unshift(["Connection", dice.pick("close", "keep-alive")]);
  let wire = "";
  while (dice.below(5) === 0) {
    wire += `HTTP/1.1 ${dice.pick(100, 103)}${lineEnd()}a: b${lineEnd()}${lineEnd()}`;
  }
  wire += `HTTP/1.${dice.pick(1, 1, 0)} ${status}${
    dice.pick("", " ", " OK", " \xff x")
  }${lineEnd()}`;
  for (const [name, value] of framed) {
    wire += `${name}:${dice.pick(" ", "", "\t  ")}${value}${dice.pick("", " ")}${lineEnd()}`;
  }
  wire += lineEnd() + (framing === "chunked" ? chunked(dice, content) : content);
  return { wire, status, fields, content, endsWithConnection: framing === "until_close" };
}

function chunked(dice: Dice, content: string): string {
  let wire = "";
  for (let start = 0; start < content.length;) {
    const size = 1 + dice.below(dice.pick(3, 500, 20_000));
    const chunk = content.slice(start, start + size);
    const digits = dice.pick("", "0", "000") + chunk.length.toString(16);
    wire += dice.pick(digits, digits.toUpperCase()) + dice.pick("", " ", ";a", ' ; a="b"') +
      `\r\n${chunk}\r\n`;
    start += size;
  }
  return wire + dice.pick("0", "00") + "\r\n" + dice.pick("", "T: u\r\n", "T: u\r\nV:\r\n") +
    "\r\n";
}

/** Sends the bytes cut at random places. */
function sendInPieces(dice: Dice, socket: FakeSocket, wire: string): void {
  const bytes = latin1Bytes(wire);
  const longest = dice.pick(1, 10, 1000, 100_000);
  // Few pieces of a large reply: the test shall be quick.
  const least = Math.ceil(bytes.length / 2000);
  for (let start = 0; start < bytes.length;) {
    const end = start + Math.max(least, 1 + dice.below(longest));
    socket.send(bytes.subarray(start, end));
    start = end;
  }
}

async function content(dice: Dice, { body }: HttpReply): Promise<string> {
  const text: string[] = [];
  // Some of it by chunks, some of it at once.
  for (let reads = dice.pick(0, 1, 3, Infinity); reads > 0; reads--) {
    const chunk = await body.read();
    if (chunk === undefined) return text.join("");
    text.push(characters(chunk));
  }
  text.push(characters(await body.bytes(NO_LIMIT)));
  return text.join("");
}

function characters(bytes: Uint8Array): string {
  return Array.from(bytes, (code) => String.fromCharCode(code)).join("");
}

Deno.test("exchange() reads any valid reply, cut anywhere, and the next one on its connection", async () => {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const dice = new Dice(seed);
    const runtime = new FakeRuntime();
    const client = openWireHttpClient(PLAIN_OPTIONS, runtime);
    const samples = Array.from({ length: 3 }, () => sample(dice));
    let next = 0;
    runtime.onConnect = (socket) =>
      socket.onWrite = () => {
        const { wire, endsWithConnection } = samples[next++] ?? sample(dice);
        sendInPieces(dice, socket, wire);
        if (endsWithConnection) socket.end();
      };
    for (const expected of samples) {
      const url = new URL("http://192.0.2.1/");
      const reply = await client.exchange({ method: "GET", url, headers: [] });
      assertEquals(reply.status, expected.status);
      for (const [name] of expected.fields) {
        const values = expected.fields.filter((field) => field[0] === name);
        assertEquals(reply.headers.all(name), values.map(([, value]) => value));
      }
      const got = await content(dice, reply);
      assert(got === expected.content, `seed ${seed}: other content`);
    }
    client.close();
  }
});

function mutate(dice: Dice, wire: string): string {
  let text = wire;
  for (let count = 1 + dice.below(4); count > 0; count--) {
    const at = dice.below(Math.min(text.length, dice.pick(60, 300, 100_000)) + 1);
    const removed = dice.pick(0, 1, 1, dice.below(10));
    const added = dice.pick("", "\r", "\n", "\r\n", ":", " ", "0", "f", "\0", "\r\n\r\n", "\x80");
    text = text.slice(0, at) + added + text.slice(at + removed);
  }
  return dice.below(4) === 0 ? text.slice(0, dice.below(text.length + 1)) : text;
}

Deno.test("exchange() answers any broken reply with a reply or an HttpFailure", async () => {
  let failures = 0;
  for (let seed = 1; seed <= 2 * ROUNDS; seed++) {
    const dice = new Dice(seed);
    const runtime = new FakeRuntime();
    const client = openWireHttpClient(PLAIN_OPTIONS, runtime);
    const wire = mutate(dice, sample(dice).wire);
    runtime.onConnect = (socket) => {
      sendInPieces(dice, socket, wire);
      if (dice.below(2) === 0) socket.end();
      else socket.reset();
    };
    try {
      const url = new URL("http://192.0.2.1/");
      const reply = await client.exchange({ method: "GET", url, headers: [] });
      const got = await content(dice, reply);
      assert(got.length <= wire.length);
    } catch (error) {
      failures++;
      assert(error instanceof HttpFailure, `seed ${seed}: ${error}`);
      assert(runtime.socket(0).closed, `seed ${seed}: left open`);
    }
    client.close();
  }
  assert(failures > ROUNDS / 2, "the mutations are too tame");
});
