/**
 * Builds the binary and shows it at work between a stdio client and a remote MCP server.
 * Usage: `deno task demo`.
 */
import { relative } from "@std/path";
import { buildBinary } from "./build/build_binary.ts";
import { ROOT } from "./build/cache_folders.ts";
import { showConversation } from "./demo/conversation.ts";
import { startDemoServer } from "./demo/demo_server.ts";

async function main(): Promise<number> {
  console.log("Building Causeway (the first time takes up to a minute) ...");
  const built = await buildBinary({ log: (line) => console.log(line) });
  console.log(`${built.rebuilt ? "Built" : "Up to date:"} ${built.path}\nbase: ${built.base}\n`);
  await using server = await startDemoServer();
  console.log(`server   ${server.url}  (official MCP SDK, Streamable HTTP)`);
  console.log(`bridge   ${relative(ROOT, built.path)} ${server.url}`);
  console.log(`client   a stdio client; --> is what it sends, <-- what it receives\n`);
  return await showConversation(built.path, server, (line) => console.log(line));
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    Deno.exit(1);
  }
}
