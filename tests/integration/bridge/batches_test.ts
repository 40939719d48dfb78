import { assertEquals } from "@std/assert";
import { errorOf, textOf } from "../../support/assertions.ts";
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

Deno.test("bridge answers the messages of a batch though other members of it are none", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeInProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize("2025-03-26");
  peer.expect("good");
  const good = '{"jsonrpc":"2.0","id":"good","method":"ping"}';
  peer.expect("bad");
  await peer.sendRaw(`[${good},1,[${good}],{"jsonrpc":"2.0","id":"bad"}]\n`);
  assertEquals((await peer.answerTo("good", "ping"))["result"], {});
  assertEquals(errorOf(await peer.answerTo("bad", "ping")).code, -32600);
  const nameless = peer.lines.filter(({ json }) => json["id"] === null);
  assertEquals(nameless.map(({ json }) => errorOf(json).code), [-32600, -32600]);
});

Deno.test("bridge does not answer a request that a batch cancels", async () => {
  await using server = FakeServer.start({ answerCancelled: true });
  await using bridge = BridgeInProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize("2025-03-26");
  await peer.send(slow("a", 200));
  await until("the call", () => server.executions("tools/call slow") === 1);
  const params = { requestId: "a" };
  const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params };
  await peer.send(JSON.stringify([cancel, slow("b", 400)]));
  assertEquals(textOf(await peer.answerTo("b", "tools/call")), "slow and done");
  assertEquals(peer.lines.filter(({ json }) => json["id"] === "a"), []);
});
