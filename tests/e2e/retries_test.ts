import { assert, assertEquals } from "@std/assert";
import { assertExplains, errorOf, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import {
  closeUnanswered,
  onMethod,
  replyWith,
  truncateBody,
} from "../support/fake_server/faults.ts";

for (const status of [429, 502, 503]) {
  Deno.test(`bridge repeats a list that is answered ${status}, after Retry-After`, async () => {
    await using server = FakeServer.start();
    const act = replyWith(status, "later", { "retry-after": "1" });
    server.inject({ when: onMethod("tools/list"), times: 1, act });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    assert("result" in await bridge.peer.request("tools/list"));
    const [first, second] = server.receivedOf("tools/list").map(({ request }) => request.at);
    assert((second ?? 0) - (first ?? 0) >= 950, "it came back too early");
  });

  Deno.test(`bridge never repeats a call that is answered ${status}`, async () => {
    await using server = FakeServer.start();
    const act = replyWith(status, "later", { "retry-after": "7" });
    server.inject({ when: onMethod("tools/call"), times: 1, act });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    const response = await bridge.peer.call("echo");
    assertExplains(response, { url: server.url, status });
    if (status === 503) assert(/7 s/.test(errorOf(response).message), errorOf(response).message);
    assertEquals(server.receivedOf("tools/call").length, 1);
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  });

  Deno.test(`bridge gives up on a list that is answered ${status} for ever`, async () => {
    await using server = FakeServer.start();
    const act = replyWith(status, "never");
    server.inject({ when: onMethod("tools/list"), act });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    assertExplains(await bridge.peer.request("tools/list"), { url: server.url, status });
    assert(server.receivedOf("tools/list").length > 1);
  });
}

Deno.test("bridge does not wait for ever because a server says so", async () => {
  await using server = FakeServer.start();
  const act = replyWith(503, "next year", { "retry-after": "31536000" });
  server.inject({ when: onMethod("tools/list"), act });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.request("tools/list"), { url: server.url, status: 503 });
});

for (
  const [name, act] of [["is cut off", closeUnanswered], ["is truncated", truncateBody]] as const
) {
  Deno.test(`bridge repeats a list whose reply ${name}`, async () => {
    await using server = FakeServer.start();
    server.inject({ when: onMethod("tools/list"), times: 1, act });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    assert("result" in await bridge.peer.request("tools/list"));
    assertEquals(server.receivedOf("tools/list").length, 2);
  });
}

Deno.test("bridge repeats initialize when the server is not ready yet", async () => {
  await using server = FakeServer.start();
  const act = replyWith(503, "starting", { "retry-after": "1" });
  server.inject({ when: onMethod("initialize"), times: 2, act });
  await using bridge = BridgeProcess.start([server.url.href]);
  assert("result" in await bridge.peer.initialize());
  assertEquals(server.receivedOf("initialize").length, 3);
});

Deno.test("bridge sends a call again on a connection that an idle server had closed", async () => {
  await using server = FakeServer.start({ getStream: 405 });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  await server.waitForRequests("GET");
  for (let round = 1; round <= 5; round++) {
    await server.hangUp();
    assertEquals(textOf(await bridge.peer.call("add", { a: round, b: 0 })), String(round));
    assertEquals(server.executions("tools/call add"), round);
  }
});
