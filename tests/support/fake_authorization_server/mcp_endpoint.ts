import type { FakeReply, RecordedRequest } from "./recording_server.ts";
import { jsonReply } from "./recording_server.ts";
import type { Grant, World } from "./world.ts";

/** Who calls: a grant, nobody (an anonymous caller), or one whose token expired. */
export type Caller = Grant | "expired" | undefined;

interface Message {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: { readonly [name: string]: unknown };
}

/** A minimal Streamable HTTP MCP server (2025-11-25): no GET stream, JSON replies, one session each. */
export function answerMessage(world: World, request: RecordedRequest, caller: Caller): FakeReply {
  if (request.method === "DELETE") {
    return world.sessions.delete(request.headers["mcp-session-id"] ?? "")
      ? { status: 204 }
      : { status: 404 };
  }
  if (request.method !== "POST") return { status: 405, headers: { allow: "POST, DELETE" } };
  const message = JSON.parse(request.body) as Message;
  if (message.method === "initialize") return initialize(world, message);
  if (message.method === "server/discover") {
    return jsonReply(200, failure(message, -32601, "Method not found"));
  }
  if (!world.sessions.has(request.headers["mcp-session-id"] ?? "")) {
    return jsonReply(404, {
      jsonrpc: "2.0",
      id: null,
      error: { code: -32001, message: "No such session" },
    });
  }
  if (message.id === undefined || message.method === undefined) return { status: 202 };
  return jsonReply(200, answer(world, message, caller));
}

function initialize(world: World, message: Message): FakeReply {
  const session = crypto.randomUUID();
  world.sessions.add(session);
  const asked = message.params?.["protocolVersion"];
  return jsonReply(
    200,
    success(message, {
      protocolVersion: typeof asked === "string" ? asked : "2025-11-25",
      capabilities: { tools: { listChanged: true } },
      serverInfo: { name: "fake-protected", version: "1.0.0" },
    }),
    { "mcp-session-id": session },
  );
}

function answer(world: World, message: Message, caller: Caller): unknown {
  switch (message.method) {
    case "ping":
      return success(message, {});
    case "tools/list":
      return success(message, {
        tools: ["echo", "whoami", ...Object.keys(world.options.toolScopes)].map((name) => ({
          name,
          inputSchema: { type: "object" },
        })),
      });
    case "tools/call":
      return call(message, caller);
    default:
      return failure(message, -32601, "Method not found");
  }
}

function call(message: Message, caller: Caller): unknown {
  if (caller === "expired") {
    return success(message, {
      isError: true,
      content: [{ type: "text", text: "Your token has expired. Authenticate again." }],
    });
  }
  const text = message.params?.["name"] === "whoami"
    ? JSON.stringify({ subject: caller?.subject ?? "anonymous", scope: caller?.scope ?? "" })
    : JSON.stringify(message.params?.["arguments"] ?? {});
  return success(message, { content: [{ type: "text", text }] });
}

function success(message: Message, result: unknown): unknown {
  return { jsonrpc: "2.0", id: message.id, result };
}

function failure(message: Message, code: number, text: string): unknown {
  return { jsonrpc: "2.0", id: message.id ?? null, error: { code, message: text } };
}
