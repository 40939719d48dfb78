import { assertEquals, assertRejects } from "@std/assert";
import { ByteReader } from "../../../src/platform/byte_reader.ts";

/** A stream that gives a text in chunks of some bytes. */
function streamOf(text: string, chunkSize: number) {
  let rest = new TextEncoder().encode(text);
  return {
    read(target: Uint8Array): Promise<number | null> {
      if (rest.length === 0) return Promise.resolve(null);
      const chunk = rest.subarray(0, chunkSize);
      target.set(chunk);
      rest = rest.subarray(chunk.length);
      return Promise.resolve(chunk.length);
    },
  };
}

for (const chunkSize of [1, 3, 1000]) {
  Deno.test(`ByteReader takes exact pieces from chunks of ${chunkSize}`, async () => {
    const reader = new ByteReader(streamOf("abcHTTP/1.1 200 OK\r\nX: y\r\n\r\nrest", chunkSize));
    assertEquals(new TextDecoder().decode(await reader.exactly(3)), "abc");
    assertEquals(await reader.head(1000), "HTTP/1.1 200 OK\r\nX: y");
    assertEquals(new TextDecoder().decode(await reader.exactly(4)), "rest");
    assertEquals(reader.rest().length, 0);
  });
}

Deno.test("ByteReader.rest() gives what was read but not taken", async () => {
  const reader = new ByteReader(streamOf("abcdef", 1000));
  await reader.exactly(2);
  assertEquals(new TextDecoder().decode(reader.rest()), "cdef");
});

Deno.test("ByteReader fails at the end of the stream and at a head beyond the limit", async () => {
  await assertRejects(() => new ByteReader(streamOf("ab", 1)).exactly(3), Error, "ended");
  await assertRejects(() => new ByteReader(streamOf("ab\r\n", 1)).head(100), Error, "ended");
  await assertRejects(
    () => new ByteReader(streamOf("a".repeat(99), 7)).head(20),
    Error,
    "too long",
  );
});
