import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { CoderEra } from "../../support/fake_coder/coder_eras.ts";
import { type FakeCoder, startFakeCoder } from "../../support/fake_coder/fake_coder.ts";
import {
  type Answer,
  ask,
  authorize,
  INITIALIZE,
  postJson,
  redeem,
  refresh,
  register,
  text,
} from "./plain_client.ts";

const TOOLS = { jsonrpc: "2.0", id: 1, method: "tools/list" } as const;

async function start(era: CoderEra, options: Partial<Parameters<typeof startFakeCoder>[0]> = {}) {
  const coder = await startFakeCoder({ era, ...options });
  const authorization = { authorization: `Bearer ${coder.createSessionToken()}` };
  return {
    coder,
    authorization,
    post: (message: unknown, headers: Readonly<Record<string, string>> = {}, query = "") =>
      postJson(coder.mcpUrl + query, message, { ...authorization, ...headers }),
    [Symbol.asyncDispose]: () => coder[Symbol.asyncDispose](),
  };
}

for (const era of ["2.26", "2.31", "2.36"] as const) {
  Deno.test(`startFakeCoder() wants a well-formed session id: ${era}`, async () => {
    await using it = await start(era);
    const opened = await it.post(INITIALIZE);
    const session = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
    assertEquals((await it.post(TOOLS, session)).status, 200);
    const lost = await it.post(TOOLS);
    assertEquals([lost.status, lost.text], [400, "Invalid session ID"]);
    const other = { "mcp-session-id": `mcp-session-${crypto.randomUUID()}` };
    assertEquals((await it.post(TOOLS, other)).status, 200);
    const gone = await ask(it.coder.mcpUrl, { method: "DELETE", headers: it.authorization });
    assertEquals(gone.status, 200);
  });
}

Deno.test("startFakeCoder() pings on its stream and cannot take the answer", async () => {
  await using it = await start("2.36", { pingPeriod: 5 });
  const abort = new AbortController();
  const stream = await fetch(it.coder.mcpUrl, { headers: it.authorization, signal: abort.signal });
  const reader = stream.body?.getReader();
  const first = new TextDecoder().decode((await reader?.read())?.value);
  assertStringIncludes(first, '"method":"ping"');
  await reader?.cancel();
  abort.abort();
  const session = (await it.post(INITIALIZE)).headers.get("mcp-session-id") ?? "";
  const pong = { jsonrpc: "2.0", id: 1, result: {} };
  const answer = await it.post(pong, { "mcp-session-id": session });
  assertEquals([answer.status, it.coder.counters.pongs], [500, 1]);
});

Deno.test("startFakeCoder() is stateless and POST only in 2.37", async () => {
  await using it = await start("2.37");
  const opened = await it.post(INITIALIZE);
  assertEquals([opened.status, opened.headers.has("mcp-session-id")], [200, false]);
  assertEquals((await it.post(TOOLS)).status, 200);
  for (const method of ["GET", "DELETE"]) {
    const refused = await ask(it.coder.mcpUrl, { method, headers: it.authorization });
    assertEquals([refused.status, refused.headers.get("allow")], [405, "POST"]);
  }
  assertEquals((await it.post(TOOLS, { accept: "application/json" })).status, 400);
  assertEquals((await it.post(TOOLS, { "content-type": "text/plain" })).status, 415);
  assertEquals((await it.post(TOOLS, { "mcp-protocol-version": "2025-01-01" })).status, 400);
  const modern = await it.post(TOOLS, { "mcp-protocol-version": "2026-07-28" });
  assertStringIncludes(modern.text, "-32020");
});

Deno.test("startFakeCoder() keeps toolsets apart", async () => {
  await using it = await start("2.37");
  assertStringIncludes((await it.post(TOOLS, {}, "?toolset=chatgpt")).text, '"search"');
  const wrong = await it.post(TOOLS, {}, "?toolset=x");
  assertEquals([wrong.status, wrong.json["message"]], [400, "Invalid toolset: x"]);
});

Deno.test("startFakeCoder() takes session tokens in its own header, and cookies before all", async () => {
  await using it = await start("2.36");
  const token = it.coder.createSessionToken();
  const own = await postJson(it.coder.mcpUrl, INITIALIZE, { "coder-session-token": token });
  assertEquals(own.status, 200);
  const cookie = await it.post(INITIALIZE, { cookie: "coder_session_token=stale" });
  assertEquals(cookie.status, 401);
});

Deno.test("startFakeCoder() says what is missing when the experiments are off", async () => {
  await using it = await start("2.36", { experiments: false });
  const metadata = await ask(`${it.coder.accessUrl}/.well-known/oauth-protected-resource`);
  assertEquals(metadata.status, 403);
  assertStringIncludes(text(metadata.json, "message"), "'oauth2' experiment");
  assertEquals((await postJson(it.coder.mcpUrl, INITIALIZE)).status, 401);
  const signedIn = await it.post(INITIALIZE);
  assertStringIncludes(text(signedIn.json, "message"), "oauth2, mcp-server-http");
});

Deno.test("startFakeCoder() sends other host names to the bare access URL when told", async () => {
  await using it = await start("2.36", { redirectToAccessUrl: true });
  const answer = await postJson(it.coder.aliasMcpUrl, INITIALIZE);
  assertEquals([answer.status, answer.headers.get("location")], [307, it.coder.accessUrl]);
});

Deno.test("startFakeCoder() limits rates and is slow when told", async () => {
  await using it = await start("2.37", { rateLimited: true });
  assertEquals((await it.post(TOOLS)).status, 429);
  it.coder.behave({ rateLimited: false, slowTool: 30 });
  const call = { ...TOOLS, method: "tools/call", params: { name: "coder_workspace_bash" } };
  const began = performance.now();
  assertEquals((await it.post(call)).status, 200);
  assertEquals(performance.now() - began >= 25, true);
});

Deno.test("startFakeCoder() slides the expiry of keys in use, hourly, unless told not to", async () => {
  await using it = await start("2.36", { accessTokenTtl: 7200 });
  const used = async (): Promise<Answer> => await it.post(INITIALIZE);
  it.coder.advance(3700);
  assertEquals((await used()).status, 200);
  it.coder.advance(3700);
  assertEquals((await used()).status, 200);
  it.coder.behave({ disableSessionExpiryRefresh: true });
  it.coder.advance(3700);
  assertEquals((await used()).status, 200);
  it.coder.advance(3700);
  const expired = await used();
  assertEquals(expired.status, 401);
  assertStringIncludes(expired.headers.get("www-authenticate") ?? "", "has expired");
});

Deno.test("startFakeCoder() loses the answer of a refresh when told", async () => {
  await using coder: FakeCoder = await startFakeCoder({ era: "2.36", dropsRefreshResponse: true });
  const client = await register(`${coder.accessUrl}/oauth2/register`);
  const clientId = text(client, "client_id");
  const endpoint = `${coder.accessUrl}/oauth2`;
  const code = (await authorize(`${endpoint}/authorize`, clientId)).get("code") ?? "";
  const secret = { client_secret: text(client, "client_secret") };
  const tokens = (await redeem(`${endpoint}/tokens`, clientId, code, secret)).json;
  const token = text(tokens, "refresh_token");
  await assertRejects(() => refresh(`${endpoint}/tokens`, clientId, token));
  const again = await refresh(`${endpoint}/tokens`, clientId, token);
  assertEquals(again.json["error"], "invalid_grant");
  assertEquals(coder.counters.refreshes, 1);
});
