import { assert, assertEquals } from "@std/assert";
import { assertExplains } from "../../support/assertions.ts";
import { BridgeInProcess } from "../../support/bridge_in_process.ts";
import { FakeClock, untilPassing } from "../../support/fake_clock.ts";
import { FakeServer } from "../../support/fake_server/fake_server.ts";
import {
  closeUnanswered,
  type FaultAction,
  onMethod,
  redirectTo,
  replyWith,
} from "../../support/fake_server/faults.ts";
import { bodyText } from "../../support/fake_server/http_exchange.ts";

const EVENTS = { "content-type": "text/event-stream" };

/** Calls a tool whose stream says `priming` and ends, and does `resumed` to each GET that resumes it. */
async function callAndPoll(
  priming: string,
  resumed: (answer: string, lastEventId: string) => FaultAction,
) {
  const server = FakeServer.start();
  const clock = new FakeClock();
  const bridge = BridgeInProcess.start([server.url.href], { clock });
  await bridge.peer.initialize();
  const polls: number[] = [];
  let answer = "";
  server.inject({
    when: onMethod("tools/call"),
    act: (exchange) => {
      const id = JSON.stringify(JSON.parse(bodyText(exchange.request)).id);
      answer = `data: {"jsonrpc":"2.0","id":${id},"result":{}}\n\n`;
      return replyWith(200, priming, EVENTS)(exchange);
    },
  });
  server.inject({
    when: ({ headers }) => headers.has("last-event-id"),
    act: (exchange) => {
      polls.push(clock.now());
      return resumed(answer, exchange.request.headers.get("last-event-id") ?? "")(exchange);
    },
  });
  const call = await bridge.peer.startCall("slow");
  const dispose = async () => {
    await bridge[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
  return { server, clock, polls, call, [Symbol.asyncDispose]: dispose };
}

Deno.test("bridge polls a call for as long as the server that asks for it has no answer", async () => {
  await using polling = await callAndPoll(
    "id: 1\nretry: 500\ndata:\n\n",
    (answer) => {
      const { length } = polling.polls;
      return replyWith(200, length < 50 ? `id: ${length}\ndata:\n\n` : answer, EVENTS);
    },
  );
  const { clock, call, polls } = polling;
  await untilPassing(clock, "the answer", () => call.answered);
  assertEquals((await call.answer)["result"], {});
  assertEquals(polls.length, 50);
  for (const [index, at] of polls.entries()) {
    if (index > 0) assert(at - (polls[index - 1] ?? 0) >= 500);
  }
});

Deno.test("bridge rushes at no server that asks for no delay, and waits no day for one that asks for it", async () => {
  for (const [retry, least, most] of [[0, 100, 1000], [999_999_999, 50_000, 70_000]] as const) {
    await using polling = await callAndPoll(`id: 1\nretry: ${retry}\ndata:\n\n`, (answer) => {
      const { length } = polling.polls;
      return replyWith(200, length < 5 ? `id: ${length}\ndata:\n\n` : answer, EVENTS);
    });
    const { clock, call, polls } = polling;
    await untilPassing(clock, "the answer", () => call.answered, least);
    for (const [index, at] of polls.entries()) {
      const wait = at - (polls[index - 1] ?? 0);
      if (index > 0) assert(wait >= least && wait <= most, `retry ${retry}: ${wait} ms`);
    }
  }
});

Deno.test("bridge resumes after an event id beyond ASCII", async () => {
  const ids: string[] = [];
  await using polling = await callAndPoll("id: é\nretry: 100\ndata:\n\n", (answer, id) => {
    ids.push(id);
    return replyWith(200, answer, EVENTS);
  });
  await untilPassing(polling.clock, "the answer", () => polling.call.answered);
  assertEquals((await polling.call.answer)["result"], {});
  assertEquals(ids, ["é"]);
});

Deno.test("bridge answers at once when resuming fails in a way that lasts", async () => {
  await using polling = await callAndPoll(
    "id: 1\nretry: 100\ndata:\n\n",
    () => redirectTo(302, "ftp://example.com/"),
  );
  await untilPassing(polling.clock, "the answer", () => polling.call.answered);
  assertExplains(await polling.call.answer, { url: polling.server.url, says: /redirect/ });
  assertEquals(polling.polls.length, 1);
});

Deno.test("bridge answers a call of a server that stays away before its client loses patience", async () => {
  await using polling = await callAndPoll("id: 1\nretry: 500\ndata:\n\n", () => closeUnanswered);
  const { clock, call, server } = polling;
  const begun = clock.now();
  await untilPassing(clock, "the answer", () => call.answered);
  assertExplains(await call.answer, { url: server.url, says: /may have run/ });
  assert(clock.now() - begun < 45_000, `it took ${clock.now() - begun} ms`);
});
