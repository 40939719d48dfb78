import { assert, assertEquals } from "@std/assert";
import { LinePump } from "../../../src/bridge/line_pump.ts";

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A pump over chunks that are there at once; the handling of the first line waits for `gate`. */
function pumpOf(chunks: readonly string[], gate: Promise<void>) {
  const handled: string[] = [];
  let read = 0;
  const pump = new LinePump(
    () => {
      const chunk = chunks[read++];
      return Promise.resolve(chunk === undefined ? undefined : new TextEncoder().encode(chunk));
    },
    {
      maxLineBytes: 1000,
      handle: (line) => {
        if (line.kind === "line") handled.push(decode(line.bytes));
        return handled.length === 1 ? gate : undefined;
      },
    },
  );
  return { pump, handled, chunksRead: () => read };
}

Deno.test("LinePump notices the end of the input while a line is being handled", async () => {
  const gate = Promise.withResolvers<void>();
  const { pump, handled } = pumpOf(["a\nb\n", "c\n"], gate.promise);
  await pump.run();
  assertEquals(handled, ["a"]);
  gate.resolve();
  await pump.idle();
  assertEquals(handled, ["a", "b", "c"]);
});

Deno.test("LinePump reads no flood of lines ahead of the one being handled", async () => {
  const gate = Promise.withResolvers<void>();
  const chunk = Array.from({ length: 1000 }, (_, index) => `${index}\n`).join("");
  const { pump, handled, chunksRead } = pumpOf(Array(100).fill(chunk), gate.promise);
  const running = pump.run();
  await new Promise((resolve) => setTimeout(resolve, 0));
  const ahead = chunksRead();
  assert(ahead < 20, `it has read ${ahead} chunks`);
  gate.resolve();
  await running;
  await pump.idle();
  assertEquals(handled.length, 100_000);
  assertEquals(handled.slice(-2), ["998", "999"]);
});
