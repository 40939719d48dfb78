import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { startFakeAuthorizationServer } from "../../support/fake_authorization_server/fake_authorization_server.ts";
import { until } from "../../support/until.ts";
import {
  type Answer,
  authorize,
  INITIALIZE,
  postForm,
  postJson,
  redeem,
  refresh,
  register,
  text,
} from "./plain_client.ts";

async function signedIn(
  options: NonNullable<Parameters<typeof startFakeAuthorizationServer>[0]>,
  scope = "base",
) {
  const server = await startFakeAuthorizationServer(options);
  const clientId = text(await register(`${server.issuer}/register`), "client_id");
  const code = (await authorize(`${server.issuer}/authorize`, clientId, { scope })).get("code");
  const answer = await redeem(`${server.issuer}/token`, clientId, code ?? "");
  return {
    server,
    clientId,
    answer,
    refresh: (token: string) => refresh(`${server.issuer}/token`, clientId, token),
    call: (token: string, name = "whoami") => callTool(server.mcpUrl, token, name),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function callTool(url: string, token: string, name: string): Promise<Answer> {
  const authorization = `Bearer ${token}`;
  const opened = await postJson(url, INITIALIZE, { authorization });
  if (opened.status !== 200) return opened;
  const call = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name, arguments: { a: 1 } },
  };
  return await postJson(url, call, {
    authorization,
    "mcp-session-id": opened.headers.get("mcp-session-id") ?? "",
  });
}

Deno.test("startFakeAuthorizationServer() lets a signed-in caller use the tools", async () => {
  await using it = await signedIn({});
  const access = text(it.answer.json, "access_token");
  assertStringIncludes((await it.call(access)).text, "alice");
  assertStringIncludes((await it.call(access, "echo")).text, '{\\"a\\":1}');
  assertEquals((await it.call("forged")).status, 401);
  assert(it.server.secrets.has(access));
  assertEquals(it.answer.json["expires_in"], 3600);
});

Deno.test("startFakeAuthorizationServer() expires and revokes without sleeping", async () => {
  await using it = await signedIn({ accessTokenTtl: 60 });
  const access = text(it.answer.json, "access_token");
  it.server.advance(61);
  assertEquals((await it.call(access)).status, 401);
  const fresh = await it.refresh(text(it.answer.json, "refresh_token"));
  const second = text(fresh.json, "access_token");
  assertEquals((await it.call(second)).status, 200);
  it.server.revokeAccessTokens();
  assertEquals((await it.call(second)).status, 401);
  it.server.revokeGrants();
  assertEquals(
    (await it.refresh(text(fresh.json, "refresh_token"))).json["error"],
    "invalid_grant",
  );
});

Deno.test("startFakeAuthorizationServer() refuses a used refresh token, or ends its family", async () => {
  await using it = await signedIn({ refreshRotation: "single_use" });
  const first = text(it.answer.json, "refresh_token");
  const second = await it.refresh(first);
  assertEquals((await it.refresh(first)).json["error"], "invalid_grant");
  assertEquals((await it.call(text(second.json, "access_token"))).status, 200);
  it.server.behave({ refreshRotation: "family" });
  assertEquals((await it.refresh(first)).json["error"], "invalid_grant");
  assertEquals((await it.call(text(second.json, "access_token"))).status, 401);
  assertEquals(it.server.counters.familyRevocations, 1);
});

Deno.test("startFakeAuthorizationServer() keeps, ages and withholds refresh tokens as told", async () => {
  await using it = await signedIn({ refreshRotation: "none", refreshTokenTtl: 100 });
  const token = text(it.answer.json, "refresh_token");
  assertEquals((await it.refresh(token)).json["refresh_token"], undefined);
  assertEquals((await it.refresh(token)).status, 200);
  it.server.advance(101);
  assertEquals((await it.refresh(token)).json["error"], "invalid_grant");
  await using never = await signedIn({ refreshTokens: "never" });
  assertEquals("refresh_token" in never.answer.json, false);
  await using base = await signedIn({ refreshTokens: "offline_access" });
  assertEquals("refresh_token" in base.answer.json, false);
  await using offline = await signedIn({ refreshTokens: "offline_access" }, "base offline_access");
  assertEquals("refresh_token" in offline.answer.json, true);
});

