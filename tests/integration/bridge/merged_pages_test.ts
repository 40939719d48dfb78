import { assert, assertEquals } from "@std/assert";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeClock, untilPassing } from "../../support/fake_clock.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import { neverAnswer, replyWith } from "../../support/fake_server/faults.ts";
import { member } from "../../support/fake_server/rpc.ts";

Deno.test("bridge merges pages without waiting for ever for one of them", async () => {
  await using server = FakeServer.start({ pageSize: 2 });
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start([server.url.href, "--merge-pages"], { clock });
  const { peer } = bridge;
  await peer.initialize();
  server.inject({
    when: (_, [message]) =>
      message !== undefined && member(message, "params", "cursor") !== undefined,
    act: neverAnswer,
  });
  const listing = await peer.start("tools/list");
  await untilPassing(clock, "the list", () => listing.answered);
  const answer = await listing.answer;
  assertEquals((member(answer, "result", "tools") as unknown[]).length, 2);
  assert(typeof member(answer, "result", "nextCursor") === "string");
});

Deno.test("bridge merges pages over HTTP+SSE, where they come on one stream", async () => {
  await using server = FakeServer.start({ binding: "http-sse", pageSize: 2 });
  const args = [server.url.href, "--transport", "sse-only", "--merge-pages"];
  const clock = new FakeClock();
  await using bridge = BridgeInProcess.start(args, { clock });
  await bridge.peer.initialize();
  const answer = await bridge.peer.request("tools/list");
  assertEquals(member(answer, "result", "nextCursor"), undefined);
  assert((member(answer, "result", "tools") as unknown[]).length > 2);
});

Deno.test("bridge does not answer a list that was cancelled while its pages were merged", async () => {
  await using server = FakeServer.start({ pageSize: 2 });
  await using bridge = BridgeInProcess.start([server.url.href, "--merge-pages"]);
  const { peer } = bridge;
  await peer.initialize();
  const asked = Promise.withResolvers<void>();
  const page = Promise.withResolvers<void>();
  const fault = server.inject({
    when: (_, [message]) =>
      message !== undefined && member(message, "params", "cursor") !== undefined,
    act: async (exchange) => {
      asked.resolve();
      await page.promise;
      await replyWith(500, "too late")(exchange);
    },
  });
  await peer.send({ jsonrpc: "2.0", id: "list", method: "tools/list" });
  await asked.promise;
  await peer.notify("notifications/cancelled", { requestId: "list" });
  await peer.request("ping");
  page.resolve();
  fault.remove();
  await bridge.peer.call("add", { a: 1, b: 1 });
  assertEquals(peer.lines.filter(({ json }) => json["id"] === "list"), []);
});
