import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { CoderEra } from "../../support/fake_coder/coder_eras.ts";
import { type FakeCoder, startFakeCoder } from "../../support/fake_coder/fake_coder.ts";
import { ScriptedBrowser } from "../../support/scripted_browser.ts";
import {
  type Answer,
  ask,
  authorizationUrl,
  authorize,
  INITIALIZE,
  postForm,
  postJson,
  redeem,
  REDIRECT_URI,
  refresh,
  register,
  text,
  VERIFIER,
} from "./plain_client.ts";

const ERAS: readonly CoderEra[] = ["2.26", "2.31", "2.36", "2.37"];

function start(era: CoderEra): Promise<FakeCoder> {
  return startFakeCoder({ era, dynamicRegistration: true });
}

async function signIn(coder: FakeCoder, resource?: string) {
  const method = "client_secret_post";
  const client = await register(`${coder.accessUrl}/oauth2/register`, {
    token_endpoint_auth_method: method,
    application_type: "native",
  });
  const clientId = text(client, "client_id");
  const secret = { client_secret: text(client, "client_secret") };
  const extra: Record<string, string> = resource === undefined ? {} : { resource };
  const endpoint = `${coder.accessUrl}/oauth2`;
  const code = (await authorize(`${endpoint}/authorize`, clientId, extra)).get("code") ?? "";
  const answer = await redeem(`${endpoint}/tokens`, clientId, code, { ...secret, ...extra });
  assertEquals(answer.status, 200, answer.text);
  return {
    clientId,
    secret,
    access: text(answer.json, "access_token"),
    refreshToken: text(answer.json, "refresh_token"),
    refresh: (token: string) => refresh(`${endpoint}/tokens`, clientId, token),
  };
}

function initialize(coder: FakeCoder, token: string): Promise<Answer> {
  return postJson(coder.mcpUrl, INITIALIZE, { authorization: `Bearer ${token}` });
}

