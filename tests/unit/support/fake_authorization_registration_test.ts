import { assertEquals } from "@std/assert";
import { startFakeAuthorizationServer } from "../../support/fake_authorization_server/fake_authorization_server.ts";
import {
  ask,
  authorizationUrl,
  authorize,
  postForm,
  postJson,
  redeem,
  REDIRECT_URI,
  register,
  text,
  VERIFIER,
} from "./plain_client.ts";

Deno.test("startFakeAuthorizationServer() registers, or refuses to", async () => {
  await using server = await startFakeAuthorizationServer();
  const endpoint = `${server.issuer}/register`;
  const body = { redirect_uris: [REDIRECT_URI], application_type: "web" };
  assertEquals((await postJson(endpoint, body)).status, 201);
  server.behave({ registration: "forbidden" });
  assertEquals((await postJson(endpoint, body)).status, 403);
  server.behave({ registration: "off" });
  assertEquals((await postJson(endpoint, body)).status, 404);
  server.behave({ registration: "open", demandsApplicationType: true });
  assertEquals((await postJson(endpoint, body)).json["error"], "invalid_redirect_uri");
  server.behave({ demandsApplicationType: false, refusesUnknownRegistrationFields: true });
  assertEquals((await postJson(endpoint, body)).json["error"], "invalid_client_metadata");
  assertEquals(server.counters.registrations, 1);
});

Deno.test("startFakeAuthorizationServer() gives out secrets that expire", async () => {
  await using server = await startFakeAuthorizationServer({
    registeredAuthMethod: "client_secret_post",
    clientSecretTtl: 60,
  });
  const client = await register(`${server.issuer}/register`);
  const id = text(client, "client_id");
  const secret = { client_secret: text(client, "client_secret") };
  const endpoint = `${server.issuer}/authorize`;
  const code = (await authorize(endpoint, id)).get("code") ?? "";
  assertEquals((await redeem(`${server.issuer}/token`, id, code)).json["error"], "invalid_client");
  assertEquals((await redeem(`${server.issuer}/token`, id, code, secret)).status, 200);
  const second = (await authorize(endpoint, id)).get("code") ?? "";
  server.advance(61);
  const late = await redeem(`${server.issuer}/token`, id, second, secret);
  assertEquals([late.status, late.json["error"]], [401, "invalid_client"]);
});

for (const answer of [400, 401, 422, "html"] as const) {
  Deno.test(`startFakeAuthorizationServer() answers a forgotten client with ${answer}`, async () => {
    await using server = await startFakeAuthorizationServer({ unknownClientAnswer: answer });
    const id = text(await register(`${server.issuer}/register`), "client_id");
    server.forgetClients();
    const page = await ask(authorizationUrl(`${server.issuer}/authorize`, id));
    assertEquals(page.status, answer === "html" ? 400 : answer);
    const token = await redeem(`${server.issuer}/token`, id, "any");
    assertEquals(token.json["error"], "invalid_client");
  });
}

Deno.test("startFakeAuthorizationServer() knows preregistered clients and metadata documents", async () => {
  await using server = await startFakeAuthorizationServer({
    clientIdMetadataDocument: true,
    preregistered: [{ clientId: "known", clientSecret: "s ecret", redirectUris: [REDIRECT_URI] }],
  });
  const code = (await authorize(`${server.issuer}/authorize`, "known")).get("code") ?? "";
  const basic = await postForm(`${server.issuer}/token`, {
    grant_type: "authorization_code",
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
  }, { authorization: `Basic ${btoa("known:s+ecret")}` });
  assertEquals(basic.status, 200);
  const document = "https://client.example/metadata.json";
  const other = (await authorize(`${server.issuer}/authorize`, document)).get("code") ?? "";
  assertEquals((await redeem(`${server.issuer}/token`, document, other)).status, 200);
});

Deno.test("startFakeAuthorizationServer() refuses an authentication method that it does not list", async () => {
  await using server = await startFakeAuthorizationServer({
    tokenEndpointAuthMethods: ["client_secret_basic"],
    registeredAuthMethod: "client_secret_basic",
  });
  const client = await register(`${server.issuer}/register`);
  const answer = await redeem(`${server.issuer}/token`, text(client, "client_id"), "any", {
    client_secret: text(client, "client_secret"),
  });
  assertEquals(answer.json["error_description"], "client_secret_post is not supported");
});
