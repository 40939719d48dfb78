import { assertEquals } from "@std/assert";
import { startFakeAuthorizationServer } from "../../support/fake_authorization_server/fake_authorization_server.ts";
import { postForm, register, text } from "./plain_client.ts";

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

Deno.test("startFakeAuthorizationServer() plays the whole device flow", async () => {
  await using server = await startFakeAuthorizationServer({ deviceFlow: true, deviceCodeTtl: 60 });
  const clientId = text(await register(`${server.issuer}/register`), "client_id");
  const begin = async () =>
    text((await postForm(`${server.issuer}/device`, { client_id: clientId })).json, "device_code");
  const poll = async (code: string) =>
    (await postForm(`${server.issuer}/token`, {
      grant_type: DEVICE_GRANT,
      device_code: code,
      client_id: clientId,
    })).json;
  const first = await begin();
  assertEquals((await poll(first))["error"], "authorization_pending");
  server.slowDevices();
  assertEquals((await poll(first))["error"], "slow_down");
  server.decideDevice("approved");
  assertEquals(typeof (await poll(first))["access_token"], "string");
  assertEquals((await poll(first))["error"], "invalid_grant");
  const second = await begin();
  server.decideDevice("denied");
  assertEquals((await poll(second))["error"], "access_denied");
  const third = await begin();
  server.advance(61);
  assertEquals((await poll(third))["error"], "expired_token");
});

Deno.test("startFakeAuthorizationServer() grants client credentials by Basic and post", async () => {
  await using server = await startFakeAuthorizationServer({
    clientCredentials: true,
    preregistered: [{ clientId: "robot", clientSecret: "s3:cret" }, { clientId: "public" }],
  });
  const endpoint = `${server.issuer}/token`;
  const grant = { grant_type: "client_credentials" };
  const basic = { authorization: `Basic ${btoa("robot:s3%3Acret")}` };
  assertEquals((await postForm(endpoint, grant, basic)).status, 200);
  const post = { ...grant, client_id: "robot", client_secret: "s3:cret" };
  assertEquals((await postForm(endpoint, post)).status, 200);
  const wrong = await postForm(endpoint, { ...post, client_secret: "no" });
  assertEquals([wrong.status, wrong.json["error"]], [401, "invalid_client"]);
  const nobody = await postForm(endpoint, { ...grant, client_id: "public" });
  assertEquals(nobody.json["error"], "unauthorized_client");
  assertEquals(server.counters.clientCredentialsGrants, 2);
});

const KEY_KINDS = [
  { alg: "ES256", name: "ECDSA", parameters: { name: "ECDSA", namedCurve: "P-256" } },
  {
    alg: "RS256",
    name: "RSASSA-PKCS1-v1_5",
    parameters: {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
  },
] as const;
for (const { alg, name, parameters } of KEY_KINDS) {
  Deno.test(`startFakeAuthorizationServer() verifies private_key_jwt with ${alg}`, async () => {
    const keys = await crypto.subtle.generateKey(parameters, true, [
      "sign",
      "verify",
    ]) as CryptoKeyPair;
    const publicKey = await crypto.subtle.exportKey("jwk", keys.publicKey);
    await using server = await startFakeAuthorizationServer({
      clientCredentials: true,
      preregistered: [{ clientId: "robot", publicKey }],
    });
    const sign = async (claims: Readonly<Record<string, unknown>>) => {
      const content = `${encode(JSON.stringify({ alg }))}.${encode(JSON.stringify(claims))}`;
      const signature = await crypto.subtle.sign(
        { name, hash: "SHA-256" },
        keys.privateKey,
        new TextEncoder().encode(content),
      );
      return `${content}.${encode(String.fromCharCode(...new Uint8Array(signature)))}`;
    };
    const exp = Math.floor(Date.now() / 1000) + 60;
    const good = { iss: "robot", sub: "robot", aud: server.issuer, exp, jti: "1" };
    const present = async (assertion: string) =>
      (await postForm(`${server.issuer}/token`, {
        grant_type: "client_credentials",
        client_assertion: assertion,
        client_assertion_type: ASSERTION_TYPE,
      })).json["error_description"];
    const first = await sign(good);
    assertEquals(await present(first), undefined);
    assertEquals(await present(first), "jti");
    assertEquals(await present(await sign({ ...good, aud: "https://other" })), "aud");
    assertEquals(await present(await sign({ ...good, exp: 1 })), "exp");
    const forged = `${(await sign({ ...good, jti: "2" })).split(".").slice(0, 2).join(".")}.AAAA`;
    assertEquals(await present(forged), "signature");
  });
}

function encode(binary: string): string {
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
