import { assertEquals, assertThrows } from "@std/assert";
import { elfImageLength } from "../../../scripts/build/elf.ts";

interface Shape {
  readonly tableOffset: number;
  readonly entrySize: number;
  readonly entries: number;
  readonly total: number;
}

function elf(shape: Shape): Uint8Array {
  const bytes = new Uint8Array(shape.total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46);
  view.setUint8(4, 2);
  view.setUint8(5, 1);
  view.setBigUint64(0x28, BigInt(shape.tableOffset), true);
  view.setUint16(0x3a, shape.entrySize, true);
  view.setUint16(0x3c, shape.entries, true);
  return bytes;
}

const GOOD: Shape = { tableOffset: 1000, entrySize: 64, entries: 10, total: 2000 };

Deno.test("elfImageLength() ends with the section header table", () => {
  assertEquals(elfImageLength(elf(GOOD)), 1640);
});

Deno.test("elfImageLength() allows an image with nothing after it", () => {
  assertEquals(elfImageLength(elf({ ...GOOD, total: 1640 })), 1640);
});

Deno.test("elfImageLength() reads a view into a larger buffer", () => {
  const padded = new Uint8Array(2100);
  padded.set(elf(GOOD), 100);
  assertEquals(elfImageLength(padded.subarray(100)), 1640);
});

const BROKEN: readonly (readonly [string, Uint8Array, string])[] = [
  ["no ELF image", new TextEncoder().encode("MZ".padEnd(100)), "no ELF image"],
  ["a file that is too short", elf(GOOD).subarray(0, 63), "no ELF image"],
  ["a 32-bit image", elf(GOOD).with(4, 1), "not 64-bit little-endian"],
  ["a big-endian image", elf(GOOD).with(5, 2), "not 64-bit little-endian"],
  ["a truncated image", elf(GOOD).subarray(0, 1639), "table is missing"],
  ["an image without sections", elf({ ...GOOD, entries: 0 }), "table is missing"],
  ["a table inside the header", elf({ ...GOOD, tableOffset: 0 }), "table is missing"],
];

for (const [name, bytes, message] of BROKEN) {
  Deno.test(`elfImageLength() refuses ${name}`, () => {
    assertThrows(() => elfImageLength(bytes), RangeError, message);
  });
}
