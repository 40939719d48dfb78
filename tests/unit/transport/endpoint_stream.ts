import type { HttpReply } from "../../../src/platform/http_client.ts";

/** The event stream of a server of 2024-11-05: names its endpoint and goes on until `over`. */
export function endpointStream(over: Promise<void>): HttpReply {
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
