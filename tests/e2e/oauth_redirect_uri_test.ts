import { createHash } from "node:crypto";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import { startTrap } from "../support/fake_authorization_server/recording_server.ts";
import { quietPort } from "../support/quiet_port.ts";
import { callText, errorOf, startOpening, UserMachine, WAIT } from "../support/user_machine.ts";

interface RedirectCase {
  readonly name: string;
  readonly args: readonly string[];
  readonly redirectUri: RegExp;
}

const PORT = quietPort();

const CASES: readonly RedirectCase[] = [
  { name: "by default", args: [], redirectUri: /^http:\/\/localhost:\d+\/oauth\/callback$/ },
  {
    name: "on a port of the user's choice",
    args: [String(PORT)],
    redirectUri: new RegExp(`^http://localhost:${PORT}/oauth/callback$`),
  },
  {
    name: "with a host and a path of the user's choice",
    args: ["--host", "127.0.0.1", "--callback-path", "/back/here"],
    redirectUri: /^http:\/\/127\.0\.0\.1:\d+\/back\/here$/,
  },
  {
    name: "with a URL as the browser reaches it",
    args: [String(PORT), "--callback-url", `http://localhost:${PORT}/outside`],
    redirectUri: new RegExp(`^http://localhost:${PORT}/outside$`),
  },
  {
    name: "on an address of the user's choice",
    args: ["--callback-bind", "0.0.0.0"],
    redirectUri: /^http:\/\/localhost:\d+\/oauth\/callback$/,
  },
];
for (const { name, args, redirectUri } of CASES) {
  Deno.test(`causeway receives the response ${name}`, async () => {
    await using server = await startFakeAuthorizationServer();
    await using machine = await UserMachine.make();
    const bridge = await machine.startSignedIn(server.mcpUrl, { args });
    const used = new URL(machine.opener.tabs()[0] ?? "").searchParams.get("redirect_uri") ?? "";
    assert(redirectUri.test(used), used);
    assertStringIncludes(await callText(bridge, "whoami"), "alice");
  });
}

Deno.test("causeway moves from no port that the user gave", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: [String(port), ...WAIT] });
  const error = errorOf(await bridge.peer.initialize());
  assertStringIncludes(error.message, String(port));
  assertEquals(machine.opener.tabs(), []);
});

Deno.test("causeway sends the browser to the user's own page, with nothing in its URL", async () => {
  await using page = await startTrap();
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, {
    args: [...WAIT, "--auth-success-url", `${page.origin}/done`],
  });
  const opening = startOpening(bridge);
  await machine.browser.signIn(await machine.opener.tab());
  await opening;
  assertEquals(page.requests.map(({ target }) => target), ["/done"]);
  assertEquals(page.requests[0]?.headers["referer"], undefined);
});

/** Ports that browsers load nothing from (Fetch, "bad port"), as far as they can be derived from a URL. */
const BLOCKED: ReadonlySet<number> = new Set([
  3659,
  4045,
  4190,
  5060,
  5061,
  6000,
  6566,
  6665,
  6666,
  6667,
  6668,
  6669,
  6679,
  6697,
  10080,
]);

Deno.test("causeway derives no port from the server URL that browsers refuse", async () => {
  await using server = await startFakeAuthorizationServer();
  const query = queryThatDerives(server.mcpUrl);
  server.behave({ mcpQuery: query });
  await using machine = await UserMachine.make();
  const bridge = await machine.startSignedIn(server.mcpUrl + query);
  assertStringIncludes(await callText(bridge, "whoami"), "alice");
  const redirectUri = new URL(machine.opener.tabs()[0] ?? "").searchParams.get("redirect_uri");
  assert(!BLOCKED.has(Number(new URL(redirectUri ?? "").port)), redirectUri ?? "");
});

/** A query with which the URL's derived port (see `mcpRemotePort()`) is a blocked one. */
function queryThatDerives(url: string): string {
  for (let number = 0;; number++) {
    const query = `?n=${number}`;
    const hash = createHash("md5").update(url + query).digest("hex");
    if (BLOCKED.has(3335 + Number.parseInt(hash.slice(0, 4), 16) % 45_816)) return query;
  }
}
