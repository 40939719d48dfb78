import { assert, assertEquals } from "@std/assert";
import { StdoutClosed } from "../../../src/platform/standard_streams.ts";
import { LineWriter } from "../../../src/stdio/line_writer.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** A sink that takes a write when the test lets it. */
function slowSink(): {
  writes: string[];
  sink: (bytes: Uint8Array) => Promise<void>;
  release: () => void;
} {
  const writes: string[] = [];
  let gate = Promise.withResolvers<void>();
  return {
    writes,
    sink: async (bytes) => {
      writes.push(new TextDecoder().decode(bytes));
      await gate.promise;
    },
    release: () => {
      gate.resolve();
      gate = Promise.withResolvers<void>();
      gate.resolve();
    },
  };
}

Deno.test("LineWriter joins lines that come together into one write", async () => {
  const { writes, sink, release } = slowSink();
  const writer = new LineWriter(sink, () => {});
  writer.write(encode("a"));
  writer.write(encode("b"));
  release();
  await writer.flush();
  assertEquals(writes, ["a\nb\n"]);
});

Deno.test("LineWriter keeps the order of small and large lines", async () => {
  const written: string[] = [];
  const writer = new LineWriter((bytes) => {
    written.push(new TextDecoder().decode(bytes));
    return Promise.resolve();
  }, () => {});
  const large = "x".repeat(100_000);
  writer.write(encode("a"));
  writer.write(encode(large));
  writer.write(encode("b"));
  await writer.flush();
  assertEquals(written.join(""), `a\n${large}\nb\n`);
});

Deno.test("LineWriter asks its caller to wait when much is queued", async () => {
  const { sink, release } = slowSink();
  const writer = new LineWriter(sink, () => {});
  assertEquals(writer.write(encode("a")), undefined);
  await undefined;
  await undefined;
  const wait = writer.write(new Uint8Array(2_000_000));
  assert(wait !== undefined);
  release();
  await wait;
});

Deno.test("LineWriter says once that its reader is gone and drops the rest", async () => {
  let closed = 0;
  const writer = new LineWriter(() => Promise.reject(new StdoutClosed()), () => closed++);
  writer.write(encode("a"));
  await writer.flush();
  writer.write(encode("b"));
  await writer.flush();
  assertEquals(closed, 1);
});
