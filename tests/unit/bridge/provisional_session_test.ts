import { assertEquals, assertStringIncludes } from "@std/assert";
import { ProvisionalSession } from "../../../src/bridge/provisional_session.ts";
import { SignInStatus } from "../../../src/bridge/sign_in_status.ts";
import type { Frame, JsonObject } from "../../../src/jsonrpc/frame.ts";
import { frameOf, readFrame } from "../../../src/jsonrpc/message_frame.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function request(id: number | string, method: string, params: JsonObject = {}): Frame {
  return frameOf({ jsonrpc: "2.0", id, method, params });
}

const INITIALIZE = request(0, "initialize", { protocolVersion: "2025-06-18" });
const SIGN_IN = { name: "sign_in", arguments: {} };
const LINK = "https://as.example/authorize";

/** A session whose client has its early answer, while the user has a link to open. */
async function waitingSession() {
  const clock = new FakeClock();
  const status = new SignInStatus();
  const written: JsonObject[] = [];
  const forwarded: JsonObject[] = [];
  const reopened: JsonObject[] = [];
  const taken: { done: Promise<void> | undefined } = { done: undefined };
  const session = new ProvisionalSession(INITIALIZE, {
    server: new URL("https://mcp.example/mcp"),
    status,
    clock,
    write: (frame) => {
      written.push(frame.json());
      return undefined;
    },
    forward: (frame) => {
      forwarded.push(frame.json());
      return taken.done;
    },
    reopen: (initialize) => void reopened.push(initialize.json()),
  });
  const signedIn = Promise.withResolvers<void>();
  void status.during(() => signedIn.promise);
  status.present({ kind: "browser", url: LINK, opened: false });
  await clock.advance(2000);
  assertEquals(written.splice(0).map(({ id }) => id), [0]);
  return { session, clock, written, forwarded, reopened, taken, takeOver, fail };

  async function fail(code = -32010): Promise<void> {
    signedIn.resolve();
    status.settled();
    const error = { code, message: "The sign-in was denied" };
    await session.onAnswer(frameOf({ jsonrpc: "2.0", id: 0, error }));
    written.splice(0);
  }

  async function takeOver(capabilities: JsonObject = { tools: {} }): Promise<void> {
    signedIn.resolve();
    status.settled();
    const result = { protocolVersion: "2025-06-18", capabilities, serverInfo: {} };
    await session.onAnswer(frameOf({ jsonrpc: "2.0", id: 0, result }));
  }
}

const methods = (messages: readonly JsonObject[]) => messages.map(({ method }) => method);
const ids = (messages: readonly JsonObject[]) => messages.map(({ id }) => id);

Deno.test("ProvisionalSession answers every request of a batch", async () => {
  const { session, clock, written } = await waitingSession();
  const batch = '[{"id":1,"method":"ping"},{"id":2,"method":"tools/list"},' +
    '{"method":"notifications/initialized"}]';
  session.take(readFrame(new TextEncoder().encode(batch)));
  await clock.advance(5000);
  assertEquals(ids(written), [1, 2]);
});

Deno.test("ProvisionalSession answers a second initialize at once", async () => {
  const { session, written } = await waitingSession();
  session.take(request("again", "initialize", { protocolVersion: "2025-03-26" }));
  assertEquals(ids(written), ["again"]);
  assertEquals((written[0]?.["result"] as JsonObject)["protocolVersion"], "2025-03-26");
});

Deno.test("ProvisionalSession lets no request overtake notifications/initialized", async () => {
  const { session, forwarded, taken, takeOver } = await waitingSession();
  session.take(frameOf({ jsonrpc: "2.0", method: "notifications/initialized" }));
  session.take(request(1, "prompts/get"));
  const accepted = Promise.withResolvers<void>();
  taken.done = accepted.promise;
  const over = takeOver();
  assertEquals(session.active, true);
  session.take(request(2, "tools/call", { name: "whoami" }));
  assertEquals(methods(forwarded), ["notifications/initialized"]);
  accepted.resolve();
  await over;
  assertEquals(ids(forwarded), [undefined, 1, 2]);
});

Deno.test("ProvisionalSession answers its own tool for as long as the client sees it", async () => {
  const { session, clock, written, forwarded, takeOver } = await waitingSession();
  session.take(request(1, "tools/list"));
  await clock.advance(5000);
  await session.take(request(2, "tools/call", SIGN_IN));
  assertStringIncludes(JSON.stringify(written.splice(0).at(-1)), LINK);
  await takeOver({ tools: {}, prompts: {}, resources: {} });
  written.splice(0);
  assertEquals(session.active, true);
  await session.take(request(3, "tools/call", SIGN_IN));
  assertStringIncludes(JSON.stringify(written), "You are signed in");
  await session.take(request(4, "tools/list"));
  assertEquals(ids(forwarded), [4]);
  // From now on a tool of that name is the server's.
  assertEquals(session.active, false);
  await session.take(request(5, "tools/call", SIGN_IN));
  assertEquals(ids(forwarded), [4, 5]);
});

Deno.test("ProvisionalSession forgets a request that the client cancels", async () => {
  const { session, clock, written, forwarded, takeOver } = await waitingSession();
  session.take(request(1, "tools/call", { name: "whoami" }));
  const params = { requestId: 1 };
  session.take(frameOf({ jsonrpc: "2.0", method: "notifications/cancelled", params }));
  await clock.advance(30_000);
  await takeOver();
  assertEquals(ids(written).includes(1), false);
  assertEquals(ids(forwarded), []);
});

Deno.test("ProvisionalSession answers an id once that is used twice at a time", async () => {
  const { session, clock, written } = await waitingSession();
  session.take(request(1, "tools/call", { name: "a" }));
  await clock.advance(1000);
  session.take(request(1, "tools/call", { name: "b" }));
  await clock.advance(60_000);
  assertEquals(ids(written), [1]);
});

Deno.test("ProvisionalSession does not answer a sign_in that was cancelled while it waits for a link", async () => {
  const { session, clock, written, reopened, fail } = await waitingSession();
  await fail();
  const call = session.take(request(1, "tools/call", SIGN_IN));
  assertEquals(reopened.length, 1);
  const params = { requestId: 1 };
  session.take(frameOf({ jsonrpc: "2.0", method: "notifications/cancelled", params }));
  await clock.advance(60_000);
  await call;
  assertEquals(ids(written), []);
});

Deno.test("ProvisionalSession answers at its end a sign_in that waits for a link, and once", async () => {
  const { session, clock, written, fail } = await waitingSession();
  await fail();
  const call = session.take(request(1, "tools/call", SIGN_IN));
  session.close();
  await clock.advance(60_000);
  await call;
  assertEquals(ids(written), [1]);
  assertEquals(JSON.stringify(written).includes("You are signed in"), false);
});

Deno.test("ProvisionalSession opens the session anew with the client's newest initialize", async () => {
  const { session, reopened, fail } = await waitingSession();
  session.take(request("again", "initialize", { protocolVersion: "2025-03-26" }));
  await fail(-32000);
  session.take(request(1, "tools/call", { name: "a" }));
  assertEquals(reopened.map(({ params }) => params), [{ protocolVersion: "2025-03-26" }]);
});
