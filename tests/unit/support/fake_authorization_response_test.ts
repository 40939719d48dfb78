import { assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../../support/fake_authorization_server/fake_authorization_server.ts";
import { ScriptedBrowser } from "../../support/scripted_browser.ts";
import { ask, authorizationUrl, authorize, redeem, register, text } from "./plain_client.ts";

async function start(options: Parameters<typeof startFakeAuthorizationServer>[0]) {
  const server = await startFakeAuthorizationServer(options);
  const clientId = text(await register(`${server.issuer}/register`), "client_id");
  return {
    server,
    clientId,
    authorize: (extra: Readonly<Record<string, string>> = {}) =>
      authorize(`${server.issuer}/authorize`, clientId, extra),
    url: authorizationUrl(`${server.issuer}/authorize`, clientId),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

Deno.test("startFakeAuthorizationServer() tells a browser from a preflight", async () => {
  await using it = await start({});
  const preflight = await ask(it.url);
  assertEquals(preflight.headers.get("location")?.startsWith("/login"), true);
  const response = await it.authorize();
  assertEquals(response.get("state"), "the-state");
  const { authorizations, preflights } = it.server.counters;
  assertEquals([authorizations, preflights], [1, 1]);
});

const ISS = [
  { iss: "unadvertised", value: () => null },
  { iss: "missing", value: () => null },
  { iss: "right", value: (issuer: string) => issuer },
  { iss: "wrong", value: () => "https://other-issuer.example" },
] as const;
for (const { iss, value } of ISS) {
  Deno.test(`startFakeAuthorizationServer() responds with iss: ${iss}`, async () => {
    await using it = await start({ issInResponse: iss });
    assertEquals((await it.authorize()).get("iss"), value(it.server.issuer));
  });
}

Deno.test("startFakeAuthorizationServer() bends state", async () => {
  await using it = await start({ stateInResponse: "wrong" });
  assertEquals((await it.authorize()).get("state"), "not-the-state-you-sent");
  it.server.behave({ stateInResponse: "missing" });
  assertEquals((await it.authorize()).get("state"), null);
});

Deno.test("startFakeAuthorizationServer() denies, waits, or asks by a form", async () => {
  await using it = await start({ authorizePage: "deny" });
  assertEquals((await it.authorize()).get("error"), "access_denied");
  it.server.behave({ authorizePage: "silent" });
  const page = await new ScriptedBrowser().signIn(it.url);
  assertStringIncludes(page.body, "Please wait");
  it.server.behave({ authorizePage: "consent" });
  assertEquals((await it.authorize()).has("code"), true);
  const denied = new URL(await new ScriptedBrowser().callbackUrl(it.url, "deny"));
  assertEquals(denied.searchParams.get("error"), "access_denied");
});

Deno.test("startFakeAuthorizationServer() insists on PKCE and registered redirect URIs", async () => {
  await using it = await start({});
  const plain = await it.authorize({ code_challenge_method: "plain" });
  assertEquals(plain.get("error"), "invalid_request");
  const page = await ask(it.url.replace("callback", "other"));
  assertEquals(page.status, 400);
  const code = (await it.authorize()).get("code") ?? "";
  const wrong = await redeem(`${it.server.issuer}/token`, it.clientId, code, {
    code_verifier: "x".repeat(43),
  });
  assertEquals(wrong.json["error"], "invalid_grant");
});

Deno.test("startFakeAuthorizationServer() refuses parameters that it does not know when told", async () => {
  await using it = await start({ refusesUnknownAuthorizeParameters: true });
  assertEquals((await it.authorize({ prompt: "consent" })).get("error"), "invalid_request");
});

const RESOURCE_RULES = [
  { rule: "required", without: "invalid_target", withIt: null, slash: null },
  { rule: "byte_equal", without: "invalid_target", withIt: null, slash: "invalid_target" },
  {
    rule: "refused_at_authorization",
    without: null,
    withIt: "invalid_target",
    slash: "invalid_target",
  },
  { rule: "entra", without: null, withIt: "invalid_request", slash: "invalid_request" },
] as const;
for (const { rule, without, withIt, slash } of RESOURCE_RULES) {
  Deno.test(`startFakeAuthorizationServer() treats resource at the page as: ${rule}`, async () => {
    await using it = await start({ resourceParameter: rule });
    assertEquals((await it.authorize()).get("error"), without);
    assertEquals((await it.authorize({ resource: it.server.mcpUrl })).get("error"), withIt);
    assertEquals((await it.authorize({ resource: `${it.server.mcpUrl}/` })).get("error"), slash);
  });
}

Deno.test("startFakeAuthorizationServer() treats resource at the token endpoint as told", async () => {
  await using it = await start({ resourceParameter: "refused_at_token" });
  const resource = { resource: it.server.mcpUrl };
  const redeemed = async () => {
    const code = (await it.authorize(resource)).get("code") ?? "";
    return (await redeem(`${it.server.issuer}/token`, it.clientId, code, resource)).json["error"];
  };
  assertEquals(await redeemed(), "invalid_target");
  it.server.behave({ resourceParameter: "optional" });
  assertEquals(await redeemed(), undefined);
  const code = (await it.authorize(resource)).get("code") ?? "";
  const other = await redeem(`${it.server.issuer}/token`, it.clientId, code, {
    resource: "https://other.example",
  });
  assertEquals(other.json["error"], "invalid_target");
});
