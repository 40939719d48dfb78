// The certified OpenID provider `oidc-provider`, protecting an MCP server of the same origin:
// registration, device flow, resource indicators, `iss`, revocation, rotating refresh tokens.
import { createServer } from "node:http";
import express from "express";
import { errors, Provider } from "oidc-provider";
import { announce, mountMcp } from "./mcp_server.mjs";

const app = express();
const http = createServer(app);
await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${http.address().port}`;
const mcpUrl = `${origin}/mcp`;
const SCOPES = "mcp:read mcp:write";
const count = {
  registrations: 0,
  codeGrants: 0,
  refreshGrants: 0,
  deviceGrants: 0,
  authorizations: 0,
};
const accessTokens = new Set();

const provider = new Provider(origin, {
  clients: [{
    client_id: "robot",
    client_secret: "canary-robot-secret-0123456789",
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
  }],
  scopes: ["openid", "offline_access", ...SCOPES.split(" ")],
  clientAuthMethods: ["none", "client_secret_basic", "client_secret_post"],
  cookies: { keys: ["a key for tests"] },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    registration: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, resource) => {
        if (resource !== mcpUrl) throw new errors.InvalidTarget();
        return {
          scope: SCOPES,
          audience: mcpUrl,
          accessTokenTTL: 3600,
          accessTokenFormat: "opaque",
        };
      },
      useGrantedResource: () => true,
    },
  },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});
provider.on("registration_create.success", () => count.registrations++);
provider.on("authorization.success", () => count.authorizations++);
provider.on("access_token.saved", (token) => accessTokens.add(token));
provider.on("grant.success", (ctx) => {
  const type = ctx.oidc.params.grant_type;
  if (type === "authorization_code") count.codeGrants++;
  else if (type === "refresh_token") count.refreshGrants++;
  else if (type.endsWith("device_code")) count.deviceGrants++;
});

app.get("/.well-known/oauth-protected-resource/mcp", (_request, response) => {
  response.json({
    resource: mcpUrl,
    authorization_servers: [origin],
    scopes_supported: SCOPES.split(" "),
    bearer_methods_supported: ["header"],
  });
});
app.get("/test/count", (_request, response) => response.json(count));
app.post("/test/expire", async (_request, response) => {
  await Promise.all([...accessTokens].map((token) => token.destroy()));
  accessTokens.clear();
  response.end();
});
mountMcp(app, "/mcp", async (request, response, next) => {
  const text = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const token = text === undefined
    ? undefined
    : await provider.AccessToken.find(text) ?? await provider.ClientCredentials.find(text);
  if (token === undefined || !token.isValid || token.aud !== mcpUrl) {
    const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;
    response.set("WWW-Authenticate", `Bearer resource_metadata="${metadata}"`);
    response.status(401).json({ error: "invalid_token" });
    return;
  }
  request.auth = {
    token: text,
    clientId: token.clientId,
    scopes: [...token.scopes ?? []],
    extra: { subject: token.accountId ?? token.clientId, scope: token.scope ?? "" },
  };
  next();
});
app.use(provider.callback());
announce({ mcpUrl, origin });
