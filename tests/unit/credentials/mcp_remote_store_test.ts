import { assertEquals } from "@std/assert";
import { mcpRemoteHash, type McpRemoteIdentity } from "../../../src/credentials/mcp_remote_hash.ts";
import {
  McpRemoteStore,
  type McpRemoteStoreOptions,
} from "../../../src/credentials/mcp_remote_store.ts";
import { MemoryFiles } from "../../support/memory_files.ts";

const SERVER = "https://mcp.example.com/mcp";
const WRITTEN_AT = 1_780_000_000_000;

const CLIENT = {
  redirect_uris: ["http://localhost:28735/oauth/callback"],
  token_endpoint_auth_method: "client_secret_basic",
  grant_types: ["authorization_code", "refresh_token"],
  client_name: "MCP CLI Proxy",
  client_id: "client-1",
  client_secret: "client-secret",
  issuer: "https://as.example.com",
};

const TOKENS = {
  access_token: "access",
  token_type: "Bearer",
  expires_in: 3600,
  refresh_token: "refresh",
  scope: "read",
  expires_at: 1_780_000_111_000,
  requested_scope: "read write",
};

const EXPECTED = {
  accessToken: "access",
  refreshToken: "refresh",
  expiresAt: 1_780_000_111_000,
  scope: "read",
  clientId: "client-1",
  clientSecret: "client-secret",
  tokenEndpointAuthMethod: "client_secret_basic",
  redirectUri: "http://localhost:28735/oauth/callback",
  issuer: "https://as.example.com",
};

interface Stored {
  readonly folder?: string;
  readonly identity?: McpRemoteIdentity;
  readonly client?: unknown;
  readonly tokens?: unknown;
}

function put(files: MemoryFiles, stored: Stored): void {
  const { folder = "mcp-remote-v1", identity = { server: SERVER } } = stored;
  const prefix = `/auth/${folder}/${mcpRemoteHash(identity)}`;
  if (stored.client !== undefined) files.set(`${prefix}_client_info.json`, text(stored.client));
  if (stored.tokens !== undefined) files.set(`${prefix}_tokens.json`, text(stored.tokens));
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function storeWith(
  stored: readonly Stored[],
  options: Partial<McpRemoteStoreOptions> = {},
): { readonly store: McpRemoteStore; readonly files: MemoryFiles } {
  const files = new MemoryFiles(() => WRITTEN_AT);
  for (const one of stored) put(files, one);
  const store = new McpRemoteStore({
    files,
    folder: "/auth",
    identity: { server: SERVER },
    ...options,
  });
  return { store, files };
}

Deno.test("McpRemoteStore.read() gives tokens and client of the server, and changes nothing", async () => {
  const { store, files } = storeWith([{ client: CLIENT, tokens: TOKENS }]);
  const before = files.paths.map((path) => files.text(path));
  assertEquals(await store.read(new URL(SERVER)), EXPECTED);
  assertEquals(files.paths.map((path) => files.text(path)), before);
});

Deno.test("McpRemoteStore.read() finds nothing of another server, resource or header", async () => {
  const others: readonly McpRemoteIdentity[] = [
    { server: "https://mcp.example.com/other" },
    { server: SERVER, resource: "https://r.example" },
    { server: SERVER, headers: { "X-Tenant": "b" } },
  ];
  for (const identity of others) {
    const { store } = storeWith([{ identity, client: CLIENT, tokens: TOKENS }]);
    assertEquals(await store.read(new URL(SERVER)), undefined);
    const same = storeWith([{ identity, client: CLIENT, tokens: TOKENS }], { identity });
    assertEquals(await same.store.read(new URL(identity.server)), EXPECTED);
  }
});

Deno.test("McpRemoteStore.read() knows the server however it was typed", async () => {
  for (
    const typed of [
      "https://mcp.example.com",
      "https://MCP.example.com/",
      "https://mcp.example.com/",
    ]
  ) {
    for (const now of ["https://mcp.example.com", "https://mcp.example.com/", typed]) {
      const stored = [{ identity: { server: typed }, client: CLIENT, tokens: TOKENS }];
      const { store } = storeWith(stored, { identity: { server: now } });
      const known = typed === now || !typed.includes("MCP");
      assertEquals(await store.read(new URL(now)), known ? EXPECTED : undefined, `${typed} ${now}`);
    }
  }
});

Deno.test("McpRemoteStore.read() prefers the current layout, then the latest version's folder", async () => {
  const at = (folder: string): Stored => ({
    folder,
    client: CLIENT,
    tokens: { ...TOKENS, access_token: folder },
  });
  const folders = ["mcp-remote-0.1.9", "mcp-remote-0.1.18", "mcp-remote-0.2.0", "mcp-remote-v1"];
  for (let count = folders.length; count > 0; count--) {
    const present = folders.slice(0, count);
    const { store } = storeWith(present.map(at));
    assertEquals((await store.read(new URL(SERVER)))?.accessToken, present.at(-1));
  }
  assertEquals(await storeWith([at("mcp-remote-0.x.y")]).store.read(new URL(SERVER)), undefined);
  assertEquals(
    await storeWith([at("mcp-remote-0.1.2-beta")]).store.read(new URL(SERVER)),
    undefined,
  );
});

Deno.test("McpRemoteStore.read() counts a lifetime from when the file was written", async () => {
  const { expires_at: _, ...older } = TOKENS;
  const expiryOf = async (tokens: unknown): Promise<number | undefined> => {
    const { store } = storeWith([{ client: CLIENT, tokens }]);
    return (await store.read(new URL(SERVER)))?.expiresAt;
  };
  assertEquals(await expiryOf(older), WRITTEN_AT + 3_600_000);
  const { expires_in: __, ...endless } = older;
  assertEquals(await expiryOf(endless), undefined);
});

Deno.test("McpRemoteStore.read() takes the client that the user gave, since mcp-remote stores none", async () => {
  const given = { clientId: "mine", clientSecret: "my-secret" };
  const { store } = storeWith([{ tokens: TOKENS }], { preRegistered: given });
  const found = await store.read(new URL(SERVER));
  assertEquals([found?.clientId, found?.clientSecret], ["mine", "my-secret"]);
  assertEquals(found?.redirectUri, undefined);

  const identity = { server: SERVER, clientMetadataUrl: "https://c.example/client.json" };
  const byUrl = storeWith([{ identity, tokens: TOKENS }], { identity });
  assertEquals((await byUrl.store.read(new URL(SERVER)))?.clientId, identity.clientMetadataUrl);
  assertEquals(await storeWith([{ tokens: TOKENS }]).store.read(new URL(SERVER)), undefined);
});

Deno.test("McpRemoteStore.read() takes damaged files for absent, in silence", async () => {
  const bad = ["", "{", "[]", "null", '"x"', "{}", '{"access_token":7}', '{"client_id":["a"]}'];
  for (const content of bad) {
    for (
      const stored of [{ client: CLIENT, tokens: content }, { client: content, tokens: TOKENS }]
    ) {
      assertEquals(await storeWith([stored]).store.read(new URL(SERVER)), undefined, content);
    }
  }
  const large = { client: CLIENT, tokens: { ...TOKENS, padding: "x".repeat(1_100_000) } };
  assertEquals(await storeWith([large]).store.read(new URL(SERVER)), undefined);
  assertEquals(await storeWith([]).store.read(new URL(SERVER)), undefined);
});
