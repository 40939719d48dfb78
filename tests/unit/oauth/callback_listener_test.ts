import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CausewayError } from "../../../src/errors.ts";
import { CallbackListener } from "../../../src/oauth/callback_listener.ts";
import type { ReceiverVerdict } from "../../../src/oauth/ports.ts";
import type { LoopbackReply, LoopbackRequest } from "../../../src/platform/loopback_listener.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const PORT = 3335;
const REDIRECT_URI = `http://localhost:${PORT}/oauth/callback`;
const ANSWER = "?state=right&code=a";

/** Takes what has the right state. */
function judge(parameters: URLSearchParams): ReceiverVerdict<string> {
  const isOurs = parameters.get("state") === "right";
  return isOurs ? { kind: "answer", answer: `${parameters.get("code")}` } : { kind: "stray" };
}

function open(options: { redirectUri?: string; successUrl?: string } = {}) {
  const clock = new FakeClock();
  const callback = new CallbackListener({ redirectUri: REDIRECT_URI, clock, ...options });
  const send = (
    query: string,
    changes: { method?: string; host?: string; path?: string; headers?: Record<string, string> } =
      {},
  ): Promise<LoopbackReply> => {
    const { method = "GET", host = `localhost:${PORT}`, path = "/oauth/callback" } = changes;
    const headers: Readonly<Record<string, string>> = { host, ...changes.headers };
    const request: LoopbackRequest = {
      method,
      target: new URL(`http://any${path}${query}`),
      header: (name) => headers[name.toLowerCase()] || undefined,
    };
    return callback.handle(request, PORT);
  };
  const { signal } = new AbortController();
  return { callback, clock, send, signal };
}

Deno.test("CallbackListener shows success only after it was told to", async () => {
  const { callback, send, signal } = open();
  const receiving = callback.receive(judge, signal);
  let shown = false;
  const page = send(ANSWER).then((reply) => {
    shown = true;
    return reply;
  });
  const received = await receiving;
  assertEquals(received.answer, "a");
  await Promise.resolve();
  assert(!shown);
  await received.showSuccess();
  assertEquals((await page).status, 200);
  assertStringIncludes((await page).body, "You are signed in");
});

Deno.test("CallbackListener shows failure with the message, and can receive again", async () => {
  const { callback, send, signal } = open();
  const receiving = callback.receive(judge, signal);
  const page = send(ANSWER);
  await (await receiving).showFailure("The <code> was refused", "Try again");
  assertEquals((await page).status, 400);
  assertStringIncludes((await page).body, "The &lt;code&gt; was refused");
  assertStringIncludes((await page).body, "Try again");
  const again = callback.receive(judge, signal);
  const second = send("?state=right&code=b");
  assertEquals((await again).answer, "b");
  await (await again).showSuccess();
  assertEquals((await second).status, 200);
});

Deno.test("CallbackListener answers strays with 400 and goes on waiting", async () => {
  const { callback, send, signal } = open();
  const receiving = callback.receive(judge, signal);
  for (
    const stray of ["", "?", "?code=evil", "?code=evil&state=wrong", "?error=access_denied", "?%"]
  ) {
    const reply = await send(stray);
    assertEquals(reply.status, 400, stray);
    assertStringIncludes(reply.body, "Nothing was changed");
    assert(!reply.body.includes("evil"));
  }
  const page = send(ANSWER);
  await (await receiving).showSuccess();
  assertEquals((await page).status, 200);
});

Deno.test("CallbackListener lets no request near the judge that cannot be the answer", async () => {
  const { callback, send, signal } = open();
  const judged: string[] = [];
  const abort = new AbortController();
  const receiving = callback.receive((parameters) => {
    judged.push(parameters.toString());
    return judge(parameters);
  }, AbortSignal.any([signal, abort.signal]));
  const cases = [
    [{ method: "HEAD" }, 405],
    [{ method: "POST" }, 405],
    [{ method: "OPTIONS" }, 405],
    [{ path: "/favicon.ico" }, 404],
    [{ path: "/oauth/callback/" }, 404],
    [{ path: "/OAUTH/callback" }, 404],
    [{ path: "/" }, 404],
    [{ host: "evil.example" }, 400],
    [{ host: `evil.example:${PORT}` }, 400],
    [{ host: "localhost" }, 400],
    [{ host: `localhost:${PORT + 1}` }, 400],
    [{ host: `localhost:${PORT}, evil.example` }, 400],
    [{ host: `localhost.evil.example:${PORT}` }, 400],
    [{ host: `0.0.0.0:${PORT}` }, 400],
    [{ host: "" }, 400],
    [{ headers: { "sec-purpose": "prefetch;prerender" } }, 503],
    [{ headers: { purpose: "prefetch" } }, 503],
  ] as const;
  for (const [changes, status] of cases) {
    const reply = await send(ANSWER, changes);
    assertEquals([reply.status, reply.body], [status, ""], JSON.stringify(changes));
  }
  assertEquals((await send(`?state=right&code=${"a".repeat(20_000)}`)).status, 414);
  assertEquals(judged, []);
  abort.abort(new Error("enough"));
  await assertRejects(() => receiving, Error, "enough");
});

