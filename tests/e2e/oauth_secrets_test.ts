import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import { callText, UserMachine, WAIT } from "../support/user_machine.ts";

const HEADER = "canary-header-of-the-user";

Deno.test("causeway writes no secret anywhere but into its private store", async () => {
  await using server = await startFakeAuthorizationServer({
    tellsExpiresIn: false,
    idToken: "jwt",
    registeredAuthMethod: "client_secret_post",
    toolScopes: { more: "more" },
  });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl, {
    args: ["--debug", "--header", `X-Secret-Key: ${HEADER}`],
  });
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
  server.expireAccessTokens();
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
  await using _following = machine.followTabs();
  await callText(bridge, "more");
  server.behave({ refreshFault: "html" });
  server.expireAccessTokens();
  await bridge.peer.call("whoami");
  server.behave({ refreshFault: "invalid_grant", codeFault: "503" });
  await bridge.peer.call("whoami");
  await bridge.endStdin();
  await bridge.exit();
  assert(server.secrets.size > 8, "the run must have made secrets to look for");
  assertEquals(machine.leaks([...server.secrets, HEADER]), []);
  const logs = machine.files().filter(({ path }) => path.endsWith(".log"));
  assert(logs.length > 0 && logs.every(({ isPrivate, text }) => isPrivate && text.length > 0));
});

Deno.test("causeway keeps tokens in files that only the user can read", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl, { args: ["--store", "file"] });
  await bridge.endStdin();
  await bridge.exit();
  const files = machine.files();
  assert(files.length > 0);
  for (const file of files) assert(file.isPrivate, file.path);
  assertEquals(files.filter(({ path }) => /\.tmp|~$/.test(path)), []);
});

Deno.test("causeway puts no token into a URL", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl);
  server.expireAccessTokens();
  await callText(bridge, "whoami");
  for (const { target } of server.requests) {
    for (const secret of server.secrets) assert(!target.includes(secret), target);
  }
});

Deno.test("causeway starts the browser without the secrets that it was given by name", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const secret = "canary-variable-of-the-user";
  await machine.startSignedIn(server.mcpUrl, {
    args: ["--header-env", "X-Secret-Key=API_KEY", "--header", "X-User: ${USER}"],
    env: { API_KEY: secret, USER: "ada", KDE_SESSION_VERSION: "6" },
  });
  const saw = machine.opener.whatItSaw();
  assert(saw.includes("KDE_SESSION_VERSION='6'") || saw.includes("KDE_SESSION_VERSION=6"), saw);
  assert(/USER='?ada/.test(saw), saw);
  assertEquals(machine.leaks([secret]), []);
});

Deno.test("causeway opens the browser also when its client set variables of the loader", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  await machine.startSignedIn(server.mcpUrl, { env: { LD_LIBRARY_PATH: "/nonexistent" } });
  assertEquals(machine.opener.tabs().length, 1);
});

/** Refusals of a server that repeats the token that it does not like, by what the reply is. */
const REPEATING: Readonly<Record<string, (token: string) => Response>> = {
  "a 401 whose body repeats it": (token) =>
    Response.json({ error_description: `unknown: ${token}` }, { status: 401 }),
  "a 401 whose challenge repeats it": (token) => {
    const challenge = `Bearer error="invalid_token", error_description="unknown: ${token}"`;
    return new Response("", { status: 401, headers: { "www-authenticate": challenge } });
  },
  "a 403 that repeats it": (token) => new Response(`not for ${token}`, { status: 403 }),
  "a 500 that repeats it": (token) => new Response(`broken by ${token}`, { status: 500 }),
};
for (const [name, refuse] of Object.entries(REPEATING)) {
  Deno.test(`causeway shows no token that the server shows: ${name}`, async () => {
    await using authorization = await startFakeAuthorizationServer();
    await using machine = await UserMachine.make();
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        const { origin, pathname } = new URL(request.url);
        if (pathname.startsWith("/.well-known/")) {
          const { issuer } = authorization;
          return Response.json({ resource: `${origin}/mcp`, authorization_servers: [issuer] });
        }
        const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1];
        return token === undefined ? new Response("", { status: 401 }) : refuse(token);
      },
    );
    await using _following = machine.followTabs();
    const url = `http://127.0.0.1:${server.addr.port}/mcp`;
    const bridge = machine.start(url, { args: [...WAIT, "--debug"] });
    const answer = JSON.stringify(await bridge.peer.initialize());
    assertStringIncludes(answer, '"error"');
    assertEquals([...authorization.secrets].filter((secret) => answer.includes(secret)), []);
    assertEquals(machine.leaks(authorization.secrets), []);
  });
}