for (const era of ERAS) {
  Deno.test(`startFakeCoder() signs a client in and serves it: ${era}`, async () => {
    await using coder = await start(era);
    const refused = await postJson(coder.mcpUrl, INITIALIZE);
    assertEquals(refused.status, 401);
    assertEquals(
      refused.headers.get("www-authenticate"),
      'Bearer realm="coder", error="invalid_token", ' +
        'error_description="The access token is invalid", ' +
        `resource_metadata="${coder.accessUrl}/.well-known/oauth-protected-resource"`,
    );
    const it = await signIn(coder, coder.accessUrl);
    assertEquals((await initialize(coder, it.access)).status, 200);
    const fresh = await it.refresh(it.refreshToken);
    assertEquals((await initialize(coder, it.access)).status, 401);
    assertEquals((await it.refresh(it.refreshToken)).json["error"], "invalid_grant");
    assertEquals((await initialize(coder, text(fresh.json, "access_token"))).status, 200);
    assertMatch(it.access, /^\w{10}-\w{22}$/);
    assertMatch(it.refreshToken, /^coder_\w{10}_\w{40}$/);
  });

  Deno.test(`startFakeCoder() answers 403 to a token for the MCP URL: ${era}`, async () => {
    await using coder = await start(era);
    const wrong = await signIn(coder, coder.mcpUrl);
    const refused = await initialize(coder, wrong.access);
    assertEquals(refused.status, 403);
    assertEquals(refused.json["message"], "Token audience validation failed");
    const field = refused.headers.get("www-authenticate") ?? "";
    assertStringIncludes(field, 'error="insufficient_scope"');
    assertEquals(field.includes("scope="), false);
    const slash = await signIn(coder, `${coder.accessUrl}/`);
    assertEquals((await initialize(coder, slash.access)).status, 200);
    const none = await signIn(coder);
    assertEquals((await initialize(coder, none.access)).status, 200);
  });

  Deno.test(`startFakeCoder() refuses parameters that it does not know: ${era}`, async () => {
    await using coder = await start(era);
    const it = await signIn(coder);
    const url = authorizationUrl(`${coder.accessUrl}/oauth2/authorize`, it.clientId, {
      prompt: "consent",
    });
    const page = await new ScriptedBrowser().signIn(url);
    assertEquals(page.status, 400);
    assertStringIncludes(page.body, '"prompt" is not a valid query param');
    const tokens = `${coder.accessUrl}/oauth2/tokens`;
    const audience = await refresh(tokens, it.clientId, it.refreshToken, { audience: "x" });
    assertEquals(audience.json["error"], "invalid_request");
    const scope = await refresh(tokens, it.clientId, it.refreshToken, { scope: "coder:all" });
    assertEquals(scope.status, era === "2.26" ? 400 : 200);
  });

  Deno.test(`startFakeCoder() answers its site to what it has no route for: ${era}`, async () => {
    await using coder = await start(era);
    const suffix = await ask(`${coder.accessUrl}/.well-known/oauth-protected-resource/api`);
    const isJson = suffix.json["resource"] === coder.accessUrl;
    assertEquals([suffix.status, isJson], [200, era !== "2.26"]);
    for (const path of ["/.well-known/openid-configuration", "/authorize", "/token"]) {
      const page = await ask(coder.accessUrl + path, { method: "POST" });
      assertEquals(page.status, 200);
      assertMatch(page.headers.get("content-type") ?? "", /^text\/html/);
    }
  });

  Deno.test(`startFakeCoder() takes the redirect URI of the first registration only: ${era}`, async () => {
    await using coder = await start(era);
    const it = await signIn(coder);
    const at = (redirect_uri: string) =>
      new ScriptedBrowser().signIn(
        authorizationUrl(`${coder.accessUrl}/oauth2/authorize`, it.clientId, { redirect_uri }),
      ).then((page) => page.status, () => "sent");
    assertEquals(await at("http://127.0.0.1:10/callback"), 400);
    assertEquals(await at("http://localhost:9/callback"), 400);
    const isPrefixEra = era === "2.26" || era === "2.31";
    assertEquals(await at("http://127.0.0.1:9/callback/more"), isPrefixEra ? "sent" : 400);
  });

  Deno.test(`startFakeCoder() authenticates clients as its era does: ${era}`, async () => {
    await using coder = await start(era);
    const it = await signIn(coder);
    const code = (await authorize(`${coder.accessUrl}/oauth2/authorize`, it.clientId)).get("code");
    const form = {
      grant_type: "authorization_code",
      code: code ?? "",
      redirect_uri: REDIRECT_URI,
      code_verifier: VERIFIER,
    };
    const wrong = await postForm(`${coder.accessUrl}/oauth2/tokens`, {
      ...form,
      client_id: it.clientId,
      client_secret: "wrong",
    });
    assertEquals([wrong.status, wrong.json["error"]], [401, "invalid_client"]);
    const credentials = btoa(`${it.clientId}:${it.secret.client_secret}`);
    const basic = await postForm(`${coder.accessUrl}/oauth2/tokens`, form, {
      authorization: `Basic ${credentials}`,
    });
    assertEquals(basic.status, era === "2.26" || era === "2.31" ? 400 : 200);
    coder.deleteApps();
    assertEquals((await it.refresh(it.refreshToken)).json["error"], "invalid_client");
    assertEquals((await initialize(coder, it.access)).status, 401);
  });

  Deno.test(`startFakeCoder() gives public clients a secret, or not: ${era}`, async () => {
    await using coder = await start(era);
    const client = await register(`${coder.accessUrl}/oauth2/register`);
    assertEquals("client_secret" in client, era !== "2.37");
    const code = (await authorize(
      `${coder.accessUrl}/oauth2/authorize`,
      text(client, "client_id"),
    )).get("code") ?? "";
    const tokens = `${coder.accessUrl}/oauth2/tokens`;
    const bare = await redeem(tokens, text(client, "client_id"), code);
    assertEquals(bare.status, era === "2.37" ? 200 : 400);
  });
}

Deno.test("startFakeCoder() keeps a secret that was issued for none mandatory after an upgrade", async () => {
  await using coder = await start("2.36");
  const client = await register(`${coder.accessUrl}/oauth2/register`);
  const clientId = text(client, "client_id");
  coder.behave({ era: "2.37" });
  const redeemed = async (extra: Readonly<Record<string, string>>) => {
    const code = (await authorize(`${coder.accessUrl}/oauth2/authorize`, clientId)).get("code");
    return (await redeem(`${coder.accessUrl}/oauth2/tokens`, clientId, code ?? "", extra)).status;
  };
  assertEquals(await redeemed({}), 400);
  assertEquals(await redeemed({ client_secret: text(client, "client_secret") }), 200);
});

