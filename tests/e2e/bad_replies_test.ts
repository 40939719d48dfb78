import { assert, assertEquals } from "@std/assert";
import { assertExplains, errorOf, type Explanation, textOf } from "../support/assertions.ts";
import { BridgeProcess } from "../support/bridge_process.ts";
import { FakeServer } from "../support/fake_server/fake_server.ts";
import {
  closeAfterHead,
  closeInHead,
  closeUnanswered,
  cutChunk,
  drip,
  type FaultAction,
  headOnly,
  neverAnswer,
  onMethod,
  onResponse,
  replyWith,
  replyWithError,
  speakGarbage,
  truncateBody,
} from "../support/fake_server/faults.ts";
import { bodyText } from "../support/fake_server/http_exchange.ts";
import { until } from "../support/until.ts";

const JSON_TYPE = { "content-type": "application/json" };
const HTML = "<!doctype html><html><head><title>Sign in</title></head><body>Welcome</body></html>";

/** A way in which a reply to a call is bad, and what the client must be told. */
interface BadReply {
  readonly name: string;
  readonly act: FaultAction;
  readonly told: Explanation;
}

const BAD_REPLIES: readonly BadReply[] = [
  {
    name: "no reply but a closed connection",
    act: closeUnanswered,
    told: { says: /may have run/ },
  },
  { name: "half a head", act: closeInHead, told: { says: /may have run/ } },
  { name: "a head without its body", act: closeAfterHead, told: { says: /may have run/ } },
  { name: "a truncated body", act: truncateBody, told: { says: /may have run/ } },
  { name: "a body cut within a chunk", act: cutChunk, told: { says: /may have run/ } },
  { name: "something that is no HTTP", act: speakGarbage, told: {} },
  {
    name: "JSON that ends too early",
    act: replyWith(200, '{"jsonrpc":"2.0","id":1,"res', JSON_TYPE),
    told: { status: 200 },
  },
  { name: "no JSON", act: replyWith(200, "hello", JSON_TYPE), told: { status: 200 } },
  {
    name: "JSON that is no message",
    act: replyWith(200, '{"a":1}', JSON_TYPE),
    told: { status: 200 },
  },
  { name: "an empty body", act: replyWith(200, "", JSON_TYPE), told: { status: 200 } },
  {
    name: "a web page",
    act: replyWith(200, HTML, { "content-type": "text/html; charset=utf-8" }),
    told: { status: 200, says: /Sign in|web page|text\/html/ },
  },
  {
    name: "another content type",
    act: replyWith(200, "a,b", { "content-type": "text/csv" }),
    told: { status: 200, says: /text\/csv/ },
  },
  {
    name: "no content type",
    act: (exchange) => exchange.reply(200, {}, "whatever"),
    told: { status: 200 },
  },
  {
    name: "an event stream that says nothing",
    act: replyWith(200, "", { "content-type": "text/event-stream" }),
    told: { says: /may have run/ },
  },
  {
    name: "an event stream with an event that is no JSON",
    act: replyWith(200, "data: hello\n\n", { "content-type": "text/event-stream" }),
    told: {},
  },
  { name: "202 without an answer", act: replyWith(202), told: { status: 202 } },
  { name: "204", act: replyWith(204), told: { status: 204 } },
  {
    name: "500 with a text",
    act: replyWith(500, "it broke"),
    told: { status: 500, says: /it broke/ },
  },
  {
    name: "500 with an error for nobody",
    act: replyWithError(500, { code: -32603, message: "It broke" }, null),
    told: { status: 500, says: /It broke/ },
  },
  {
    name: "400 with an error for nobody",
    act: replyWithError(400, { code: -32600, message: "Bad thing" }, null),
    told: { status: 400, says: /Bad thing/ },
  },
  { name: "403", act: replyWith(403, "forbidden"), told: { status: 403 } },
  { name: "413", act: replyWith(413, "too large"), told: { status: 413 } },
  { name: "418", act: replyWith(418, "teapot"), told: { status: 418 } },
  {
    name: "an answer to somebody else",
    act: replyWith(200, '{"jsonrpc":"2.0","id":"other","result":{}}', JSON_TYPE),
    told: {},
  },
  {
    name: "an error for nobody with status 200",
    act: replyWithError(200, { code: -32603, message: "Lost" }, null),
    told: {},
  },
];

