import { assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import { LOOPBACK_ADDRESSES } from "../support/loopback_addresses.ts";
import { quietPort, withQuietPort } from "../support/quiet_port.ts";
import { until } from "../support/until.ts";
import { callText, untilListening, UserMachine } from "../support/user_machine.ts";

for (const answer of [400, 401, 422, "html"] as const) {
  Deno.test(`causeway registers anew when the server forgot it: ${answer}`, async () => {
    // Without refresh tokens nothing but the authorization endpoint can tell that the client is gone.
    await using server = await startFakeAuthorizationServer({
      unknownClientAnswer: answer,
      refreshTokens: "never",
    });
    await using machine = await UserMachine.make();
    const first = await machine.startSignedIn(server.mcpUrl);
    await first.endStdin();
    await first.exit();
    server.revokeGrants();
    server.forgetClients();
    const second = await machine.startSignedIn(server.mcpUrl);
    assertStringIncludes(await callText(second, "whoami"), "alice");
    assertEquals([server.counters.registrations, machine.opener.tabs().length], [2, 2]);
  });
}

Deno.test("causeway registers anew when a refresh says that the server forgot it", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl);
  await untilListening(server);
  server.forgetClients();
  server.expireAccessTokens();
  await using _following = machine.followTabs();
  await until("the user is signed in again", async () => {
    return (await callText(bridge, "whoami")).includes("alice");
  });
  assertEquals([server.counters.registrations, machine.opener.tabs().length], [2, 2]);
});

/** In seconds. */
const AN_HOUR = 3600;

Deno.test("causeway registers anew when its secret has expired", async () => {
  await using server = await startFakeAuthorizationServer({
    registeredAuthMethod: "client_secret_basic",
    tokenEndpointAuthMethods: ["client_secret_basic"],
    clientSecretTtl: AN_HOUR,
    refreshTokens: "never",
  });
  // Its clock is an hour behind: by the user's the secret is good for a second, and it takes it meanwhile.
  server.advance(1 - AN_HOUR);
  await using machine = await UserMachine.make();
  const first = await machine.startSignedIn(server.mcpUrl);
  await first.endStdin();
  await first.exit();
  server.behave({ clientSecretTtl: 2 * AN_HOUR });
  server.revokeGrants();
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const second = await machine.startSignedIn(server.mcpUrl);
  assertStringIncludes(await callText(second, "whoami"), "alice");
  assertEquals(server.counters.registrations, 2);
});

Deno.test("causeway registers for the port that it got when its own is taken", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const url = withQuietPort(server.mcpUrl);
  const first = await machine.startSignedIn(url);
  await first.endStdin();
  await first.exit();
  const taken = redirectOf(machine.opener.tabs()[0]);
  server.revokeGrants();
  const port = Number(taken.port);
  const listeners = LOOPBACK_ADDRESSES.map((hostname) => Deno.listen({ hostname, port }));
  try {
    const second = await machine.startSignedIn(url);
    assertStringIncludes(await callText(second, "whoami"), "alice");
  } finally {
    for (const listener of listeners) listener.close();
  }
  const used = redirectOf(machine.opener.tabs()[1]);
  assertEquals([used.hostname, used.port === taken.port], [taken.hostname, false]);
  assertEquals(server.counters.registrations, 2);
});

Deno.test("causeway reuses its registration and its port for the next sign-in", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const url = withQuietPort(server.mcpUrl);
  for (let round = 0; round < 2; round++) {
    const bridge = await machine.startSignedIn(url);
    await callText(bridge, "whoami");
    await bridge.endStdin();
    await bridge.exit();
    server.revokeGrants();
  }
  const [first, second] = machine.opener.tabs();
  assertEquals(redirectOf(first).href, redirectOf(second).href);
  assertEquals(server.counters.registrations, 1);
});

Deno.test("causeway registers exactly one redirect URI, as a native application", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  await machine.startSignedIn(server.mcpUrl);
  const sent = JSON.parse(server.requestsTo("/register")[0]?.body ?? "{}");
  assertEquals(sent.redirect_uris, [redirectOf(machine.opener.tabs()[0]).href]);
  assertEquals(sent.application_type, "native");
  assertEquals(sent.scope, undefined);
});

const PORT = quietPort();
const REDIRECT = `http://localhost:${PORT}/oauth/callback`;
const SECRET = "canary-preregistered-secret";

const PREREGISTERED = [
  { name: "flat flags", args: ["--client-id", "known", "--client-secret-env", "THE_SECRET"] },
  {
    name: "JSON with a variable",
    args: [
      "--static-oauth-client-info",
      '{"client_id":"known","client_secret":"${THE_SECRET}"}',
    ],
  },
] as const;
for (const { name, args } of PREREGISTERED) {
  for (const method of ["client_secret_basic", "client_secret_post"]) {
    Deno.test(`causeway signs in as a client registered beforehand: ${name}, ${method}`, async () => {
      await using server = await startFakeAuthorizationServer({
        registration: "off",
        tokenEndpointAuthMethods: [method],
        preregistered: [{ clientId: "known", clientSecret: SECRET, redirectUris: [REDIRECT] }],
      });
      await using machine = await UserMachine.make();
      const bridge = await machine.startSignedIn(server.mcpUrl, {
        args: [String(PORT), ...args],
        env: { THE_SECRET: SECRET },
      });
      assertStringIncludes(await callText(bridge, "whoami"), "alice");
      server.expireAccessTokens();
      assertStringIncludes(await callText(bridge, "whoami"), "alice");
      assertEquals(machine.stderr.includes(SECRET), false);
      assertEquals(server.requestsTo("/register"), []);
    });
  }
}

Deno.test("causeway reads client information from a file", async () => {
  await using server = await startFakeAuthorizationServer({
    registration: "off",
    preregistered: [{ clientId: "known", redirectUris: [REDIRECT] }],
  });
  await using machine = await UserMachine.make();
  const path = `${machine.configFolder}/client.json`;
  await Deno.writeTextFile(path, '{"client_id":"known"}');
  const bridge = await machine.startSignedIn(server.mcpUrl, {
    args: [String(PORT), "--static-oauth-client-info", `@${path}`],
  });
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
});

Deno.test("causeway prefers a client metadata document where the server takes one", async () => {
  const document = "https://client.example/metadata.json";
  const args = ["--client-metadata-url", document];
  await using server = await startFakeAuthorizationServer({ clientIdMetadataDocument: true });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(withQuietPort(server.mcpUrl, document), { args });
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
  assertEquals(new URL(machine.opener.tabs()[0] ?? "").searchParams.get("client_id"), document);
  await using plain = await startFakeAuthorizationServer();
  await using other = await UserMachine.make();
  const registered = await other.startSignedIn(plain.mcpUrl, { args });
  assertStringIncludes(await callText(registered, "whoami"), "alice");
  assertEquals([server.counters.registrations, plain.counters.registrations], [0, 1]);
});

Deno.test("causeway merges the user's metadata over its own", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  await machine.startSignedIn(server.mcpUrl, {
    args: ["--static-oauth-client-metadata", '{"client_name":"Mine","software_id":"x"}'],
  });
  const sent = JSON.parse(server.requestsTo("/register")[0]?.body ?? "{}");
  assertEquals([sent.client_name, sent.software_id], ["Mine", "x"]);
  assertEquals(sent.redirect_uris.length, 1);
});

function redirectOf(tab: string | undefined): URL {
  return new URL(new URL(tab ?? "").searchParams.get("redirect_uri") ?? "");
}
