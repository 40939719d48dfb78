import type { DemoServer } from "./demo_server.ts";
import { StdioClient } from "./stdio_client.ts";

/** Where the conversation is shown. */
export type Show = (line: string) => void;

const CLIENT = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "demo-client", version: "1.0.0" },
};

/**
 * Runs the bridge between a stdio client and the demo server, and shows what they say.
 *
 * @returns the exit code of the bridge
 */
export async function showConversation(
  program: string,
  server: DemoServer,
  show: Show,
): Promise<number> {
  const started = performance.now();
  const client = new StdioClient(program, [server.url, "--silent"]);
  const timed = async (
    method: string,
    params: Record<string, unknown>,
    what: (result: Record<string, unknown>) => string,
  ): Promise<void> => {
    show(`--> ${method} ${shorten(params)}`);
    const sent = performance.now();
    const result = await client.request(method, params, (message) => {
      show(`<-- ${message.method} ${shorten(message.params ?? {})}`);
    });
    show(`<-- ${what(result)}   [${(performance.now() - sent).toFixed(1)} ms]\n`);
  };
  try {
    await timed("initialize", CLIENT, (result) => {
      return `result: ${shorten(result["serverInfo"])}, protocol ${result["protocolVersion"]}`;
    });
    show(`    first answer ${elapsed(started)} after the start of the bridge,`);
    show(`    at the cost of ${server.requests.length} HTTP request\n`);
    await client.notify("notifications/initialized");
    show("--> notifications/initialized\n");
    await timed("tools/list", {}, (result) => `tools: ${toolNames(result)}`);
    await timed("tools/call", { name: "add", arguments: { a: 40, b: 2 } }, textOf);
    const _meta = { progressToken: "lift" };
    await timed("tools/call", { name: "countdown", arguments: { from: 3 }, _meta }, textOf);
    const closing = performance.now();
    const code = await client.close();
    show(`    client closed its end; the bridge ended its session and exited with ${code}`);
    show(`    ${elapsed(closing)} later\n`);
    show(`    HTTP requests: ${server.requests.join(", ")}`);
    show(`    whole conversation: ${elapsed(started)}`);
    return code;
  } finally {
    client.kill();
  }
}

function elapsed(since: number): string {
  return `${(performance.now() - since).toFixed(0)} ms`;
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}

function toolNames(result: Record<string, unknown>): string {
  const tools = result["tools"];
  return Array.isArray(tools) ? tools.map((tool) => String(tool.name)).join(", ") : "none";
}

function textOf(result: Record<string, unknown>): string {
  const content = result["content"];
  const first = Array.isArray(content) ? content[0] : undefined;
  return `result: ${JSON.stringify(first?.text ?? null)}`;
}
