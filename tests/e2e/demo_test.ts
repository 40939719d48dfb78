import { assertEquals, assertStringIncludes } from "@std/assert";
import { showConversation } from "../../scripts/demo/conversation.ts";
import { startDemoServer } from "../../scripts/demo/demo_server.ts";
import { programPath } from "../support/bridge_process.ts";

Deno.test("demo shows a whole conversation with the official SDK's server", async () => {
  await using server = await startDemoServer();
  const lines: string[] = [];
  assertEquals(await showConversation(programPath(), server, (line) => lines.push(line)), 0);
  const shown = lines.join("\n");
  assertStringIncludes(shown, "at the cost of 1 HTTP request\n");
  assertStringIncludes(shown, "<-- tools: add, countdown ");
  assertStringIncludes(shown, '<-- result: "42" ');
  assertStringIncludes(
    shown,
    '"progress":3,"total":3,"message":"0 to go"}\n<-- result: "lift-off"',
  );
  assertEquals(server.requests.at(-1), "DELETE");
});
