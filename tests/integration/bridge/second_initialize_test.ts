import { assertEquals } from "@std/assert";
import { assertExplains, textOf } from "../../support/assertions.ts";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import { until } from "../../support/until.ts";

for (const binding of ["streamable-http", "http-sse"] as const) {
  Deno.test(`bridge answers what is under way when the client initializes anew (${binding})`, async () => {
    await using server = FakeServer.start({ binding });
    await using bridge = BridgeInProcess.start([server.url.href]);
    const { peer } = bridge;
    await peer.initialize();
    const call = await peer.startCall("slow", { ms: 60_000 });
    await until("the call", () => server.executions("tools/call slow") === 1);
    await peer.initialize();
    assertExplains(await call.answer, { url: server.url, says: /may have run/ });
    assertEquals(textOf(await peer.call("add", { a: 1, b: 1 })), "2");
  });
}
