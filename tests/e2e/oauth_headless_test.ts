import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { BridgeProcess } from "../support/bridge_process.ts";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import { until } from "../support/until.ts";
import {
  callText,
  errorOf,
  startOpening,
  untilListening,
  UserMachine,
  WAIT,
} from "../support/user_machine.ts";

const SECRET = "canary-robot-secret";

for (const args of [["--no-browser"], ["--no-browser", "--silent"]]) {
  Deno.test(`causeway shows the link on standard error: ${args.join(" ")}`, async () => {
    await using server = await startFakeAuthorizationServer();
    await using machine = await UserMachine.make();
    const bridge = machine.start(server.mcpUrl, { args: [...WAIT, ...args] });
    const opening = startOpening(bridge);
    await machine.browser.signIn(await linkOf(bridge, `${server.issuer}/authorize?`));
    assertEquals("result" in await opening, true);
    assertEquals(machine.opener.tabs(), []);
  });
}

Deno.test("causeway shows the link when no browser can be opened", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make({ display: false });
  const bridge = machine.start(server.mcpUrl, { args: WAIT, env: { PATH: "/nonexistent" } });
  const opening = startOpening(bridge);
  await machine.browser.signIn(await linkOf(bridge, `${server.issuer}/authorize?`));
  assertEquals("result" in await opening, true);
});

for (const how of ["by flag", "where there is no display"] as const) {
  Deno.test(`causeway signs in with a device code: ${how}`, async () => {
    await using server = await startFakeAuthorizationServer({ deviceFlow: true });
    await using machine = await UserMachine.make({ display: how === "by flag" });
    const args = how === "by flag" ? [...WAIT, "--device-code"] : WAIT;
    const bridge = machine.start(server.mcpUrl, { args });
    const opening = startOpening(bridge);
    await until("the code is shown", () => /WDJB-0001/.test(bridge.stderr));
    assertStringIncludes(bridge.stderr, `${server.issuer}/activate`);
    await until("a poll", () => server.counters.devicePolls > 0);
    server.decideDevice("approved");
    assertEquals("result" in await opening, true);
    await untilListening(server);
    server.expireAccessTokens();
    assertStringIncludes(await callText(bridge, "whoami"), "alice");
    assertEquals([machine.opener.tabs(), server.counters.refreshGrants], [[], 1]);
    assertEquals(machine.leaks(server.secrets), []);
  });
}

Deno.test("causeway says why a device code got nowhere", async () => {
  await using server = await startFakeAuthorizationServer({ deviceFlow: true });
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: [...WAIT, "--device-code"] });
  const opening = startOpening(bridge);
  await until("the code is shown", () => server.counters.deviceAuthorizations === 1);
  server.decideDevice("denied");
  assertMatch(errorOf(await opening).message, /denied/i);
  server.behave({ deviceFlow: false });
  const other = machine.start(server.mcpUrl, { args: [...WAIT, "--device-code"] });
  assertMatch(errorOf(await other.peer.initialize()).message, /device/i);
});

for (const method of ["client_secret_basic", "client_secret_post"]) {
  Deno.test(`causeway signs in as itself: ${method}`, async () => {
    await using server = await startFakeAuthorizationServer({
      clientCredentials: true,
      registration: "off",
      tokenEndpointAuthMethods: [method],
      preregistered: [{ clientId: "robot", clientSecret: SECRET }],
    });
    await using machine = await UserMachine.make();
    const bridge = machine.start(server.mcpUrl, {
      args: ["--client-credentials", "--client-id", "robot", "--client-secret-env", "ROBOT"],
      env: { ROBOT: SECRET },
    });
    assertEquals("result" in await bridge.peer.initialize(), true);
    await untilListening(server);
    server.expireAccessTokens();
    assertStringIncludes(await callText(bridge, "whoami"), "robot");
    assertEquals([machine.opener.tabs(), server.counters.clientCredentialsGrants], [[], 2]);
    assertEquals(machine.leaks([...server.secrets, SECRET]), []);
  });
}