Deno.test("CallbackListener takes every loopback name, and the host of its redirect URI", async () => {
  const redirectUri = "https://box.example/oauth/callback";
  const hosts = [`127.0.0.1:${PORT}`, `[::1]:${PORT}`, `LOCALHOST:${PORT}`, "box.example"];
  for (const host of hosts) {
    const { callback, send, signal } = open({ redirectUri });
    const receiving = callback.receive(judge, signal);
    const page = send(ANSWER, { host });
    await (await receiving).showSuccess();
    assertEquals((await page).status, 200, host);
  }
});

Deno.test("CallbackListener gives equal requests the same page and uses the answer once", async () => {
  const { callback, send, signal } = open();
  const early = [send(ANSWER), send(ANSWER)];
  let judged = 0;
  const receiving = callback.receive((parameters) => {
    judged++;
    return judge(parameters);
  }, signal);
  const late = send(ANSWER);
  const received = await receiving;
  const later = send(ANSWER);
  await received.showSuccess();
  const reloaded = send(ANSWER);
  for (const page of [...early, late, later, reloaded]) assertEquals((await page).status, 200);
  assertEquals(judged, 1);
  assertEquals((await send("?state=right&code=other")).status, 400);
});

Deno.test("CallbackListener holds an answer that comes before somebody waits for it", async () => {
  const { callback, send, signal } = open();
  const page = send(ANSWER);
  await Promise.resolve();
  const received = await callback.receive(judge, signal);
  await received.showSuccess();
  assertEquals((await page).status, 200);
});

Deno.test("CallbackListener holds requests neither for ever nor in any number", async () => {
  const { send, clock } = open();
  const held = Array.from({ length: 16 }, (_, index) => send(`?state=right&code=${index}`));
  assertEquals((await send(ANSWER)).status, 400);
  await clock.advance(10_000);
  for (const page of held) assertEquals((await page).status, 400);
  assertEquals(clock.pending, 0);
});

Deno.test("CallbackListener holds a second answer while the first is tried, for the next wait", async () => {
  const { callback, send, signal } = open();
  const receiving = callback.receive(judge, signal);
  const first = send(ANSWER);
  const received = await receiving;
  const second = send("?state=right&code=b");
  await received.showFailure("no");
  assertEquals((await first).status, 400);
  const again = await callback.receive(judge, signal);
  assertEquals(again.answer, "b");
  await again.showSuccess();
  assertEquals((await second).status, 200);
});

Deno.test("CallbackListener.receive() rejects with the signal's reason, and another may follow", async () => {
  const { callback, send, signal } = open();
  const reason = new Error("enough");
  await assertRejects(() => callback.receive(judge, AbortSignal.abort(reason)), Error, "enough");
  const abort = new AbortController();
  const receiving = callback.receive(judge, abort.signal);
  abort.abort(reason);
  await assertRejects(() => receiving, Error, "enough");
  const again = callback.receive(judge, signal);
  const page = send(ANSWER);
  await (await again).showSuccess();
  assertEquals((await page).status, 200);
});

Deno.test("CallbackListener.close() leaves nobody waiting", async () => {
  const { callback, send, signal, clock } = open();
  const answered = callback.receive(judge, signal);
  const page = send(ANSWER);
  await answered;
  const waiting = callback.receive(judge, signal);
  await callback.close();
  await callback.close();
  await assertRejects(() => waiting, CausewayError, "stopped");
  assertEquals((await page).status, 503);
  assertStringIncludes((await page).body, "stopped");
  assertEquals((await send("?state=right&code=b")).status, 400);
  const held = open();
  const heldPage = held.send(ANSWER);
  await held.callback.close();
  assertEquals((await heldPage).status, 400);
  assertEquals([clock.pending, held.clock.pending], [0, 0]);
});

Deno.test("CallbackListener sends the browser on after success only, without code or state", async () => {
  const successUrl = "https://done.example/ok";
  const { callback, send, signal } = open({ successUrl });
  const receiving = callback.receive(judge, signal);
  const page = send(ANSWER);
  await (await receiving).showSuccess();
  const { status, headers } = await page;
  assertEquals([
    status,
    new Headers([...headers.map(([a, b]): [string, string] => [a, b])]).get("location"),
  ], [
    303,
    successUrl,
  ]);
  const failing = open({ successUrl });
  const answered = failing.callback.receive(judge, failing.signal);
  const failed = failing.send(ANSWER);
  await (await answered).showFailure("no");
  assertEquals((await failed).status, 400);
});

Deno.test("CallbackListener.takePasted() goes by the same judge", async () => {
  const { callback, signal } = open();
  const receiving = callback.receive(judge, signal);
  assertEquals(await callback.takePasted(new URLSearchParams("state=wrong&code=a")), false);
  assertEquals(await callback.takePasted(new URLSearchParams("state=right&code=a")), true);
  const received = await receiving;
  assertEquals(received.answer, "a");
  await received.showSuccess();
  await callback.close();
  assertEquals(await callback.takePasted(new URLSearchParams("state=right&code=a")), false);
});
