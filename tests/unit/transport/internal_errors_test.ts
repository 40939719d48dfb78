import { assertEquals } from "@std/assert";
import type { Frame } from "../../../src/jsonrpc/frame.ts";
import { frameOf } from "../../../src/jsonrpc/message_frame.ts";
import { OpenRequests } from "../../../src/jsonrpc/open_requests.ts";
import type { HttpClient } from "../../../src/platform/http_client.ts";
import { HttpSse } from "../../../src/transport/http_sse/http_sse.ts";
import { StreamableHttp } from "../../../src/transport/streamable_http/streamable_http.ts";
import type { TransportContext } from "../../../src/transport/transport.ts";
import { errorOf } from "../../support/assertions.ts";
import { endpointStream } from "./endpoint_stream.ts";
import { transportContext } from "./transport_context.ts";

/** The stream stays open. */
const NEVER = new Promise<void>(() => {});

/** A client with a bug: no POST fails as the port says. */
const BROKEN_CLIENT: HttpClient = {
  exchange: ({ method }) =>
    method === "GET"
      ? Promise.resolve(endpointStream(NEVER))
      : Promise.reject(new RangeError("a bug")),
  dropIdleConnections: () => {},
  close: () => {},
};

/** What the request is answered with. */
async function answerOf(
  connect: (context: TransportContext) => Promise<StreamableHttp | HttpSse>,
): Promise<Frame> {
  const open = new OpenRequests();
  const transport = await connect(transportContext(open, BROKEN_CLIENT));
  const answered = Promise.withResolvers<Frame>();
  open.open("1", {
    method: "tools/call",
    answer: (response) => {
      answered.resolve(response);
      return undefined;
    },
  });
  transport.send(frameOf({ jsonrpc: "2.0", id: 1, method: "tools/call" }));
  return await answered.promise;
}

Deno.test("StreamableHttp answers a request that meets a bug of our own", async () => {
  const answer = await answerOf((context) => Promise.resolve(new StreamableHttp(context)));
  assertEquals(errorOf(answer.json()).code, -32603);
});

Deno.test("HttpSse answers a request that meets a bug of our own", async () => {
  const answer = await answerOf(async (context) => {
    const transport = new HttpSse(context);
    await transport.connect(new AbortController().signal);
    return transport;
  });
  assertEquals(errorOf(answer.json()).code, -32603);
});