Deno.test("causeway signs in as itself with a private key", async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const publicKey = await crypto.subtle.exportKey("jwk", keys.publicKey);
  const privateKey = await crypto.subtle.exportKey("jwk", keys.privateKey);
  await using server = await startFakeAuthorizationServer({
    clientCredentials: true,
    tokenEndpointAuthMethods: ["private_key_jwt"],
    preregistered: [{ clientId: "robot", publicKey }],
  });
  await using machine = await UserMachine.make();
  const info = {
    client_id: "robot",
    token_endpoint_auth_method: "private_key_jwt",
    private_key: { ...privateKey, alg: "ES256" },
  };
  const path = `${machine.configFolder}/client.json`;
  await Deno.writeTextFile(path, JSON.stringify(info), { mode: 0o600 });
  const bridge = machine.start(server.mcpUrl, {
    args: ["--client-credentials", "--static-oauth-client-info", `@${path}`],
  });
  assertEquals("result" in await bridge.peer.initialize(), true, bridge.stderr);
  server.expireAccessTokens();
  assertStringIncludes(await callText(bridge, "whoami"), "robot");
});

Deno.test("causeway needs no metadata when it is told the token endpoint", async () => {
  await using server = await startFakeAuthorizationServer({
    clientCredentials: true,
    protectedResourceMetadata: "none",
    authorizationServerMetadata: "none",
    preregistered: [{ clientId: "robot", clientSecret: SECRET }],
  });
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, {
    args: [
      ...["--client-credentials", "--token-endpoint", `${server.issuer}/token`],
      ...["--client-id", "robot", "--client-secret-env", "ROBOT"],
    ],
    env: { ROBOT: SECRET },
  });
  assertEquals("result" in await bridge.peer.initialize(), true, bridge.stderr);
  assertEquals(server.requests.filter(({ path }) => path.startsWith("/.well-known")), []);
  const form = new URLSearchParams(server.requestsTo("/token")[0]?.body);
  assertEquals([form.has("resource"), form.has("scope")], [false, false]);
});

Deno.test("causeway sends the ID token when told", async () => {
  await using server = await startFakeAuthorizationServer({ idToken: "jwt", bearer: "id_token" });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl, {
    args: ["--use-id-token", "--scope", "openid"],
  });
  server.expireAccessTokens();
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
});

Deno.test("causeway runs the command of a header again on 401, without a shell", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const teacher = await machine.startSignedIn(server.mcpUrl);
  await callText(teacher, "whoami");
  const folder = machine.opener.environment["PATH"] ?? "";
  const [good] = [...server.secrets].filter((secret) => secret.startsWith("canary-access"));
  await Deno.writeTextFile(
    `${folder}/gcloud`,
    `#!/bin/sh
printf '%s\\n' "$*" >> '${folder}/runs'
if [ -f '${folder}/second' ]; then echo "Bearer ${good}"; else echo "Bearer stale"; fi
: > '${folder}/second'
`,
    { mode: 0o755 },
  );
  await using other = await UserMachine.make();
  const bridge = other.start(server.mcpUrl, {
    args: ["--header-command", "Authorization=gcloud auth print-access-token ;$(x)"],
    env: { PATH: folder },
  });
  assertEquals("result" in await bridge.peer.initialize(), true, bridge.stderr);
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
  const runs = (await Deno.readTextFile(`${folder}/runs`)).trim().split("\n");
  assertEquals(runs, Array(2).fill("auth print-access-token ;$(x)"));
  assertEquals(other.leaks(server.secrets), []);
});

Deno.test("causeway runs no command that is not on its list", async () => {
  await using machine = await UserMachine.make();
  const bridge = machine.start("http://127.0.0.1:9/mcp", {
    args: ["--header-command", "Authorization=sh -c id"],
  });
  const code = await bridge.exit();
  assert(code !== 0);
  assertStringIncludes(bridge.stderr, "causeway-credential-helper");
});

/** The line of standard error that holds a URL with that beginning, cut out. */
async function linkOf(bridge: BridgeProcess, beginning: string): Promise<string> {
  const find = () =>
    bridge.stderr.split(/\s/).find((word) => word.startsWith(beginning) && word.includes("state="));
  await until("the link is shown", () => find() !== undefined);
  return find() ?? "";
}
