import { assertEquals } from "@std/assert";
import { textOf } from "../../support/assertions.ts";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import { onMethod } from "../../support/fake_server/faults.ts";

Deno.test("bridge replays no request before the server has taken the new session for initialized", async () => {
  await using server = FakeServer.start();
  await using bridge = BridgeInProcess.start([server.url.href]);
  const { peer } = bridge;
  await peer.initialize();
  await server.waitForRequests("GET");
  server.forgetSessions();
  let initialized = false;
  const tooEarly = server.inject({
    when: (request, messages) =>
      !initialized && onMethod("tools/call")(request, messages) &&
      server.sessions.has(request.headers.get("mcp-session-id") ?? ""),
    act: (exchange) => exchange.reply(400, {}, "Bad Request: Server not initialized"),
  });
  // Of two calls in the lost session, one is refused only when the new session is there already.
  const late = Promise.withResolvers<void>();
  const refused = Promise.withResolvers<void>();
  server.inject({
    when: (_, messages) => JSON.stringify(messages).includes('"late"'),
    times: 1,
    act: async (exchange) => {
      await late.promise;
      await exchange.reply(404, {}, "Session not found");
      refused.resolve();
    },
  });
  const taken = Promise.withResolvers<void>();
  server.inject({
    when: onMethod("notifications/initialized"),
    act: async (exchange) => {
      await taken.promise;
      initialized = true;
      await exchange.reply(202);
    },
  });
  const early = await peer.startCall("echo", { text: "early" });
  const second = await peer.startCall("echo", { text: "late" });
  await server.waitForMessage("notifications/initialized", 2);
  late.resolve();
  await refused.promise;
  await peer.request("ping");
  taken.resolve();
  assertEquals(textOf(await early.answer), "early");
  assertEquals(textOf(await second.answer), "late");
  assertEquals(tooEarly.hits, 0);
});
