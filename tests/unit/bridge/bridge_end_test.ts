import { assert, assertEquals } from "@std/assert";
import { Bridge } from "../../../src/bridge/bridge.ts";
import type { JsonObject } from "../../../src/jsonrpc/frame.ts";
import { LineWriter } from "../../../src/stdio/line_writer.ts";
import { errorOf } from "../../support/assertions.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryLogger } from "../../support/memory_logger.ts";

/** A bridge to a server that never answers. */
function bridgeToNowhere() {
  let text = "";
  let sent = 0;
  const decoder = new TextDecoder();
  const writer = new LineWriter((bytes) => {
    text += decoder.decode(bytes);
    return Promise.resolve();
  }, () => {});
  const bridge = new Bridge({
    writer,
    logger: new MemoryLogger(),
    serverUrl: new URL("https://mcp.example/mcp"),
    maxMessageBytes: 1024,
    allowedTools: undefined,
    mergePages: false,
    clock: new FakeClock(),
    signIn: undefined,
    connect: () => ({
      ready: true,
      send: () => {
        sent++;
        return undefined;
      },
      delivered: () => Promise.resolve(),
      listen: () => {},
      drop: () => {},
      refresh: () => {},
      close: () => Promise.resolve(),
    }),
  });
  return {
    bridge,
    sent: () => sent,
    request: (id: number) => {
      const bytes = new TextEncoder().encode(`{"jsonrpc":"2.0","id":${id},"method":"tools/call"}`);
      bridge.fromClient({ kind: "line", bytes });
    },
    answers: async (): Promise<JsonObject[]> => {
      await writer.flush();
      return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
    },
  };
}

Deno.test("Bridge answers at its end what is open, and what comes afterwards, and sends nothing more", async () => {
  const { bridge, request, sent, answers } = bridgeToNowhere();
  request(1);
  await bridge.close(0);
  request(2);
  const [first, second, ...more] = await answers();
  assertEquals([first?.["id"], second?.["id"], more.length], [1, 2, 0]);
  assert(/may have run/.test(errorOf(first ?? {}).message));
  assert(!/may have run/.test(errorOf(second ?? {}).message));
  assertEquals(sent(), 1);
});

Deno.test("Bridge does not spend its end on answers to a flood of requests", async () => {
  const { bridge, request, answers } = bridgeToNowhere();
  for (let id = 0; id < 20_000; id++) request(id);
  await bridge.close(0);
  for (let id = 20_000; id < 25_000; id++) request(id);
  const count = (await answers()).length;
  assert(count > 100 && count < 5000, `${count} answers`);
});
