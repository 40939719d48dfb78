import type { FakeReply, RecordedRequest } from "../fake_authorization_server/recording_server.ts";
import { apiError, plainJson } from "./coder_replies.ts";
import type { CoderWorld } from "./coder_world.ts";

/** A JSON-RPC message, as parsed. */
interface Message {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

const SESSION_ID = /^mcp-session-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MODERN = "2026-07-28";
const LEGACY_VERSIONS: readonly string[] = ["2024-11-05", "2025-03-26", "2025-06-18"];
const STATELESS_VERSIONS: readonly string[] = [...LEGACY_VERSIONS, "2025-11-25", MODERN];
const TOOLSETS: Readonly<Record<string, readonly string[]>> = {
  standard: ["coder_list_workspaces", "coder_get_authenticated_user", "coder_workspace_bash"],
  chatgpt: ["search", "fetch"],
};

/** The MCP endpoint for a caller whose key is good. */
export async function answerMcp(
  world: CoderWorld,
  request: RecordedRequest,
): Promise<FakeReply> {
  if (world.options.rateLimited) {
    return apiError(429, "You've been rate limited for sending more than 512 requests in 1m0s.");
  }
  const toolset = request.query.get("toolset") ?? "standard";
  const tools = TOOLSETS[toolset];
  if (tools === undefined) return apiError(400, `Invalid toolset: ${toolset}`);
  return world.features.mcp === "sessions"
    ? await answerWithSessions(world, request, tools)
    : await answerStateless(world, request, tools);
}

/** mcp-go: a new server object for each request, so that no answer of a client ever finds its request. */
async function answerWithSessions(
  world: CoderWorld,
  request: RecordedRequest,
  tools: readonly string[],
): Promise<FakeReply> {
  if (request.method === "DELETE") return { status: 200 };
  if (request.method === "GET") return pings(world);
  if (request.method !== "POST") return { status: 404 };
  if (!(request.headers["content-type"] ?? "").startsWith("application/json")) {
    return textReply(400, "Invalid content type: must be 'application/json'");
  }
  const message = JSON.parse(request.body) as Message;
  if (message.method === "initialize") {
    const version = requestedVersion(message) ?? "2025-03-26";
    const answer = LEGACY_VERSIONS.includes(version) ? version : "2025-06-18";
    return plainJson(200, success(message, opening(answer)), {
      "mcp-session-id": `mcp-session-${crypto.randomUUID()}`,
    });
  }
  if (!SESSION_ID.test(request.headers["mcp-session-id"] ?? "")) {
    return textReply(400, "Invalid session ID");
  }
  if (message.method === undefined) {
    world.counters.pongs++;
    return textReply(500, "Failed to deliver response");
  }
  if (message.id === undefined) return { status: 202 };
  return plainJson(200, await answer(world, message, tools));
}

/** go-sdk, stateless, JSON answers: POST only, no sessions. */
async function answerStateless(
  world: CoderWorld,
  request: RecordedRequest,
  tools: readonly string[],
): Promise<FakeReply> {
  if (request.method !== "POST") {
    return { ...textReply(405, "Method Not Allowed"), headers: { allow: "POST" } };
  }
  if (!(request.headers["content-type"] ?? "").startsWith("application/json")) {
    return textReply(415, "Content-Type must be 'application/json'");
  }
  const accept = request.headers["accept"];
  const takes = (type: string) => accept === undefined || accept === "*/*" || accept.includes(type);
  if (!takes("application/json") || !takes("text/event-stream")) {
    return textReply(400, "Accept must contain both 'application/json' and 'text/event-stream'");
  }
  const version = request.headers["mcp-protocol-version"];
  if (version !== undefined && version < MODERN && !STATELESS_VERSIONS.includes(version)) {
    return textReply(
      400,
      `Unsupported protocol version (supported: ${STATELESS_VERSIONS.join(",")})`,
    );
  }
  const message = JSON.parse(request.body) as Message;
  const headers = { "cache-control": "no-cache, no-transform" };
  if (Array.isArray(message)) return textReply(400, "batches are not supported");
  if (version !== undefined && version >= MODERN) {
    const refused = modernRefusal(request, message, version);
    if (refused !== undefined) return plainJson(400, refused, headers);
  }
  if (message.method === undefined || message.id === undefined) return { status: 202 };
  if (message.method === "initialize") {
    const asked = requestedVersion(message) ?? "2025-03-26";
    const known = STATELESS_VERSIONS.includes(asked) && asked !== MODERN;
    return plainJson(200, success(message, opening(known ? asked : "2025-11-25")), headers);
  }
  return plainJson(200, await answer(world, message, tools), headers);
}

/** What a request of revision 2026-07-28 must have: the version twice, its method in a header. */
function modernRefusal(
  request: RecordedRequest,
  message: Message,
  version: string,
): unknown {
  if (version !== MODERN) return failure(message, -32022, "Unsupported protocol version");
  const meta = message.params?.["_meta"] as Readonly<Record<string, unknown>> | undefined;
  if (meta?.["io.modelcontextprotocol/protocolVersion"] !== version) {
    return failure(message, -32020, "The protocol version of header and _meta differ");
  }
  return request.headers["mcp-method"] !== message.method
    ? failure(message, -32020, "Mcp-Method does not match")
    : undefined;
}

async function answer(
  world: CoderWorld,
  message: Message,
  tools: readonly string[],
): Promise<unknown> {
  switch (message.method) {
    case "ping":
      return success(message, {});
    case "tools/list":
      return success(message, {
        tools: tools.map((name) => ({ name, inputSchema: { type: "object" } })),
      });
    case "tools/call": {
      const name = String(message.params?.["name"]);
      if (!tools.includes(name)) return failure(message, -32602, `unknown tool "${name}"`);
      if (name === "coder_workspace_bash" && world.options.slowTool > 0) {
        await new Promise((resolve) => setTimeout(resolve, world.options.slowTool));
      }
      return success(message, { content: [{ type: "text", text: `${name}: done` }] });
    }
    default:
      return failure(message, -32601, "Method not found");
  }
}

/** The GET stream of mcp-go: nothing but pings, without event ids. */
function pings(world: CoderWorld): FakeReply {
  world.counters.streams++;
  return {
    events: (send) => {
      let id = 0;
      const timer = setInterval(() => {
        id++;
        const ping = JSON.stringify({ jsonrpc: "2.0", id, method: "ping" });
        send(`event: message\ndata: ${ping}\n\n`);
      }, world.options.pingPeriod);
      return () => clearInterval(timer);
    },
  };
}

function opening(protocolVersion: string): unknown {
  return {
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: "Coder", version: "fake" },
    instructions: "Coder MCP Server providing workspace and template management tools",
  };
}

function requestedVersion(message: Message): string | undefined {
  const version = message.params?.["protocolVersion"];
  return typeof version === "string" ? version : undefined;
}

function success(message: Message, result: unknown): unknown {
  return { jsonrpc: "2.0", id: message.id, result };
}

function failure(message: Message, code: number, text: string): unknown {
  return { jsonrpc: "2.0", id: message.id ?? null, error: { code, message: text } };
}

function textReply(status: number, body: string) {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
