import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../../support/fake_authorization_server/fake_authorization_server.ts";
import { ask, INITIALIZE, postJson } from "./plain_client.ts";

Deno.test("startFakeAuthorizationServer() answers 401 with a challenge that leads to the metadata", async () => {
  await using server = await startFakeAuthorizationServer({ challengeScope: "a b" });
  const refused = await postJson(server.mcpUrl, INITIALIZE);
  assertEquals(refused.status, 401);
  const field = refused.headers.get("www-authenticate") ?? "";
  assertStringIncludes(field, 'scope="a b"');
  const url = /resource_metadata="([^"]+)"/.exec(field)?.[1] ?? "";
  const document = await ask(url);
  assertEquals(document.json["resource"], server.mcpUrl);
  assertEquals(document.json["authorization_servers"], [server.issuer]);
  assertEquals(server.counters.unauthorized, 1);
});

const RESOURCE_PLACES = [
  { place: "path", found: "/.well-known/oauth-protected-resource/mcp?key=1" },
  { place: "root", found: "/.well-known/oauth-protected-resource" },
  { place: "none", found: undefined },
] as const;
for (const { place, found } of RESOURCE_PLACES) {
  Deno.test(`startFakeAuthorizationServer() serves resource metadata only at: ${place}`, async () => {
    await using server = await startFakeAuthorizationServer({
      protectedResourceMetadata: place,
      mcpQuery: "?key=1",
      origins: "separate",
    });
    const refused = await postJson(server.mcpUrl, INITIALIZE);
    assertEquals(refused.headers.get("www-authenticate")?.includes("resource_metadata"), false);
    for (const { found: target } of RESOURCE_PLACES) {
      if (target === undefined) continue;
      const { status } = await ask(server.resourceOrigin + target);
      assertEquals(status, target === found ? 200 : 404, target);
    }
  });
}

const SERVER_FORMS = [
  { form: "rfc8414", path: "/.well-known/oauth-authorization-server/tenant" },
  { form: "oidc_inserted", path: "/.well-known/openid-configuration/tenant" },
  { form: "oidc_appended", path: "/tenant/.well-known/openid-configuration" },
  { form: "none", path: undefined },
] as const;
for (const { form, path } of SERVER_FORMS) {
  Deno.test(`startFakeAuthorizationServer() serves server metadata only as: ${form}`, async () => {
    await using server = await startFakeAuthorizationServer({
      authorizationServerMetadata: form,
      issuerPath: "/tenant",
    });
    for (const { path: asked } of SERVER_FORMS) {
      if (asked === undefined) continue;
      const answer = await ask(server.authorizationOrigin + asked);
      assertEquals(answer.status, asked === path ? 200 : 404, asked);
      if (asked === path) assertEquals(answer.json["issuer"], server.issuer);
    }
  });
}

Deno.test("startFakeAuthorizationServer() bends its metadata as told", async () => {
  await using server = await startFakeAuthorizationServer({
    authorizationServerMetadata: "rfc8414",
    issuerInMetadata: "wrong",
    codeChallengeMethods: undefined,
    issInResponse: "missing",
    clientIdMetadataDocument: true,
    metadataOverrides: {
      token_endpoint: "http://169.254.169.254/token",
      registration_endpoint: undefined,
    },
    protectedResourceMetadata: "root",
    protectedResourceOverrides: { resource: "https://evil.example" },
  });
  const document = (await ask(`${server.issuer}/.well-known/oauth-authorization-server`)).json;
  assertEquals(document["issuer"], "https://other-issuer.example");
  assertEquals("code_challenge_methods_supported" in document, false);
  assertEquals("registration_endpoint" in document, false);
  assertEquals(document["token_endpoint"], "http://169.254.169.254/token");
  assertEquals(document["authorization_response_iss_parameter_supported"], true);
  assertEquals(document["client_id_metadata_document_supported"], true);
  const resource = await ask(`${server.resourceOrigin}/.well-known/oauth-protected-resource`);
  assertEquals(resource.json["resource"], "https://evil.example");
  server.behave({ issuerInMetadata: "trailing_slash", issuerSlashInResource: true });
  const slash = (await ask(`${server.issuer}/.well-known/oauth-authorization-server`)).json;
  assertEquals(slash["issuer"], `${server.issuer}/`);
});

Deno.test("startFakeAuthorizationServer() answers unknown paths with 200 HTML when told", async () => {
  await using server = await startFakeAuthorizationServer({
    htmlForUnknownPaths: true,
    authorizationServerMetadata: "none",
  });
  const answer = await ask(`${server.issuer}/.well-known/oauth-authorization-server`);
  assertEquals(answer.status, 200);
  assertMatch(answer.headers.get("content-type") ?? "", /^text\/html/);
});

Deno.test("startFakeAuthorizationServer() sends several challenges, or none", async () => {
  await using server = await startFakeAuthorizationServer({ challenge: "several" });
  const several = await postJson(server.mcpUrl, INITIALIZE);
  assertStringIncludes(several.headers.get("www-authenticate") ?? "", ", bEaReR realm=");
  server.behave({ challenge: "none" });
  const none = await postJson(server.mcpUrl, INITIALIZE);
  assertEquals([none.status, none.headers.get("www-authenticate")], [401, null]);
});

Deno.test("startFakeAuthorizationServer() redirects the paths that it is told to", async () => {
  await using server = await startFakeAuthorizationServer({
    redirects: { "/token": "http://127.0.0.1:9/steal" },
  });
  const answer = await ask(`${server.authorizationOrigin}/token`, { method: "POST", body: "" });
  assertEquals([answer.status, answer.headers.get("location")], [307, "http://127.0.0.1:9/steal"]);
  assertEquals(server.requestsTo("/token").length, 1);
});
