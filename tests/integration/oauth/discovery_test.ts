import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { startFakeAuthorizationServer } from "../../support/fake_authorization_server/fake_authorization_server.ts";
import { startRecordingServer } from "../../support/fake_authorization_server/recording_server.ts";
import { CausewayError } from "../../../src/errors.ts";
import type { JsonObject } from "../../../src/jsonrpc/frame.ts";
import type { LogFields, Logger } from "../../../src/log/logger.ts";
import type { HttpReply, HttpRequest } from "../../../src/platform/http_client.ts";
import { quietPort } from "../../support/quiet_port.ts";
import { initialize, newMachine, startBridge } from "./bridges.ts";

Deno.test("metadata is followed over a redirect", async () => {
  await using server = await startFakeAuthorizationServer({
    challenge: "none",
    redirects: { "/.well-known/oauth-protected-resource/mcp": "/metadata/of-the-resource" },
  });
  using bridge = startBridge(newMachine(), server.mcpUrl);
  assertEquals((await initialize(bridge)).status, 200);
});

Deno.test("metadata that redirects without end is none", async () => {
  const well = "/.well-known/oauth-authorization-server";
  await using server = await startFakeAuthorizationServer({ redirects: { [well]: well } });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  await initialize(bridge).catch(() => {});
  assertEquals(server.requestsTo(well).length, 4);
});

Deno.test("metadata that redirects to a link-local address is not followed", async () => {
  await using server = await startFakeAuthorizationServer({
    redirects: { "/.well-known/oauth-authorization-server": "http://169.254.169.254/latest" },
  });
  using bridge = startBridge(newMachine(), server.mcpUrl);
  // Nothing asked for that address, or this would wait for it; the assumed endpoints work.
  assertEquals((await initialize(bridge)).status, 200);
});

Deno.test("a token endpoint that redirects gets the code, and nobody else", async () => {
  await using thief = await startRecordingServer(() => () => ({ status: 200, body: "{}" }));
  await using server = await startFakeAuthorizationServer({
    redirects: { "/token": `${thief.origin}/token` },
  });
  using bridge = startBridge(newMachine(), server.mcpUrl);
  const error = await assertRejects(() => initialize(bridge), CausewayError);
  assertMatch(error.message, /HTTP 307/);
  assertEquals(thief.requests.length, 0);
});

Deno.test("an authorization server that cannot be reached is a failure of the moment", async () => {
  const closed = `http://127.0.0.1:${quietPort()}`;
  await using server = await startFakeAuthorizationServer({
    protectedResourceOverrides: { authorization_servers: [closed] },
  });
  const machine = newMachine();
  using bridge = startBridge(machine, server.mcpUrl);
  const error = await assertRejects(() => initialize(bridge), CausewayError);
  assertEquals(error.code, "server-unreachable");
  assertMatch(error.message, /metadata of its authorization server cannot be had/);
  server.behave({ protectedResourceOverrides: {} });
  assertEquals((await initialize(bridge)).status, 200);
});

Deno.test("the second authorization server is used when the first cannot be", async () => {
  await using wrong = await startFakeAuthorizationServer({ issuerInMetadata: "wrong" });
  await using server = await startFakeAuthorizationServer();
  server.behave({
    protectedResourceOverrides: { authorization_servers: [wrong.issuer, server.issuer] },
  });
  using bridge = startBridge(newMachine(), server.mcpUrl);
  assertEquals((await initialize(bridge)).status, 200);
  assertEquals([wrong.counters.registrations, server.counters.registrations], [0, 1]);
});

Deno.test("--issuer goes before what is published", async () => {
  await using server = await startFakeAuthorizationServer({
    protectedResourceOverrides: { authorization_servers: ["https://gone.invalid"] },
  });
  using bridge = startBridge(newMachine(), server.mcpUrl, { issuer: server.issuer });
  assertEquals((await initialize(bridge)).status, 200);
});