Deno.test("startFakeAuthorizationServer() answers tokens as a form, without expires_in, with ID tokens", async () => {
  await using it = await signedIn({ tokenAnswer: "form", tellsExpiresIn: false });
  const form = new URLSearchParams(it.answer.text);
  assertEquals([form.has("access_token"), form.has("expires_in")], [true, false]);
  await using jwt = await signedIn({ idToken: "jwt", bearer: "id_token" });
  const idToken = text(jwt.answer.json, "id_token");
  assertMatch(idToken, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  assertEquals((await jwt.call(text(jwt.answer.json, "access_token"))).status, 401);
  assertEquals((await jwt.call(idToken)).status, 200);
});

Deno.test("startFakeAuthorizationServer() fails refreshes in every way", async () => {
  await using it = await signedIn({});
  const token = text(it.answer.json, "refresh_token");
  it.server.behave({ refreshFault: "503" });
  assertEquals((await it.refresh(token)).status, 503);
  it.server.behave({ refreshFault: "html" });
  assertStringIncludes((await it.refresh(token)).text, "<html>");
  it.server.behave({ refreshFault: "bad_gateway_html" });
  assertEquals((await it.refresh(token)).status, 502);
  it.server.behave({ refreshFault: "invalid_grant" });
  assertEquals((await it.refresh(token)).json["error"], "invalid_grant");
  it.server.behave({ refreshFault: "drop_before" });
  await assertRejects(() => it.refresh(token), TypeError);
  assertEquals(it.server.counters.refreshGrants, 0);
  it.server.behave({ refreshFault: "drop_after" });
  await assertRejects(() => it.refresh(token), TypeError);
  it.server.behave({ refreshFault: "none" });
  assertEquals((await it.refresh(token)).json["error"], "invalid_grant");
  assertEquals([it.server.counters.refreshGrants, it.server.counters.refreshRequests], [1, 7]);
});

Deno.test("startFakeAuthorizationServer() holds refreshes back until they are released", async () => {
  await using it = await signedIn({});
  const release = it.server.holdRefreshes();
  let answered = false;
  const pending = it.refresh(text(it.answer.json, "refresh_token")).then((answer) => {
    answered = true;
    return answer.status;
  });
  await until("the refresh", () => it.server.counters.refreshRequests === 1);
  assertEquals([answered, it.server.counters.refreshGrants], [false, 0]);
  release("served");
  assertEquals(await pending, 200);
});

Deno.test("startFakeAuthorizationServer() asks for more scope, honestly or for ever", async () => {
  await using it = await signedIn({ toolScopes: { danger: "write" } });
  const refused = await it.call(text(it.answer.json, "access_token"), "danger");
  assertEquals(refused.status, 403);
  assertStringIncludes(refused.headers.get("www-authenticate") ?? "", 'scope="write"');
  await using more = await signedIn({ toolScopes: { danger: "write" } }, "base write");
  const access = text(more.answer.json, "access_token");
  assertEquals((await more.call(access, "danger")).status, 200);
  more.server.behave({ stepUp: "stuck" });
  assertEquals((await more.call(access, "danger")).status, 403);
});

Deno.test("startFakeAuthorizationServer() answers an expired token with a tool error when told", async () => {
  await using it = await signedIn({ expiredTokenAnswer: "tool_error", accessTokenTtl: 60 });
  const access = text(it.answer.json, "access_token");
  const opened = await postJson(it.server.mcpUrl, INITIALIZE, {
    authorization: `Bearer ${access}`,
  });
  it.server.advance(61);
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "whoami" } };
  const answer = await postJson(it.server.mcpUrl, call, {
    authorization: `Bearer ${access}`,
    "mcp-session-id": opened.headers.get("mcp-session-id") ?? "",
  });
  assertEquals(answer.status, 200);
  assertStringIncludes(answer.text, '"isError":true');
});

Deno.test("startFakeAuthorizationServer() revokes and serves anonymous callers when told", async () => {
  await using it = await signedIn({ anonymous: true });
  assertEquals((await postJson(it.server.mcpUrl, INITIALIZE)).status, 200);
  const token = text(it.answer.json, "refresh_token");
  await postForm(`${it.server.issuer}/revoke`, { token, client_id: it.clientId });
  assertEquals(it.server.counters.revocations, 1);
  assertEquals((await it.refresh(token)).json["error"], "invalid_grant");
});
