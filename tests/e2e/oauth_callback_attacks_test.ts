import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { BridgeProcess } from "../support/bridge_process.ts";
import {
  type FakeAuthorizationServer,
  startFakeAuthorizationServer,
} from "../support/fake_authorization_server/fake_authorization_server.ts";
import type { FakeAuthorizationOptions } from "../support/fake_authorization_server/options.ts";
import { until } from "../support/until.ts";
import { callText, errorOf, startOpening, UserMachine, WAIT } from "../support/user_machine.ts";

interface SigningIn extends AsyncDisposable {
  readonly server: FakeAuthorizationServer;
  readonly machine: UserMachine;
  readonly bridge: BridgeProcess;
  /** The answer of `initialize`, when it comes. */
  readonly opening: Promise<unknown>;
  readonly tab: string;
  readonly redirectUri: string;
  readonly state: string;
}

async function start(options: Partial<FakeAuthorizationOptions> = {}): Promise<SigningIn> {
  const server = await startFakeAuthorizationServer(options);
  const machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: WAIT });
  const opening = startOpening(bridge);
  const tab = await machine.opener.tab();
  const parameters = new URL(tab).searchParams;
  return {
    server,
    machine,
    bridge,
    opening,
    tab,
    redirectUri: parameters.get("redirect_uri") ?? "",
    state: parameters.get("state") ?? "",
    async [Symbol.asyncDispose]() {
      await machine[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The status line's number; a raw request, since fetch sends no Host but the right one. */
async function knock(
  redirectUri: string,
  how: { readonly method?: string; readonly target?: string; readonly host?: string },
): Promise<number> {
  const url = new URL(redirectUri);
  using connection = await Deno.connect({ hostname: url.hostname, port: Number(url.port) });
  const lines = [
    `${how.method ?? "GET"} ${how.target ?? url.pathname} HTTP/1.1`,
    `Host: ${how.host ?? url.host}`,
    "Content-Length: 0",
    "Connection: close",
  ];
  await connection.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  let text = "";
  for await (const part of connection.readable.pipeThrough(new TextDecoderStream())) text += part;
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
}

Deno.test("causeway waits on through every stray request to its redirect URI", async () => {
  await using it = await start();
  const { pathname, port } = new URL(it.redirectUri);
  const good = `code=evil&state=${encodeURIComponent(it.state)}`;
  const strays = [
    { target: `${pathname}?code=evil` },
    { target: `${pathname}?code=evil&state=bogus` },
    { target: `${pathname}?error=access_denied` },
    { target: `${pathname}?error=access_denied&state=bogus` },
    { target: `${pathname}?code=evil&state=` },
    { target: pathname },
    { target: `${pathname}/more?${good}` },
    { target: `/?${good}` },
    { target: "/favicon.ico" },
    { method: "POST", target: `${pathname}?${good}` },
    { method: "OPTIONS", target: `${pathname}?${good}` },
    { host: "evil.example", target: `${pathname}?${good}` },
    { host: `evil.example:${port}`, target: `${pathname}?${good}` },
    { host: `127.0.0.1.evil.example:${port}`, target: `${pathname}?${good}` },
  ];
  for (const stray of strays) {
    const status = await knock(it.redirectUri, stray);
    assert(status >= 400 && status < 500, `${JSON.stringify(stray)} was answered ${status}`);
  }
  assertEquals(it.server.requestsTo("/token"), []);
  const page = await it.machine.browser.signIn(it.tab);
  assertEquals(page.status, 200, page.body);
  await it.opening;
  assertStringIncludes(await callText(it.bridge, "whoami"), "alice");
});

Deno.test("causeway uses an authorization response once", async () => {
  await using it = await start();
  const callback = await it.machine.browser.callbackUrl(it.tab);
  // The second may come when nobody listens any more.
  const loads = await Promise.allSettled([1, 2].map(() => it.machine.browser.load(callback)));
  await it.opening;
  const pages = loads.flatMap((load) => load.status === "fulfilled" ? [load.value.status] : []);
  assert(pages.includes(200), JSON.stringify(pages));
  assertEquals(it.server.requestsTo("/token").length, 1);
  assertStringIncludes(await callText(it.bridge, "whoami"), "alice");
});

for (const iss of ["wrong", "missing"] as const) {
  Deno.test(`causeway redeems no code from a response whose iss is ${iss}`, async () => {
    await using it = await start({ issInResponse: iss });
    const page = await it.machine.browser.signIn(it.tab).catch(() => undefined);
    assert(page === undefined || page.status >= 400, `the page was ${page?.status}`);
    assertEquals(it.server.requestsTo("/token"), []);
  });
}

Deno.test("causeway shows success only after the exchange worked", async () => {
  await using it = await start({ codeFault: "503" });
  const page = await it.machine.browser.signIn(it.tab);
  assert(page.status >= 400, `the page was ${page.status}`);
  assertEquals(/you are signed in/i.test(page.body), false);
  const error = errorOf(await it.opening);
  assertStringIncludes(error.message, "/token");
});

Deno.test("causeway's pages hold nothing from the network unescaped, and load nothing", async () => {
  await using it = await start({ authorizePage: "deny" });
  const page = await it.machine.browser.signIn(it.tab);
  assertEquals(page.body.includes("<b>no</b>"), false);
  assertStringIncludes(page.body, "&lt;b&gt;");
  assertEquals(/<(script|link|img|iframe)|src=|href=|url\(|@import/i.test(page.body), false);
  const policy = page.headers.get("content-security-policy") ?? "";
  assertStringIncludes(policy, "default-src 'none'");
  assertEquals(page.headers.get("referrer-policy"), "no-referrer");
});

Deno.test("causeway listens only while a sign-in waits", async () => {
  await using it = await start();
  await it.machine.browser.signIn(it.tab);
  await it.opening;
  const { hostname, port } = new URL(it.redirectUri);
  await until("nobody listens any more", async () => {
    try {
      using _connection = await Deno.connect({ hostname, port: Number(port) });
      return false;
    } catch {
      return true;
    }
  });
});
