import { assertEquals } from "@std/assert";
import { OpenRequests } from "../../../src/jsonrpc/open_requests.ts";
import { frameOf } from "../../../src/jsonrpc/message_frame.ts";
import { HttpFailure, type HttpReply } from "../../../src/platform/http_client.ts";
import { StreamableHttp } from "../../../src/transport/streamable_http/streamable_http.ts";
import { MOST_CALLS, Turns } from "../../../src/transport/turns.ts";
import { until } from "../../support/until.ts";
import { transportContext } from "./transport_context.ts";

Deno.test("Turns gives the turns in the order in which they were asked for", async () => {
  const turns = new Turns(2);
  assertEquals([turns.take(), turns.take()], [undefined, undefined]);
  const came: number[] = [];
  const waits = [1, 2, 3].map((one) => turns.take()?.then(() => came.push(one)));
  await Promise.resolve();
  assertEquals(came, []);
  turns.give();
  await waits[0];
  assertEquals(came, [1]);
  turns.give();
  turns.give();
  await Promise.all(waits);
  assertEquals(came, [1, 2, 3]);
  turns.give();
  turns.give();
  assertEquals([turns.take(), turns.take()], [undefined, undefined]);
  assertEquals(turns.take() instanceof Promise, true);
});

Deno.test("Turns keeps the order of many", async () => {
  const turns = new Turns(1);
  turns.take();
  const came: number[] = [];
  const waits = Array.from({ length: 5000 }, (_, one) => turns.take()?.then(() => came.push(one)));
  for (let count = 0; count < 5000; count++) turns.give();
  await Promise.all(waits);
  assertEquals(came, Array.from({ length: 5000 }, (_, one) => one));
});

Deno.test("StreamableHttp has a bounded number of requests under way, and sends the others in time", async () => {
  const open = new OpenRequests();
  const sent: ((reply: HttpReply) => void)[] = [];
  const transport = new StreamableHttp(transportContext(open, {
    exchange: () => new Promise((resolve) => void sent.push(resolve)),
    dropIdleConnections: () => {},
    close: () => {},
  }));
  const answered: string[] = [];
  for (let id = 0; id < MOST_CALLS + 3; id++) {
    open.open(String(id), {
      method: "tools/call",
      answer: () => {
        answered.push(String(id));
        return undefined;
      },
    });
    transport.send(frameOf({ jsonrpc: "2.0", id, method: "tools/call" }));
  }
  assertEquals(sent.length, MOST_CALLS);
  // Neither a ping nor a cancellation waits behind the calls.
  open.open('"p"', { method: "ping", answer: () => undefined });
  transport.send(frameOf({ jsonrpc: "2.0", id: "p", method: "ping" }));
  transport.send(frameOf({ jsonrpc: "2.0", method: "notifications/cancelled" }));
  assertEquals(sent.length, MOST_CALLS + 2);
  // One that is cancelled while it waits is never sent.
  open.close(String(MOST_CALLS));
  transport.drop(String(MOST_CALLS));
  sent[0]?.(jsonReply('{"jsonrpc":"2.0","id":0,"result":{}}'));
  sent[1]?.(jsonReply('{"jsonrpc":"2.0","id":1,"result":{}}'));
  await until("the requests that waited", () => sent.length >= MOST_CALLS + 4);
  assertEquals(answered, ["0", "1"]);
  await transport.close(0);
  assertEquals(sent.length, MOST_CALLS + 4);
});

Deno.test("StreamableHttp.close() has the requests answered that wait for their turn", async () => {
  const open = new OpenRequests();
  const transport = new StreamableHttp(transportContext(open, {
    exchange: ({ signal }) =>
      new Promise((_resolve, reject) => {
        const failure = new HttpFailure("cancelled", "unknown", "it was cancelled");
        signal?.addEventListener("abort", () => reject(failure));
      }),
    dropIdleConnections: () => {},
    close: () => {},
  }));
  for (let id = 0; id < 2 * MOST_CALLS + 3; id++) {
    open.open(String(id), { method: "tools/call", answer: () => undefined });
    transport.send(frameOf({ jsonrpc: "2.0", id, method: "tools/call" }));
  }
  await transport.close(0);
  await until("all answers", () => open.size === 0);
});

function jsonReply(text: string): HttpReply {
  return {
    status: 200,
    headers: {
      get: (name) => name === "content-type" ? "application/json" : undefined,
      all: () => [],
    },
    body: {
      read: () => Promise.resolve(undefined),
      bytes: () => Promise.resolve(new TextEncoder().encode(text)),
      cancel: () => {},
    },
  };
}
