import type { JsonObject, JsonValue } from "../../../src/jsonrpc/frame.ts";
import type { Call } from "./call.ts";
import { member, MethodError } from "./rpc.ts";
import { callTool, TOOLS } from "./tools.ts";

const RESOURCES: readonly JsonObject[] = [
  { uri: "test://one", name: "one", mimeType: "text/plain" },
  { uri: "test://two", name: "two", mimeType: "text/plain" },
];

const PROMPTS: readonly JsonObject[] = [
  { name: "greet", description: "Greets", arguments: [{ name: "who", required: true }] },
];

type Method = (call: Call) => JsonObject | Promise<JsonObject>;

const METHODS: Readonly<Record<string, Method>> = {
  "ping": () => ({}),
  "tools/list": listTools,
  "tools/call": callTool,
  "resources/list": () => ({ resources: RESOURCES }),
  "resources/templates/list": () => ({ resourceTemplates: [] }),
  "resources/read": readResource,
  "resources/subscribe": subscribe,
  "resources/unsubscribe": unsubscribe,
  "prompts/list": () => ({ prompts: PROMPTS }),
  "prompts/get": getPrompt,
  "completion/complete": () => ({ completion: { values: ["Ada", "Alan"], hasMore: false } }),
  "logging/setLevel": setLevel,
};

/**
 * Answers a request other than `initialize`.
 * @throws {MethodError} what becomes the JSON-RPC error
 */
export async function answerMethod(call: Call): Promise<JsonObject> {
  const name = String(call.message["method"]);
  const method = METHODS[name];
  if (method === undefined) throw new MethodError(-32601, `Method not found: ${name}`);
  return await method(call);
}

function listTools({ behaviour, params }: Call): JsonObject {
  if (behaviour.pageSize === 0) return { tools: TOOLS };
  const start = Number(params["cursor"] ?? 0);
  const end = start + behaviour.pageSize;
  const tools = TOOLS.slice(start, end);
  return end < TOOLS.length ? { tools, nextCursor: String(end) } : { tools };
}

function readResource({ params }: Call): JsonObject {
  const uri = params["uri"] ?? "";
  if (!RESOURCES.some((resource) => resource["uri"] === uri)) {
    throw new MethodError(-32002, `Resource not found: ${uri}`);
  }
  return { contents: [{ uri, mimeType: "text/plain", text: `the text of ${uri}` }] };
}

function subscribe({ params, session }: Call): JsonObject {
  session.subscriptions.add(String(params["uri"]));
  return {};
}

function unsubscribe({ params, session }: Call): JsonObject {
  session.subscriptions.delete(String(params["uri"]));
  return {};
}

function getPrompt({ params }: Call): JsonObject {
  const who: JsonValue = member(params, "arguments", "who") ?? "nobody";
  return {
    messages: [{ role: "user", content: { type: "text", text: `Greet ${String(who)}` } }],
  };
}

function setLevel({ params, session }: Call): JsonObject {
  session.logLevel = params["level"];
  return {};
}
