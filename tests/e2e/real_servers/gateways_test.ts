import { assert, assertEquals } from "@std/assert";
import { NodeServer, type NodeServerOptions } from "../../support/node_server.ts";
import { SdkSession, type Way } from "../../support/sdk_session.ts";
import { type Step, withoutChance } from "./everything_conversation.ts";

const BEHIND = [
  "node",
  "node_modules/@modelcontextprotocol/server-everything/dist/index.js",
  "stdio",
];

/** A program that exposes a stdio server by HTTP, and one way in which it does so. */
interface Gateway {
  readonly name: string;
  readonly server: NodeServerOptions;
  readonly path: string;
  readonly direct: Way;
}

function supergateway(...flags: readonly string[]): NodeServerOptions {
  return {
    script: "node_modules/supergateway/dist/index.js",
    args: (port) => ["--stdio", BEHIND.join(" "), "--port", String(port), ...flags],
  };
}

function mcpProxy(kind: "sse" | "stream"): NodeServerOptions {
  return {
    script: "node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs",
    args: (port) => [
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--server",
      kind,
      "--",
      ...BEHIND,
    ],
  };
}

const GATEWAYS: readonly Gateway[] = [
  {
    name: "supergateway over Streamable HTTP with sessions",
    server: supergateway("--outputTransport", "streamableHttp", "--stateful"),
    path: "/mcp",
    direct: "direct over Streamable HTTP",
  },
  {
    name: "supergateway over Streamable HTTP without sessions",
    server: supergateway("--outputTransport", "streamableHttp"),
    path: "/mcp",
    direct: "direct over Streamable HTTP",
  },
  {
    name: "supergateway over HTTP+SSE",
    server: supergateway("--outputTransport", "sse"),
    path: "/sse",
    direct: "direct over HTTP+SSE",
  },
  {
    name: "mcp-proxy over Streamable HTTP",
    server: mcpProxy("stream"),
    path: "/mcp",
    direct: "direct over Streamable HTTP",
  },
  {
    name: "mcp-proxy over HTTP+SSE",
    server: mcpProxy("sse"),
    path: "/sse",
    direct: "direct over HTTP+SSE",
  },
];

for (const { name, server, path, direct } of GATEWAYS) {
  Deno.test(`a server behind ${name} is through the bridge what it is without`, async () => {
    await using gateway = await NodeServer.start(server);
    const wanted = await stepsOf(gateway.url(path), direct);
    const got = await stepsOf(gateway.url(path), "through the bridge");
    assertEquals(withoutChance(got), withoutChance(wanted));
    assert(JSON.stringify(wanted).includes("The sum of 2 and 40 is 42"), JSON.stringify(wanted));
  });
}

async function stepsOf(url: URL, way: Way): Promise<readonly Step[]> {
  await using session = await SdkSession.connect(url, way);
  return [
    ["introduction", session.introduction],
    ["tools/list", await session.request("tools/list")],
    ["get-sum", await session.call("get-sum", { a: 2, b: 40 })],
    ["echo", await session.call("echo", { message: "h\u00e9llo \u2028" })],
    ["get-tiny-image", await session.call("get-tiny-image")],
    ["prompts/list", await session.request("prompts/list")],
    ["resources/templates/list", await session.request("resources/templates/list")],
    ["an unknown tool", await session.call("no-such-tool")],
  ];
}