for (const { name, act, told } of BAD_REPLIES) {
  Deno.test(`bridge answers a call once whose reply is ${name}`, async () => {
    // Without a listening stream, no answer can come from elsewhere.
    await using server = FakeServer.start({ getStream: 405 });
    server.inject({ when: onMethod("tools/call"), times: 1, act });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    await server.waitForRequests("GET");
    await bridge.peer.request("ping");
    assertExplains(await bridge.peer.call("echo", { text: "x" }), { url: server.url, ...told });
    assertEquals(server.receivedOf("tools/call").length, 1);
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  });
}

Deno.test("bridge passes on an error in a refusal that names the request", async () => {
  for (const status of [400, 404, 500]) {
    await using server = FakeServer.start({ sessions: false });
    const error = { code: -32001, message: "No such thing", data: { thing: "x" } };
    server.inject({ when: onMethod("tools/call"), times: 1, act: replyWithError(status, error) });
    await using bridge = BridgeProcess.start([server.url.href]);
    await bridge.peer.initialize();
    assertEquals((await bridge.peer.call("echo"))["error"], error);
  }
});

Deno.test("bridge does not repeat what an error page says of secrets", async () => {
  await using server = FakeServer.start();
  server.inject({
    when: onMethod("tools/call"),
    act: (exchange) =>
      exchange.reply(
        500,
        { "content-type": "text/plain" },
        `key ${exchange.request.headers.get("x-key")}`,
      ),
  });
  const args = [server.url.href, "--header", "X-Key: canary-0123456789"];
  await using bridge = BridgeProcess.start(args);
  await bridge.peer.initialize();
  const { message } = errorOf(await bridge.peer.call("echo"));
  assert(!message.includes("canary"), message);
  assert(!bridge.stderr.includes("canary"), bridge.stderr);
});

Deno.test("bridge sets no limit of its own on a running call", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onMethod("tools/call"), times: 1, act: drip(pong, 20) });
  await using bridge = BridgeProcess.start([server.url.href]);
  await bridge.peer.initialize();
  assert("result" in await bridge.peer.call("echo"));
});

Deno.test("bridge honours --headers-timeout", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onMethod("tools/call"), times: 1, act: neverAnswer });
  await using bridge = BridgeProcess.start([server.url.href, "--headers-timeout", "1"]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.call("echo"), { url: server.url, says: /may have run/ });
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge honours --body-timeout", async () => {
  await using server = FakeServer.start();
  server.inject({ when: onMethod("tools/call"), times: 1, act: headOnly });
  await using bridge = BridgeProcess.start([server.url.href, "--body-timeout", "1"]);
  await bridge.peer.initialize();
  assertExplains(await bridge.peer.call("echo"), { url: server.url, says: /may have run/ });
  assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
});

Deno.test("bridge goes on when its answer to the server is refused", async () => {
  for (const act of [replyWith(500, "no"), closeUnanswered, replyWith(404, "what?")]) {
    await using server = FakeServer.start({ reply: "sse" });
    server.inject({ when: onResponse(), times: 1, act });
    await using bridge = BridgeProcess.start([server.url.href]);
    bridge.peer.onRequest("roots/list", () => ({ roots: [] }));
    await bridge.peer.initialize();
    await bridge.peer.startCall("ask", { method: "roots/list" });
    await bridge.peer.waitFor("roots/list");
    await until("the answer", () => server.received.some(({ message }) => "result" in message));
    assertEquals(textOf(await bridge.peer.call("add", { a: 1, b: 1 })), "2");
  }
});

function pong(request: Parameters<typeof bodyText>[0]): string {
  const { id } = JSON.parse(bodyText(request));
  return JSON.stringify({ jsonrpc: "2.0", id, result: { content: [] } });
}
