import { assert, assertEquals } from "@std/assert";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeClock, untilPassing } from "../../support/fake_clock.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import { neverAnswer } from "../../support/fake_server/faults.ts";
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
