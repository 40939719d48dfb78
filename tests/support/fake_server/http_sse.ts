import { answerRequest, initializeResponse } from "./dispatch.ts";
import { EventStream } from "./event_stream.ts";
import type { FakeServer } from "./fake_server.ts";
import { bodyText, type HttpExchange, type ReplyStream } from "./http_exchange.ts";
import { asObject, isRequest, member, methodOf } from "./rpc.ts";
import type { Session } from "./session.ts";
import type { JsonObject } from "../../../src/jsonrpc/frame.ts";

const EVENTS_TYPE = { "content-type": "text/event-stream", "cache-control": "no-cache" };

/** Serves HTTP+SSE (2024-11-05): one stream for all that the server says, POSTs for the client. */
export async function serveHttpSse(server: FakeServer, exchange: HttpExchange): Promise<void> {
  const { method, path } = exchange.request;
  const target = new URL(path, server.url);
  if (target.pathname === server.url.pathname) {
    if (method === "GET") return await serveStream(server, exchange);
    return await exchange.reply(
      server.behaviour.refusePost,
      { "content-type": "text/plain" },
      "Cannot POST here",
    );
  }
  if (method !== "POST") return await exchange.reply(404);
  const session = server.findSession(target.searchParams.get("sessionId"));
  if (session === undefined) {
    return await exchange.reply(404, { "content-type": "text/plain" }, "Session not found");
  }
  await servePost(server, exchange, session);
}

async function serveStream(server: FakeServer, exchange: HttpExchange): Promise<void> {
  const session = server.newSession(undefined, "2024-11-05");
  const head = { ...EVENTS_TYPE, ...server.behaviour.headers };
  const sink = await exchange.stream(200, head);
  await announceEndpoint(server, sink, session);
  const stream = new EventStream(server.behaviour);
  session.listening.push(stream);
  await stream.attach(sink);
}

async function announceEndpoint(
  server: FakeServer,
  sink: ReplyStream,
  session: Session,
): Promise<void> {
  const query = `?sessionId=${session.id}`;
  const forms = {
    "path": `/messages${query}`,
    "relative": `messages${query}`,
    "absolute": new URL(`/messages${query}`, server.url).href,
    "other-origin": `http://localhost:1/messages${query}`,
    "no-slash": query,
    "missing": undefined,
  } as const;
  const endpoint = forms[server.behaviour.endpoint];
  if (endpoint !== undefined) await sink.write(`event: endpoint\ndata: ${endpoint}\n\n`);
}

async function servePost(
  server: FakeServer,
  exchange: HttpExchange,
  session: Session,
): Promise<void> {
  const message = asObject(JSON.parse(bodyText(exchange.request))) ?? {};
  const { behaviour } = server;
  if (!isRequest(message)) {
    session.take(message);
    const status = "method" in message ? behaviour.acceptedStatus : behaviour.responseStatus;
    return await exchange.reply(status, {}, "Accepted");
  }
  await exchange.reply(202, {}, "Accepted");
  server.countExecution(message);
  const stream = session.listener();
  const response = await answerOf(server, session, stream, message);
  if (response === undefined) return;
  for (const part of behaviour.shape(response)) await stream?.send(part);
}

async function answerOf(
  server: FakeServer,
  session: Session,
  stream: EventStream | undefined,
  message: JsonObject,
): Promise<JsonObject | undefined> {
  const { behaviour, ending } = server;
  if (methodOf(message) === "initialize") {
    session.clientInfo = member(message, "params", "clientInfo");
    return initializeResponse(message, behaviour);
  }
  return await answerRequest(message, { behaviour, session, stream, ending });
}
