import { assertEquals, assertRejects } from "@std/assert";
import { StdoutClosed } from "../../src/platform/standard_streams.ts";
import { MemoryStreams } from "./memory_streams.ts";

const decoder = new TextDecoder();

Deno.test("MemoryStreams.readStdin() waits for input and ends after the last of it", async () => {
  const streams = new MemoryStreams(() => {});
  const first = streams.readStdin();
  streams.feed("one");
  streams.feed("two");
  streams.endStdin();
  assertEquals(decoder.decode(await first), "one");
  assertEquals(decoder.decode(await streams.readStdin()), "two");
  assertEquals(await streams.readStdin(), undefined);
});

Deno.test("MemoryStreams.writeStdout() fails once the reader is gone", async () => {
  const written: string[] = [];
  const streams = new MemoryStreams((bytes) => written.push(decoder.decode(bytes)));
  await streams.writeStdout(new TextEncoder().encode("a"));
  streams.closeStdout();
  await assertRejects(() => streams.writeStdout(new Uint8Array(1)), StdoutClosed);
  assertEquals(written, ["a"]);
});
