import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import {
  type CallToolRequest,
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type ServerNotification,
  type ServerRequest,
} from "@modelcontextprotocol/sdk/types.js";

/** A running demo server. */
export interface DemoServer extends AsyncDisposable {
  readonly url: string;
  /** The method and JSON-RPC method of each HTTP request so far, like `POST initialize`. */
  readonly requests: readonly string[];
}

const TOOLS = [
  {
    name: "add",
    description: "Adds two numbers",
    inputSchema: {
      type: "object",
      properties: { a: { type: "number" }, b: { type: "number" } },
      required: ["a", "b"],
    },
  },
  {
    name: "countdown",
    description: "Counts down and reports its progress while it does",
    inputSchema: { type: "object", properties: { from: { type: "number" } }, required: ["from"] },
  },
];

const STEP_MS = 150;

/** Starts an MCP server of the official SDK on the loopback, with Streamable HTTP and a session. */
export async function startDemoServer(): Promise<DemoServer> {
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => crypto.randomUUID(),
  });
  const server = demoTools();
  await server.connect(transport);
  const requests: string[] = [];
  const handle = async (request: Request): Promise<Response> => {
    const { method, headers, url } = request;
    const body = method === "POST" ? await request.text() : null;
    requests.push(`${method} ${body === null ? "" : JSON.parse(body).method ?? ""}`.trim());
    return await transport.handleRequest(new Request(url, { method, headers, body }));
  };
  const http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handle);
  return {
    url: `http://127.0.0.1:${http.addr.port}/mcp`,
    requests,
    async [Symbol.asyncDispose]() {
      await server.close();
      await http.shutdown();
    },
  };
}

function demoTools(): Server {
  const server = new Server({ name: "demo-server", version: "1.0.0" }, {
    capabilities: { tools: {} },
  });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: TOOLS }));
  server.setRequestHandler(CallToolRequestSchema, callTool);
  return server;
}

async function callTool(
  { params }: CallToolRequest,
  extra: RequestHandlerExtra<ServerRequest, ServerNotification>,
) {
  const { name, arguments: given = {}, _meta } = params;
  if (name === "add") return text(String(Number(given["a"]) + Number(given["b"])));
  const from = Number(given["from"]);
  for (let step = 1; step <= from; step++) {
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
    if (_meta?.progressToken === undefined) continue;
    await extra.sendNotification({
      method: "notifications/progress",
      params: {
        progressToken: _meta.progressToken,
        progress: step,
        total: from,
        message: `${from - step} to go`,
      },
    });
  }
  return text("lift-off");
}

function text(value: string) {
  return { content: [{ type: "text" as const, text: value }] };
}
