import type { JsonObject, JsonValue } from "../../../src/jsonrpc/frame.ts";
import type { Call } from "./call.ts";
import { asObject, member, MethodError } from "./rpc.ts";

type Tool = (call: Call, given: JsonObject) => JsonObject | Promise<JsonObject>;

const IMPLEMENTATIONS: Readonly<Record<string, Tool>> = {
  "echo": (_call, given) => text(String(given["text"] ?? "")),
  "add": (_call, given) => text(String(Number(given["a"]) + Number(given["b"]))),
  "big": (_call, given) => text("x".repeat(Number(given["bytes"] ?? 0))),
  "slow": slow,
  "progress": progress,
  "ask": ask,
  "cut": cut,
  "whoami": ({ session }) => text(JSON.stringify(session.clientInfo ?? null)),
  "fail": () => {
    throw new MethodError(-32050, "The tool has a problem of its own");
  },
};

/** What `tools/list` shows. */
export const TOOLS: readonly JsonObject[] = Object.keys(IMPLEMENTATIONS).map((name) => ({
  name,
  description: `The tool ${name}`,
  inputSchema: { type: "object" },
}));

/** Runs a tool. */
export async function callTool(call: Call): Promise<JsonObject> {
  const name = String(call.params["name"]);
  const tool = IMPLEMENTATIONS[name];
  if (tool === undefined) throw new MethodError(-32602, `Unknown tool: ${name}`);
  return await tool(call, asObject(call.params["arguments"]) ?? {});
}

function text(value: string): JsonObject {
  return { content: [{ type: "text", text: value }] };
}

/** Waits `ms` milliseconds, or until the call is cancelled. */
async function slow(call: Call, given: JsonObject): Promise<JsonObject> {
  await pause(Number(given["ms"] ?? 1000), call.cancelled);
  return text("slow and done");
}

/** Sends `count` progress notifications, then the result. */
async function progress(call: Call, given: JsonObject): Promise<JsonObject> {
  const count = Number(given["count"] ?? 3);
  const progressToken: JsonValue = member(call.params, "_meta", "progressToken") ?? "none";
  for (let done = 1; done <= count; done++) {
    await call.notify("notifications/progress", { progressToken, progress: done, total: count });
  }
  return text(`counted to ${count}`);
}

/** Asks the client with the method and parameters given, and returns its answer as text. */
async function ask(call: Call, given: JsonObject): Promise<JsonObject> {
  const params = asObject(given["params"]) ?? {};
  const answer = await call.ask(String(given["method"] ?? "roots/list"), params);
  return text(JSON.stringify(answer["result"] ?? answer["error"] ?? null));
}

/** Loses the connection of its stream (`how`: `end` or `reset`), and is done `ms` milliseconds later. */
async function cut(call: Call, given: JsonObject): Promise<JsonObject> {
  const note = { level: "info", data: "about to lose the connection" };
  await call.notify("notifications/message", note);
  await call.detach(given["how"] === "reset" ? "reset" : "end");
  await pause(Number(given["ms"] ?? 20), call.cancelled);
  return text("finished after the cut");
}

async function pause(ms: number, end: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([elapsed, end]);
  clearTimeout(timer);
}
