// An MCP server on another stack: Hono and its own Streamable HTTP transport. Port: the variable PORT.
import { randomUUID } from "node:crypto";
import process from "node:process";
import { StreamableHTTPTransport } from "@hono/mcp";
import { serve } from "@hono/node-server";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { Hono } from "hono";
import { z } from "zod";

const transports = new Map();

function newServer() {
  const server = new McpServer(
    { name: "hono-server", version: "3.2.1" },
    { capabilities: { logging: {} }, instructions: "Ask it anything." },
  );
  server.registerTool(
    "greet",
    { description: "Greets", inputSchema: { name: z.string() } },
    ({ name }) => ({ content: [{ type: "text", text: `Hello, ${name}` }] }),
  );
  server.registerTool(
    "count",
    { description: "Counts, and tells of it", inputSchema: { to: z.number() } },
    async ({ to }, { sendNotification, _meta }) => {
      for (let progress = 1; progress <= to; progress++) {
        const params = { progressToken: _meta?.progressToken ?? "none", progress, total: to };
        await sendNotification({ method: "notifications/progress", params });
      }
      return { content: [{ type: "text", text: `counted to ${to}` }] };
    },
  );
  server.registerTool("fail", { description: "Fails" }, () => {
    throw new Error("out of order");
  });
  server.registerResource("readme", "memo://readme", { mimeType: "text/plain" }, (uri) => ({
    contents: [{ uri: uri.href, text: "Read me: h\u00e9llo" }],
  }));
  server.registerPrompt("ask", { argsSchema: { about: z.string() } }, ({ about }) => ({
    messages: [{ role: "user", content: { type: "text", text: `Tell me about ${about}` } }],
  }));
  return server;
}

async function newTransport() {
  const transport = new StreamableHTTPTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => transports.set(id, transport),
  });
  await newServer().connect(transport);
  return transport;
}

const app = new Hono();

app.all("/mcp", async (context) => {
  const id = context.req.header("mcp-session-id");
  const known = id === undefined ? await newTransport() : transports.get(id);
  if (known === undefined) return context.text("Session not found", 404);
  return await known.handleRequest(context);
});

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT) });
