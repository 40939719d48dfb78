import { assertEquals, assertRejects } from "@std/assert";
import {
  type FakeHandler,
  htmlReply,
  redirectReply,
  startRecordingServer,
} from "../../support/fake_authorization_server/recording_server.ts";
import { ScriptedBrowser } from "../../support/scripted_browser.ts";

function start(handler: FakeHandler) {
  return startRecordingServer(() => handler);
}

Deno.test("signIn() follows redirects to the redirect URI and loads it", async () => {
  await using program = await start(() => htmlReply(200, "done"));
  await using server = await start((request) =>
    request.path === "/end"
      ? redirectReply(`${program.origin}/callback?code=1`)
      : redirectReply("/end")
  );
  const uri = encodeURIComponent(`${program.origin}/callback`);
  const page = await new ScriptedBrowser().signIn(`${server.origin}/authorize?redirect_uri=${uri}`);
  assertEquals([page.status, page.url.search], [200, "?code=1"]);
  assertEquals(program.requests.map(({ target }) => target), ["/callback?code=1"]);
});

Deno.test("callbackUrl() loads nothing of the program, and fails when it is not sent there", async () => {
  await using program = await start(() => htmlReply(200, "done"));
  await using server = await start((request) =>
    request.query.has("stay") ? htmlReply(200, "hm") : redirectReply(`${program.origin}/cb?code=1`)
  );
  const uri = `redirect_uri=${encodeURIComponent(`${program.origin}/cb`)}`;
  const browser = new ScriptedBrowser();
  const callback = await browser.callbackUrl(`${server.origin}/?${uri}`);
  assertEquals(callback, `${program.origin}/cb?code=1`);
  assertEquals(program.requests.length, 0);
  await assertRejects(() => browser.callbackUrl(`${server.origin}/?stay&${uri}`), Error, "stayed");
});

Deno.test("fillIn() keeps hidden fields, types the user's, and brings cookies back", async () => {
  await using server = await start((request) => {
    if (request.method === "POST") return redirectReply("/after", 303);
    if (request.path === "/after") return htmlReply(200, request.headers["cookie"] ?? "");
    return {
      status: 200,
      headers: { "content-type": "text/html", "set-cookie": ["a=1; Path=/", "b=2; HttpOnly"] },
      body: "<form method='post' action='/post?x=1&amp;y=2'><input name='hidden' value='&quot;h'>" +
        '<input name="login"><button name="decision" value="approve">ok</button></form>',
    };
  });
  const page = await new ScriptedBrowser().fillIn(`${server.origin}/`, "deny");
  const posted = server.requests.find(({ method }) => method === "POST");
  assertEquals(posted?.target, "/post?x=1&y=2");
  const form = Object.fromEntries(new URLSearchParams(posted?.body));
  assertEquals(form, { hidden: '"h', login: "alice", decision: "deny" });
  assertEquals(page.body.includes("fake_session=alice; a=1; b=2"), true);
});
