import { assertEquals } from "@std/assert";
import { NodeServer } from "../../support/node_server.ts";
import { SdkSession, type Way } from "../../support/sdk_session.ts";
import type { Step } from "./everything_conversation.ts";

Deno.test("a Hono server through the bridge is what it is without", async () => {
  await using server = await NodeServer.start({ script: "hono_server.mjs" });
  const wanted = await stepsOf(server.url("/mcp"), "direct over Streamable HTTP");
  const got = await stepsOf(server.url("/mcp"), "through the bridge");
  assertEquals(got, wanted);
});

async function stepsOf(url: URL, way: Way): Promise<readonly Step[]> {
  await using session = await SdkSession.connect(url, way);
  const progress = { progressToken: 7 };
  return [
    ["introduction", session.introduction],
    ["ping", await session.request("ping")],
    ["tools/list", await session.request("tools/list")],
    ["greet", await session.call("greet", { name: "W\u00f6rld \u2029" })],
    ["count", await session.call("count", { to: 3 }, progress)],
    ["progress", await session.notified("notifications/progress", 3)],
    ["fail", await session.call("fail")],
    ["bad arguments", await session.call("greet", { name: 1 })],
    ["resources/list", await session.request("resources/list")],
    ["resources/read", await session.request("resources/read", { uri: "memo://readme" })],
    [
      "prompts/get",
      await session.request("prompts/get", { name: "ask", arguments: { about: "x" } }),
    ],
    ["an unknown method", await session.request("acme/unheard-of")],
  ];
}
