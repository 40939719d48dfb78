import { assert, assertEquals } from "@std/assert";
import { frameOf } from "../../../src/jsonrpc/message_frame.ts";
import { OpenRequests } from "../../../src/jsonrpc/open_requests.ts";
import type { HttpReply } from "../../../src/platform/http_client.ts";
import { KeptConnection } from "../../../src/transport/http_sse/kept_connection.ts";
import { Session } from "../../../src/transport/session.ts";
import { FakeClock, untilPassing } from "../../support/fake_clock.ts";
import { until } from "../../support/until.ts";
import { transportContext } from "./transport_context.ts";

/** An event stream that names its endpoint and goes on until `over`. */
function streamUntil(over: Promise<void>): HttpReply {
  const chunks = [new TextEncoder().encode("event: endpoint\ndata: /messages\n\n")];
  return {
    status: 200,
    headers: {
      get: (name) => name === "content-type" ? "text/event-stream" : undefined,
      all: () => [],
    },
    body: {
      read: () => {
        const chunk = chunks.shift();
        return chunk === undefined ? over.then(() => undefined) : Promise.resolve(chunk);
      },
      bytes: () => Promise.reject(new Error("not asked for")),
      cancel: () => {},
    },
  };
}

Deno.test("KeptConnection opens another stream for one that ends while its session is opened anew", async () => {
  const ends: (() => void)[] = [];
  const clock = new FakeClock();
  const context = transportContext(new OpenRequests(), {
    exchange: () => {
      const over = Promise.withResolvers<void>();
      ends.push(over.resolve);
      return Promise.resolve(streamUntil(over.promise));
    },
    dropIdleConnections: () => {},
    close: () => {},
  });
  const session = new Session();
  const closing = new AbortController();
  let renewals = 0;
  const stream = new KeptConnection({ ...context, clock }, {
    session,
    intercept: () => false,
    closing: closing.signal,
    renew: async () => {
      if (++renewals > 1) return true;
      ends[1]?.();
      await until("the end to be noticed", () => stream.current === undefined);
      return true;
    },
    onUse: () => {},
    onLost: () => {},
  });
  assertEquals((await stream.connect(closing.signal)).kind, "connected");
  session.establish(undefined, frameOf({ jsonrpc: "2.0", id: 1, result: {} }));
  ends[0]?.();
  await untilPassing(clock, "a session over a third stream", () => renewals === 2, 50);
  assert(await stream.ready() !== undefined);
  assertEquals(ends.length, 3);
  closing.abort();
  stream.close();
});
