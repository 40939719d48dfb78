import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startFakeAuthorizationServer } from "../support/fake_authorization_server/fake_authorization_server.ts";
import type { FakeAuthorizationOptions } from "../support/fake_authorization_server/options.ts";
import { errorOf, UserMachine, WAIT } from "../support/user_machine.ts";

const FAILED = -32010;
const UNREACHABLE = -32000;

interface Failure {
  readonly name: string;
  readonly options: Partial<FakeAuthorizationOptions>;
  readonly args?: readonly string[];
  readonly code: number;
  /** What the message must say of the step and the cause. */
  readonly says: RegExp;
  /** No tab may open: it is known before that this cannot work. */
  readonly early?: true;
}

const FAILURES: readonly Failure[] = [
  {
    name: "denied",
    options: { authorizePage: "deny" },
    code: FAILED,
    says: /access_denied|denied/i,
  },
  {
    name: "nobody signs in",
    options: { authorizePage: "silent" },
    args: ["--auth-timeout", "1"],
    code: FAILED,
    says: /1 s|second|time/i,
  },
  {
    name: "no registration",
    options: { registration: "off" },
    code: FAILED,
    says: /regist.*--client-id/is,
    early: true,
  },
  {
    name: "registration refused",
    options: { registration: "forbidden" },
    code: FAILED,
    says: /regist.*Registration is for administrators/is,
    early: true,
  },
  {
    name: "another issuer",
    options: { issuerInMetadata: "wrong" },
    code: FAILED,
    says: /issuer.*https:\/\/other-issuer\.example/is,
    early: true,
  },
  {
    name: "no S256",
    options: { codeChallengeMethods: ["plain"] },
    code: FAILED,
    says: /S256/,
    early: true,
  },
  {
    name: "no word of PKCE",
    options: { codeChallengeMethods: undefined },
    code: FAILED,
    says: /S256|PKCE/,
    early: true,
  },
  {
    name: "the resource of another",
    options: { publishedResource: "https://other.example/mcp" },
    code: FAILED,
    says: /https:\/\/other\.example\/mcp/,
    early: true,
  },
  {
    name: "iss of another",
    options: { issInResponse: "wrong" },
    code: FAILED,
    says: /another issuer/,
  },
  {
    name: "token endpoint down",
    options: { codeFault: "503" },
    code: FAILED,
    says: /\/token.*503/is,
  },
  {
    name: "a page for tokens",
    options: { codeFault: "html" },
    code: FAILED,
    says: /\/token.*page/is,
  },
  {
    name: "a code that is refused",
    options: { codeFault: "invalid_grant" },
    code: FAILED,
    says: /invalid_grant/,
  },
  {
    name: "an issuer that is not there",
    options: { protectedResourceOverrides: { authorization_servers: ["http://127.0.0.1:9"] } },
    code: UNREACHABLE,
    says: /127\.0\.0\.1:9/,
    early: true,
  },
];

/** What was to be done where, at which step it failed and why, and what to do next. */
const ONE_SENTENCE =
  /^Cannot complete "initialize" at "http:\/\/127\.0\.0\.1:\d+\/mcp": signing in (failed|is not possible now): .+\. Hint: /;

for (const { name, options, args = [], code, says, early } of FAILURES) {
  Deno.test(`causeway tells the client why nobody is signed in: ${name}`, async () => {
    await using server = await startFakeAuthorizationServer(options);
    await using machine = await UserMachine.make();
    const bridge = machine.start(server.mcpUrl, { args: [...args, ...WAIT] });
    await using _following = machine.followTabs();
    const answer = await bridge.peer.initialize();
    const error = errorOf(answer);
    assertEquals(error.code, code, error.message);
    assertMatch(error.message, says);
    assertMatch(error.message, ONE_SENTENCE);
    assertEquals(error.message.match(/Cannot/g)?.length, 1, error.message);
    assert(!/<html|undefined|\[object/.test(error.message), error.message);
    assertMatch(JSON.stringify(answer), /hint/i);
    if (early === true) assertEquals(machine.opener.tabs(), []);
    assertEquals(machine.leaks(server.secrets), []);
  });
}

Deno.test("causeway says the next action in the error itself", async () => {
  await using server = await startFakeAuthorizationServer({ registration: "off" });
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: WAIT });
  const answer = JSON.stringify(await bridge.peer.initialize());
  assertStringIncludes(answer, "--client-id");
});

Deno.test("causeway ends at once when the client goes while the user signs in", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  const bridge = machine.start(server.mcpUrl, { args: WAIT });
  const opening = await bridge.peer.start("initialize", { protocolVersion: "2025-06-18" });
  opening.answer.catch(() => {});
  await machine.opener.tab();
  const began = performance.now();
  await bridge.endStdin();
  await bridge.exit();
  assert(performance.now() - began < 10_000);
});

Deno.test("causeway refuses flags that contradict each other or are misspelt, before it does anything", async () => {
  await using server = await startFakeAuthorizationServer();
  await using machine = await UserMachine.make();
  for (const args of [["--auth", "never"], ["--auth-timeout", "soon"], ["--callback-path", "x"]]) {
    const bridge = machine.start(server.mcpUrl, { args });
    assertEquals(await bridge.exit(), 2, args.join(" "));
  }
  assertEquals(server.requests, []);
});
