import { assertEquals } from "@std/assert";
import { textOf } from "../../support/assertions.ts";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import { until } from "../../support/until.ts";

function slow(id: string, ms: number) {
  const params = { name: "slow", arguments: { ms } };
  return { jsonrpc: "2.0", id, method: "tools/call", params };
}

Deno.test("bridge keeps the rest of a batch when its first request is cancelled", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeInProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize("2025-03-26");
  await peer.send(JSON.stringify([slow("a", 60_000), slow("b", 100)]));
  await until("the calls", () => server.executions("tools/call slow") === 2);
  await peer.notify("notifications/cancelled", { requestId: "a" });
  assertEquals(textOf(await peer.answerTo("b", "tools/call")), "slow and done");
  assertEquals(peer.lines.filter(({ json }) => json["id"] === "a"), []);
});