/** A server that answers everything but `documents` with 401, and names `metadata` in its challenge. */
function challengingServer(metadata: string, documents: Readonly<Record<string, JsonObject>> = {}) {
  const asked: string[] = [];
  const exchange = ({ url }: HttpRequest): Promise<HttpReply> => {
    asked.push(url.href);
    const document = documents[url.href];
    const bytes = new TextEncoder().encode(document === undefined ? "" : JSON.stringify(document));
    const challenge = `Bearer resource_metadata="${metadata}"`;
    return Promise.resolve({
      status: document === undefined ? 401 : 200,
      headers: { get: () => undefined, all: () => document === undefined ? [challenge] : [] },
      body: {
        read: () => Promise.resolve(undefined),
        bytes: () => Promise.resolve(bytes),
        cancel: () => {},
      },
    });
  };
  return { asked, http: { exchange, dropIdleConnections: () => {}, close: () => {} } };
}

const SERVER = "https://mcp.example.com";
const WELL_KNOWN = [
  `${SERVER}/.well-known/oauth-protected-resource/mcp`,
  `${SERVER}/.well-known/oauth-protected-resource`,
];

Deno.test("a resource_metadata URL within this machine is refused to a server elsewhere", async () => {
  const { asked, http } = challengingServer("http://127.0.0.1:9/x?secret=1");
  using bridge = startBridge(newMachine(), `${SERVER}/mcp`, {}, { http });
  const error = await assertRejects(() => initialize(bridge), CausewayError);
  assertMatch(error.message, /resource_metadata URL "http:\/\/127\.0\.0\.1:9\/x" .* is refused/);
  assertEquals(asked, [`${SERVER}/mcp`, ...WELL_KNOWN]);
});

Deno.test("a resource_metadata URL of plain http is passed over, and the well-known ones are asked", async () => {
  const { asked, http } = challengingServer("http://mcp.example.com/resource", {
    [WELL_KNOWN[0] ?? ""]: { resource: `${SERVER}/mcp`, authorization_servers: [SERVER] },
    [`${SERVER}/.well-known/oauth-authorization-server`]: {
      issuer: SERVER,
      authorization_endpoint: `${SERVER}/authorize`,
      token_endpoint: `${SERVER}/token`,
      code_challenge_methods_supported: ["S256"],
    },
  });
  using bridge = startBridge(newMachine(), `${SERVER}/mcp`, {}, { http });
  const error = await assertRejects(() => initialize(bridge), CausewayError);
  assertMatch(error.message, /registers no clients/);
  assertEquals(asked.filter((url) => url.startsWith("http:")), []);
});

/** Writes down everything that is logged. */
class RecordingLogger implements Logger {
  readonly lines: string[] = [];

  error(message: string, fields?: LogFields): void {
    this.lines.push(`${message} ${JSON.stringify(fields)}`);
  }

  warn = this.error;
  info = this.error;
  debug = this.error;
}

Deno.test("no secret is ever logged or said", async () => {
  await using server = await startFakeAuthorizationServer({
    tokenEndpointAuthMethods: ["client_secret_post"],
  });
  const machine = newMachine();
  const logger = new RecordingLogger();
  using bridge = startBridge(machine, server.mcpUrl, {}, { logger });
  await initialize(bridge);
  server.expireAccessTokens();
  await initialize(bridge);
  for (const refreshFault of ["503", "html", "invalid_grant"] as const) {
    server.expireAccessTokens();
    server.behave({ refreshFault });
    await initialize(bridge).catch((error) => logger.lines.push(`${error} ${error.hint}`));
  }
  server.behave({ codeFault: "invalid_grant" });
  server.revokeGrants();
  await initialize(bridge).catch((error) => logger.lines.push(`${error} ${error.hint}`));
  assertEquals(logger.lines.length > 4, true);
  const said = logger.lines.join("\n");
  assertEquals([...server.secrets].filter((secret) => said.includes(secret)), []);
  assertEquals(server.secrets.size > 8, true);
});
