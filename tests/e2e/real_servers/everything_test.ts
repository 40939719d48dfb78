import { assertEquals } from "@std/assert";
import { NodeServer } from "../../support/node_server.ts";
import { SdkSession, type Way } from "../../support/sdk_session.ts";
import { converse, type Step, withoutChance } from "./everything_conversation.ts";

const SCRIPT = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";

/** A server, and the ways to reach it that must not differ. */
interface Case {
  readonly transport: "streamableHttp" | "sse";
  readonly path: string;
  readonly direct: Way;
  readonly args: readonly string[];
}

const CASES: readonly Case[] = [
  {
    transport: "streamableHttp",
    path: "/mcp",
    direct: "direct over Streamable HTTP",
    args: [],
  },
  { transport: "sse", path: "/sse", direct: "direct over HTTP+SSE", args: [] },
  {
    transport: "sse",
    path: "/sse",
    direct: "direct over HTTP+SSE",
    args: ["--transport", "sse-only"],
  },
];

for (const { transport, path, direct, args } of CASES) {
  const name = `server-everything (${transport}) through the bridge ${args.join(" ")}`.trim();
  Deno.test(`${name} is what it is without`, async () => {
    await using server = await NodeServer.start({ script: SCRIPT, args: () => [transport] });
    const wanted = await stepsOf(server.url(path), direct, []);
    const got = await stepsOf(server.url(path), "through the bridge", args);
    for (const [index, [step, outcome]] of wanted.entries()) {
      assertEquals([step, withoutChance(got[index]?.[1])], [step, withoutChance(outcome)]);
    }
    assertEquals(got.length, wanted.length);
  });
}

async function stepsOf(url: URL, way: Way, args: readonly string[]): Promise<readonly Step[]> {
  await using session = await SdkSession.connect(url, way, args);
  return await converse(session);
}
