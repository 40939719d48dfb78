import { assert, assertEquals } from "@std/assert";
import { readFrame } from "../../../src/jsonrpc/message_frame.ts";
import { InvalidMessageError, scanEnvelope } from "../../../src/jsonrpc/scan_envelope.ts";
import { JsonSyntaxError } from "../../../src/jsonrpc/scan_value.ts";
import { seededRandom } from "../../support/seeded_random.ts";

/** What JSON.parse, the slow reference, makes of a message. */
function reference(
  text: string,
): { kind: string; id: string | undefined; method: string | undefined } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const message = value as { [member: string]: unknown };
  const id = message["id"] === null || message["id"] === undefined
    ? undefined
    : JSON.stringify(message["id"]);
  const method = message["method"];
  if (typeof method === "string") {
    return { kind: id === undefined ? "notification" : "request", id, method };
  }
  if (message["error"] !== undefined && message["error"] !== null) {
    return { kind: "error", id, method: undefined };
  }
  return { kind: "result", id, method: undefined };
}

function randomValue(random: () => number, depth: number): unknown {
  const kinds = depth > 3 ? 5 : 7;
  switch (Math.floor(random() * kinds)) {
    case 0:
      return Math.floor(random() * 1e6) / (random() < 0.5 ? 1 : 1000);
    case 1:
      return [
        "plain",
        'quote " inside',
        "back\\slash",
        "\u2028 and é and 😀",
        "x".repeat(60),
        '\\"',
        "",
      ][Math.floor(random() * 7)];
    case 2:
      return random() < 0.5;
    case 3:
      return null;
    case 4:
      return -Math.floor(random() * 1e9) * 1e9;
    case 5:
      return Array.from({ length: Math.floor(random() * 4) }, () => randomValue(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from(
          { length: Math.floor(random() * 4) },
          (
            _,
            index,
          ) => [
            ["id", "method", "result", `k"${index}`][index] ?? "z",
            randomValue(random, depth + 1),
          ],
        ),
      );
  }
}

function randomMessage(random: () => number): string {
  const id = [0, 1, -5, "a", 'x"y', 9007199254740991][Math.floor(random() * 6)];
  const members: [string, unknown][] = [["jsonrpc", "2.0"]];
  const kind = Math.floor(random() * 4);
  if (kind !== 1) members.push(["id", id]);
  if (kind < 2) members.push(["method", "tools/call"], ["params", randomValue(random, 0)]);
  else if (kind === 2) members.push(["result", randomValue(random, 0)]);
  else members.push(["error", { code: -1, message: "m", data: randomValue(random, 0) }]);
  members.sort(() => random() - 0.5);
  return JSON.stringify(Object.fromEntries(members), null, random() < 0.3 ? 2 : 0);
}

Deno.test("scanEnvelope() agrees with JSON.parse on random messages", () => {
  const random = seededRandom(20261121);
  for (let round = 0; round < 20_000; round++) {
    const text = randomMessage(random);
    const expected = reference(text);
    const envelope = scanEnvelope(new TextEncoder().encode(text));
    assertEquals(envelope.kind, expected?.kind, text);
    assertEquals("id" in envelope ? envelope.id : undefined, expected?.id, text);
    assertEquals("method" in envelope ? envelope.method : undefined, expected?.method, text);
  }
});

Deno.test("readFrame() accepts no mutated message that JSON.parse refuses", () => {
  const random = seededRandom(7);
  let refused = 0;
  for (let round = 0; round < 20_000; round++) {
    const bytes = new TextEncoder().encode(randomMessage(random));
    const mutated = bytes.slice(
      0,
      random() < 0.3 ? Math.floor(random() * bytes.length) : bytes.length,
    );
    for (let count = 0; count < 2 && mutated.length > 0; count++) {
      mutated[Math.floor(random() * mutated.length)] = 0x20 + Math.floor(random() * 0x5f);
    }
    let accepted = true;
    try {
      readFrame(mutated);
    } catch {
      accepted = false;
    }
    const text = new TextDecoder().decode(mutated);
    if (!accepted) refused++;
    else assert(isJson(text), text);
  }
  assert(refused > 5000);
});

Deno.test("readFrame() makes JSON of messages with any control character anywhere", () => {
  const random = seededRandom(11);
  let kept = 0;
  for (let round = 0; round < 5000; round++) {
    const bytes = new TextEncoder().encode(randomMessage(random));
    const at = Math.floor(random() * bytes.length);
    if (bytes[at] === undefined || bytes[at] >= 0x80) continue;
    bytes[at] = Math.floor(random() * 0x20);
    try {
      JSON.parse(new TextDecoder().decode(readFrame(bytes).bytes));
      kept++;
    } catch (error) {
      const isOurs = error instanceof JsonSyntaxError || error instanceof InvalidMessageError;
      assert(isOurs, String(error));
    }
  }
  assert(kept > 1000);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
