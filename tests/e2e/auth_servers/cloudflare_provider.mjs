// Cloudflare's `@cloudflare/workers-oauth-provider` (behind many hosted MCP servers), in Node: its one
// runtime module and its key-value store are stood in for. Registration, `iss`, scopes with step-up,
// rotating refresh tokens, client ID metadata documents advertised.
import { createServer } from "node:http";
import { register } from "node:module";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { announce, createMcpServer } from "./mcp_server.mjs";

register("./cloudflare_workers_hook.mjs", import.meta.url);
const { insufficientScope, OAuthProvider } = await import("@cloudflare/workers-oauth-provider");

const http = createServer();
await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${http.address().port}`;
const mcpUrl = `${origin}/mcp`;
const count = { authorizations: 0, refreshGrants: 0, registrations: 0 };

/** The key-value store, in memory. */
const entries = new Map();
const store = {
  get: async (key, how) => {
    const value = entries.get(key);
    if (value === undefined) return null;
    return how === "json" || how?.type === "json" ? JSON.parse(value) : value;
  },
  put: async (key, value) => void entries.set(key, value),
  delete: async (key) => void entries.delete(key),
  list: async ({ prefix = "" } = {}) => ({
    keys: [...entries.keys()].filter((key) => key.startsWith(prefix)).map((name) => ({ name })),
    list_complete: true,
  }),
};
const environment = { OAUTH_KV: store };
const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };

const transports = new Map();
async function serveMcp(request, _environment, { auth, props }) {
  const body = request.method === "POST" ? await request.clone().json() : undefined;
  const isWrite = body?.method === "tools/call" && body.params.name === "echo";
  if (isWrite && !auth.scope.includes("mcp:write")) {
    return insufficientScope(auth, ["mcp:read", "mcp:write"]);
  }
  const id = request.headers.get("mcp-session-id");
  let transport = transports.get(id);
  if (transport === undefined) {
    transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (session) => transports.set(session, transport),
    });
    await createMcpServer().connect(transport);
  }
  const extra = { subject: props.subject, scope: auth.scope.join(" ") };
  return await transport.handleRequest(request, {
    authInfo: { token: "", clientId: "", scopes: auth.scope, extra },
  });
}

/** The user's page: signed in already, asks for consent. */
async function serveSite(request, env) {
  const url = new URL(request.url);
  if (url.pathname !== "/authorize") return new Response("Not Found", { status: 404 });
  const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request);
  if (request.method === "POST") {
    const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization({
      request: asked,
      userId: "alice",
      metadata: {},
      scope: asked.scope,
      props: { subject: "alice" },
    });
    return new Response(null, { status: 302, headers: { location: redirectTo } });
  }
  count.authorizations++;
  return new Response('<form method="post"><button>Allow</button></form>', {
    headers: { "content-type": "text/html" },
  });
}

const provider = new OAuthProvider({
  apiRoute: "/mcp",
  apiHandler: { fetch: serveMcp },
  defaultHandler: { fetch: serveSite },
  authorizeEndpoint: "/authorize",
  tokenEndpoint: "/oauth/token",
  clientRegistrationEndpoint: "/oauth/register",
  scopesSupported: ["mcp:read", "mcp:write", "offline_access"],
  resourceMetadata: { resource: mcpUrl, authorization_servers: [origin] },
  requiredScopes: ["mcp:read"],
  clientIdMetadataDocumentEnabled: true,
});

http.on("request", async (incoming, outgoing) => {
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  if (incoming.url === "/test/count") return void outgoing.end(JSON.stringify(count));
  if (incoming.url === "/test/expire") {
    for (const key of entries.keys()) if (key.startsWith("token:")) entries.delete(key);
    return void outgoing.end();
  }
  const request = new Request(origin + incoming.url, {
    method: incoming.method,
    headers: incoming.headers,
    ...(body.length === 0 ? {} : { body }),
  });
  const reply = await provider.fetch(request, environment, context);
  if (reply.ok && incoming.url === "/oauth/register") count.registrations++;
  if (reply.ok && body.includes("grant_type=refresh_token")) count.refreshGrants++;
  outgoing.writeHead(reply.status, [...reply.headers].flat());
  for await (const chunk of reply.body ?? []) outgoing.write(chunk);
  outgoing.end();
});
announce({ mcpUrl, origin });