Deno.test("startFakeCoder() has one token for a user and an app, and one code", async () => {
  await using coder = await start("2.36");
  const it = await signIn(coder);
  const endpoint = `${coder.accessUrl}/oauth2`;
  const first = (await authorize(`${endpoint}/authorize`, it.clientId)).get("code") ?? "";
  const second = (await authorize(`${endpoint}/authorize`, it.clientId)).get("code") ?? "";
  const early = await redeem(`${endpoint}/tokens`, it.clientId, first, it.secret);
  assertEquals(early.json["error"], "invalid_grant");
  assertEquals((await initialize(coder, it.access)).status, 200);
  assertEquals((await redeem(`${endpoint}/tokens`, it.clientId, second, it.secret)).status, 200);
  assertEquals((await initialize(coder, it.access)).status, 401);
});

Deno.test("startFakeCoder() wants the same resource at both endpoints", async () => {
  await using coder = await start("2.36");
  const it = await signIn(coder);
  const endpoint = `${coder.accessUrl}/oauth2`;
  const code = (await authorize(`${endpoint}/authorize`, it.clientId)).get("code") ?? "";
  const added = { ...it.secret, resource: coder.accessUrl };
  const answer = await redeem(`${endpoint}/tokens`, it.clientId, code, added);
  assertEquals(answer.json["error"], "invalid_target");
});

Deno.test("startFakeCoder() sends the state back on cancel from 2.33 on", async () => {
  for (const era of ERAS) {
    await using coder = await start(era);
    const it = await signIn(coder);
    const url = authorizationUrl(`${coder.accessUrl}/oauth2/authorize`, it.clientId);
    const callback = new URL(await new ScriptedBrowser().callbackUrl(url, "deny")).searchParams;
    assertEquals(callback.get("error"), "access_denied");
    const isOld = era === "2.26" || era === "2.31";
    assertEquals(callback.get("state"), isOld ? null : "the-state");
  }
});

Deno.test("startFakeCoder() refuses registration when it is off, and lets administrators make apps", async () => {
  await using coder = await startFakeCoder({ era: "2.37" });
  const metadata = await ask(`${coder.accessUrl}/.well-known/oauth-authorization-server`);
  assertEquals("registration_endpoint" in metadata.json, false);
  const body = { redirect_uris: [REDIRECT_URI] };
  const refused = await postJson(`${coder.accessUrl}/oauth2/register`, body);
  assertEquals(refused.status, 403);
  assertEquals(
    refused.json["error_description"],
    "Dynamic client registration is disabled on this deployment",
  );
  const app = coder.createApp(REDIRECT_URI);
  const endpoint = `${coder.accessUrl}/oauth2`;
  const code = (await authorize(`${endpoint}/authorize`, app.clientId)).get("code") ?? "";
  const secret = { client_secret: app.clientSecret };
  assertEquals((await redeem(`${endpoint}/tokens`, app.clientId, code, secret)).status, 200);
});

Deno.test("startFakeCoder() checks what a client registers with", async () => {
  await using coder = await start("2.36");
  const fault = async (changes: Readonly<Record<string, unknown>>) =>
    (await register(`${coder.accessUrl}/oauth2/register`, changes))["error"];
  assertEquals(await fault({ redirect_uris: [] }), "invalid_client_metadata");
  assertEquals(await fault({ redirect_uris: ["http://a.example/"] }), "invalid_client_metadata");
  assertEquals(await fault({ grant_types: ["client_credentials"] }), "invalid_client_metadata");
  assertEquals(await fault({ client_uri: "x" }), "invalid_client_metadata");
  assertEquals(await fault({ application_type: "native", anything: 1 }), undefined);
  const long = await register(`${coder.accessUrl}/oauth2/register`, {
    client_name: "n".repeat(80),
  });
  assertEquals(text(long, "client_name").length, 64);
});
