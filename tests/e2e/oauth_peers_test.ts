import { assertEquals, assertStringIncludes } from "@std/assert";
// @deno-types="@modelcontextprotocol/sdk/client/auth"
import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client";
// @deno-types="@modelcontextprotocol/sdk/client/streamableHttp"
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  startCloudflareProvider,
  startOidcProvider,
  startSdkRouter,
} from "../support/auth_servers.ts";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import { startFakeCoder } from "../support/fake_coder/fake_coder.ts";
import { ScriptedBrowser } from "../support/scripted_browser.ts";

type SavedClient = Parameters<NonNullable<OAuthClientProvider["saveClientInformation"]>>[0];
type SavedTokens = Parameters<OAuthClientProvider["saveTokens"]>[0];

/** A client of the SDK that keeps everything in memory and whose browser is the scripted one. */
class MemoryProvider implements OAuthClientProvider {
  readonly redirectUrl = "http://127.0.0.1:9/callback";
  readonly clientMetadata = {
    redirect_uris: [this.redirectUrl],
    client_name: "peer test",
    application_type: "native",
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "client_secret_post",
  };
  /** The authorization URLs so far. */
  readonly urls: string[] = [];
  #client: SavedClient | undefined;
  #tokens: SavedTokens | undefined;
  #verifier = "";

  state = () => "the-state";
  clientInformation = () => this.#client;
  tokens = () => this.#tokens;
  codeVerifier = () => this.#verifier;
  saveClientInformation(client: SavedClient): void {
    this.#client = client;
  }
  saveTokens(tokens: SavedTokens): void {
    this.#tokens = tokens;
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }
  redirectToAuthorization(url: URL): void {
    this.urls.push(url.href);
  }
}

async function whoami(mcpUrl: string): Promise<{ text: string; urls: readonly string[] }> {
  const authProvider = new MemoryProvider();
  const open = () => new StreamableHTTPClientTransport(new URL(mcpUrl), { authProvider });
  const first = open();
  await new Client({ name: "peer", version: "1" }).connect(first).catch(() => undefined);
  const url = authProvider.urls[0];
  if (url === undefined) throw new Error("no authorization URL");
  const callback = new URL(await new ScriptedBrowser().callbackUrl(url));
  await first.finishAuth(callback.searchParams.get("code") ?? "");
  const client = new Client({ name: "peer", version: "1" });
  await client.connect(open());
  const { tools } = await client.listTools();
  const name = tools.find((tool) => tool.name === "whoami")?.name ?? tools[0]?.name ?? "";
  const result = await client.callTool({ name });
  await client.close();
  await first.close();
  return { text: JSON.stringify(result.content), urls: authProvider.urls };
}

const PEERS = [
  { name: "oidc-provider", start: startOidcProvider, says: "alice" },
  { name: "the SDK's router", start: startSdkRouter, says: "demo_user" },
  { name: "Cloudflare's provider", start: startCloudflareProvider, says: "alice" },
  { name: "the fake", start: startFakeAuthorizationServer, says: "alice" },
] as const;
for (const { name, start, says } of PEERS) {
  Deno.test(`the SDK's own client signs in at ${name}`, async () => {
    await using server = await start();
    const { text, urls } = await whoami(server.mcpUrl);
    assertStringIncludes(text, says);
    assertEquals(urls.length, 1);
  });
}

for (const era of ["2.26", "2.31", "2.36", "2.37"] as const) {
  Deno.test(`the SDK's own client signs in at the fake Coder ${era}`, async () => {
    await using coder = await startFakeCoder({ era, dynamicRegistration: true });
    const { text } = await whoami(coder.mcpUrl);
    assertStringIncludes(text, "coder_list_workspaces: done");
  });
}

Deno.test("the scripted browser approves a device at oidc-provider", async () => {
  await using server = await startOidcProvider();
  const post = async (path: string, body: BodyInit, type: string) => {
    const headers = { "content-type": type };
    const response = await fetch(server.origin + path, { method: "POST", body, headers });
    return await response.json() as Readonly<Record<string, string>>;
  };
  const form = "application/x-www-form-urlencoded";
  const grant = "urn:ietf:params:oauth:grant-type:device_code";
  const client = await post(
    "/reg",
    JSON.stringify({
      redirect_uris: [],
      response_types: [],
      grant_types: [grant, "refresh_token"],
      token_endpoint_auth_method: "none",
      application_type: "native",
    }),
    "application/json",
  );
  const id = client["client_id"] ?? "";
  const asked = new URLSearchParams({
    client_id: id,
    resource: server.mcpUrl,
    scope: "mcp:read offline_access",
  });
  const device = await post("/device/auth", asked.toString(), form);
  await new ScriptedBrowser().fillIn(device["verification_uri_complete"] ?? "");
  const polled = new URLSearchParams({
    client_id: id,
    grant_type: grant,
    device_code: device["device_code"] ?? "",
  });
  const tokens = await post("/token", polled.toString(), form);
  assertEquals(typeof tokens["access_token"], "string", JSON.stringify(tokens));
});
