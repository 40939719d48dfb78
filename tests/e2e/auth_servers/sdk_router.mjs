// The MCP SDK's own authorization router and bearer check with its demo provider: approves at once,
// knows no refresh tokens, insists on the right resource.
import { createServer } from "node:http";
import { DemoInMemoryAuthProvider } from "@modelcontextprotocol/sdk/examples/server/demoInMemoryOAuthProvider.js";
import { requireBearerAuth } from "@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js";
import { InvalidTokenError } from "@modelcontextprotocol/sdk/server/auth/errors.js";
import {
  getOAuthProtectedResourceMetadataUrl,
  mcpAuthRouter,
} from "@modelcontextprotocol/sdk/server/auth/router.js";
import express from "express";
import { announce, mountMcp } from "./mcp_server.mjs";

const app = express();
const http = createServer(app);
await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${http.address().port}`;
const mcpUrl = new URL(`${origin}/mcp`);
const count = { authorizations: 0 };

const provider = new DemoInMemoryAuthProvider((resource) => resource?.href === mcpUrl.href);
app.use("/authorize", (_request, _response, next) => {
  count.authorizations++;
  next();
});
app.use(mcpAuthRouter({
  provider,
  issuerUrl: new URL(origin),
  resourceServerUrl: mcpUrl,
  scopesSupported: ["mcp:tools"],
}));
app.get("/test/count", (_request, response) => response.json(count));
app.post("/test/expire", (_request, response) => {
  provider.tokens.clear();
  response.end();
});
const verifier = {
  verifyAccessToken: async (token) => {
    try {
      const info = await provider.verifyAccessToken(token);
      return { ...info, extra: { subject: "demo_user", scope: info.scopes.join(" ") } };
    } catch {
      throw new InvalidTokenError("Invalid or expired token");
    }
  },
};
mountMcp(
  app,
  "/mcp",
  requireBearerAuth({
    verifier,
    resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(mcpUrl),
  }),
);
announce({ mcpUrl: mcpUrl.href, origin });
