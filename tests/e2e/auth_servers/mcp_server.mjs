import { randomUUID } from "node:crypto";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";

/** An MCP server with two tools; `whoami` says what the bearer check put into the request. */
export function createMcpServer() {
  const server = new McpServer({ name: "protected", version: "1.0.0" });
  server.registerTool("echo", { inputSchema: { text: z.string() } }, ({ text }) => ({
    content: [{ type: "text", text }],
  }));
  server.registerTool("whoami", {}, ({ authInfo }) => ({
    content: [{ type: "text", text: JSON.stringify(authInfo?.extra ?? {}) }],
  }));
  return server;
}

/** Serves it over Streamable HTTP with sessions at `path` of an express app, behind `guard`. */
export function mountMcp(app, path, guard) {
  const transports = new Map();
  app.all(path, guard, async (request, response) => {
    const id = request.headers["mcp-session-id"];
    let transport = transports.get(id);
    if (id !== undefined && transport === undefined) {
      response.status(404).json({
        jsonrpc: "2.0",
        id: null,
        error: { code: -32001, message: "Session not found" },
      });
      return;
    }
    if (transport === undefined) {
      transport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (session) => transports.set(session, transport),
        onsessionclosed: (session) => transports.delete(session),
      });
      await createMcpServer().connect(transport);
    }
    await transport.handleRequest(request, response);
  });
}

/** Tells the test where things are: one line of JSON on standard output. Ends when standard input does. */
export function announce(facts) {
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
  console.log(JSON.stringify(facts));
}
