import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { JsonObject } from "../../../src/jsonrpc/frame.ts";
import { type Behaviour, duplicated, invalidUtf8, prettyPrinted, stringIds } from "./behaviour.ts";
import { FakeServer } from "./fake_server.ts";
import {
  closeInHead,
  closeUnanswered,
  cutChunk,
  gzipBomb,
  onMethod,
  replyWith,
  truncateBody,
} from "./faults.ts";

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "me" } },
};

async function post(
  server: FakeServer,
  message: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return await fetch(server.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-06-18",
      ...headers,
    },
    body: JSON.stringify(message),
  });
}

async function open(server: FakeServer): Promise<Record<string, string>> {
  const response = await post(server, INITIALIZE);
  await response.body?.cancel();
  return { "mcp-session-id": response.headers.get("mcp-session-id") ?? "" };
}

function toolCall(name: string, given: JsonObject = {}, id: number | string = 2): JsonObject {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: given } };
}

async function textWith(behaviour: Partial<Behaviour>, message: JsonObject): Promise<string> {
  await using server = FakeServer.start(behaviour);
  const response = await post(server, message, await open(server));
  return await response.text();
}

Deno.test("FakeServer answers initialize and calls in a session", async () => {
  await using server = FakeServer.start();
  const headers = await open(server);
  const response = await post(server, toolCall("add", { a: 2, b: 3 }), headers);
  assertEquals((await response.json()).result.content[0].text, "5");
  assertEquals(server.executions("tools/call add"), 1);
  assertEquals(server.receivedOf("initialize").length, 1);
});

Deno.test("FakeServer refuses a session that it has forgotten", async () => {
  await using server = FakeServer.start({ lostSession: "400-text" });
  const headers = await open(server);
  server.forgetSessions();
  const response = await post(server, toolCall("echo"), headers);
  assertEquals([response.status, await response.text()], [400, "No valid session ID"]);
});

Deno.test("FakeServer streams notifications before the result", async () => {
  const text = await textWith({ reply: "sse" }, toolCall("progress", { count: 2 }));
  assertEquals(text.match(/"progress":\d/g), ['"progress":1', '"progress":2']);
  assertStringIncludes(text, "counted to 2");
});

Deno.test("FakeServer goes on with a cut stream where Last-Event-ID says", async () => {
  await using server = FakeServer.start({ reply: "sse", eventIds: true });
  const headers = await open(server);
  const first = await (await post(server, toolCall("cut"), headers)).text();
  const lastEventId = /id: (\S+)/.exec(first)?.[1] ?? "";
  const resumed = await fetch(server.url, {
    headers: {
      ...headers,
      "last-event-id": lastEventId,
      "mcp-protocol-version": "2025-06-18",
      accept: "text/event-stream",
    },
  });
  assertStringIncludes(await resumed.text(), "finished after the cut");
});

Deno.test("FakeServer shapes its messages as told", async () => {
  assertStringIncludes(
    await textWith({ shape: prettyPrinted }, toolCall("echo")),
    '{\r\n  "jsonrpc"',
  );
  assertStringIncludes(await textWith({ shape: stringIds }, toolCall("echo")), '"id":"2"');
  const twice = await textWith({ reply: "sse", shape: duplicated }, toolCall("echo"));
  assertEquals(twice.match(/"id":2/g)?.length, 2);
  const broken = await textWith({ shape: invalidUtf8 }, toolCall("echo", { text: "INVALID" }));
  assertStringIncludes(broken, "\uFFFD");
});

Deno.test("FakeServer asks the client within a call", async () => {
  await using server = FakeServer.start({ reply: "sse" });
  const headers = await open(server);
  const response = await post(server, toolCall("ask", { method: "roots/list" }), headers);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("roots/list")) text += (await reader?.read())?.value ?? "";
  const id = /"id":"(ask[^"]*)"/.exec(text)?.[1] ?? "";
  const accepted = await post(server, { jsonrpc: "2.0", id, result: { roots: [] } }, headers);
  await accepted.body?.cancel();
  while (!text.includes('\\"roots\\"')) text += (await reader?.read())?.value ?? "";
  assertEquals(accepted.status, 202);
  await reader?.cancel();
});

Deno.test("FakeServer.inject() lets a fault happen as often as told, where told", async () => {
  await using server = FakeServer.start();
  const headers = await open(server);
  const fault = server.inject({
    when: onMethod("tools/call"),
    times: 1,
    act: replyWith(503, "busy", { "retry-after": "1" }),
  });
  const statuses: number[] = [];
  for (const method of ["ping", "tools/call", "tools/call"]) {
    const message = { ...toolCall("echo"), method };
    const response = await post(server, message, headers);
    await response.body?.cancel();
    statuses.push(response.status);
  }
  assertEquals([statuses, fault.hits], [[200, 503, 200], 1]);
});

Deno.test("FakeServer breaks connections in each way that faults.ts names", async () => {
  for (const act of [closeUnanswered, closeInHead, truncateBody, cutChunk]) {
    await using server = FakeServer.start();
    server.inject({ act });
    await assertRejects(async () => await (await post(server, INITIALIZE)).text());
  }
});

Deno.test("gzipBomb() is much larger than what crosses the wire", async () => {
  await using server = FakeServer.start();
  server.inject({ act: gzipBomb(3_000_000) });
  const response = await post(server, INITIALIZE);
  assertEquals((await response.text()).length, 3_000_000);
});

Deno.test("FakeServer speaks HTTP+SSE", async () => {
  await using server = FakeServer.start({ binding: "http-sse" });
  const stream = await fetch(server.url, { headers: { accept: "text/event-stream" } });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n\n")) text += (await reader?.read())?.value ?? "";
  const endpoint = /^event: endpoint\ndata: (.*)$/m.exec(text)?.[1] ?? "";
  const posted = await fetch(new URL(endpoint, server.url), {
    method: "POST",
    body: JSON.stringify(INITIALIZE),
  });
  assertEquals([posted.status, await posted.text()], [202, "Accepted"]);
  while (!text.includes("serverInfo")) text += (await reader?.read())?.value ?? "";
  const refused = await post(server, INITIALIZE);
  await refused.body?.cancel();
  assertEquals(refused.status, 405);
  await reader?.cancel();
});
