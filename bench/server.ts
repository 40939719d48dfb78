/**
 * The MCP server of the benchmarks: it answers at once and from memory, so that what is measured is
 * the way to it. `GET /requests` tells how many requests of MCP it had and begins to count anew.
 */
const encoder = new TextEncoder();
const LARGE_TEXT = "abcdefgh".repeat(1 << 17);
const EVENTS_IN_CHUNK = 500;

let requests = 0;

function event(index: number): string {
  const message = {
    jsonrpc: "2.0",
    method: "notifications/message",
    params: { level: "info", data: `event number ${index}` },
  };
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}

let chunkOfEvents = "";
for (let index = 0; index < EVENTS_IN_CHUNK; index++) chunkOfEvents += event(index);
const EVENTS = encoder.encode(chunkOfEvents);

function answer(id: unknown, result: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id, result });
}

const LARGE_PARTS = answer("<id>", { content: [{ type: "text", text: LARGE_TEXT.repeat(8) }] })
  .split('"<id>"').map((part) => encoder.encode(part));

function largeAnswer(id: unknown): Uint8Array<ArrayBuffer> {
  const [head = new Uint8Array(), tail = new Uint8Array()] = LARGE_PARTS;
  const name = encoder.encode(JSON.stringify(id));
  const bytes = new Uint8Array(head.length + name.length + tail.length);
  bytes.set(head);
  bytes.set(name, head.length);
  bytes.set(tail, head.length + name.length);
  return bytes;
}

function eventStream(id: unknown, events: number): ReadableStream<Uint8Array> {
  let left = events / EVENTS_IN_CHUNK;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) return controller.enqueue(EVENTS);
      controller.enqueue(
        encoder.encode(`event: message\ndata: ${answer(id, { content: [] })}\n\n`),
      );
      controller.close();
    },
  });
}

function resultOf(method: string, params: Record<string, unknown>): unknown {
  if (method === "initialize") {
    return {
      protocolVersion: params["protocolVersion"],
      capabilities: { tools: {}, logging: {} },
      serverInfo: { name: "bench", version: "1.0.0" },
    };
  }
  if (method === "tools/list") return { tools: [] };
  const given = params["arguments"];
  const text = given !== null && typeof given === "object" && "text" in given ? given.text : "";
  return { content: [{ type: "text", text }] };
}

async function handle(request: Request): Promise<Response> {
  if (new URL(request.url).pathname === "/requests") {
    const reply = Response.json(requests);
    requests = 0;
    return reply;
  }
  requests += 1;
  if (request.method === "GET") return new Response(null, { status: 405 });
  if (request.method === "DELETE") return new Response(null, { status: 200 });
  const { id, method, params = {} } = await request.json();
  if (id === undefined) return new Response(null, { status: 202 });
  if (params.name === "large") return json(largeAnswer(id));
  if (params.name === "stream") {
    const headers = { "content-type": "text/event-stream" };
    return new Response(eventStream(id, params.arguments.events), { headers });
  }
  const session = method === "initialize" ? { "mcp-session-id": crypto.randomUUID() } : {};
  return json(answer(id, resultOf(method, params)), session);
}

function json(body: BodyInit, headers: Record<string, string> = {}): Response {
  return new Response(body, { headers: { "content-type": "application/json", ...headers } });
}

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, handle);
