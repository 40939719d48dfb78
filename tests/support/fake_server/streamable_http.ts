import type { JsonObject } from "../../../src/jsonrpc/frame.ts";
import { answerRequest, initializeResponse } from "./dispatch.ts";
import { refuseDiscover } from "./discover.ts";
import { EventStream, parseEventId } from "./event_stream.ts";
import type { FakeServer } from "./fake_server.ts";
import { bodyText, type HttpExchange, type ReplyHeaders } from "./http_exchange.ts";
import { replyLostSession } from "./lost_session.ts";
import { asObject, errorResponse, isRequest, isResponse, member, methodOf } from "./rpc.ts";
import type { Session } from "./session.ts";

const JSON_TYPE = { "content-type": "application/json" };
const EVENTS_TYPE = { "content-type": "text/event-stream", "cache-control": "no-cache" };

/** Serves Streamable HTTP (2025-03-26 to 2025-11-25), as strict as the specification allows. */
export async function serveStreamableHttp(
  server: FakeServer,
  exchange: HttpExchange,
): Promise<void> {
  switch (exchange.request.method) {
    case "POST":
      return await servePost(server, exchange);
    case "GET":
      return await serveGet(server, exchange);
    case "DELETE":
      return await serveDelete(server, exchange);
    default:
      return await exchange.reply(405);
  }
}

async function servePost(server: FakeServer, exchange: HttpExchange): Promise<void> {
  const { headers } = exchange.request;
  const accept = headers.get("accept") ?? "";
  if (!accept.includes("application/json") || !accept.includes("text/event-stream")) {
    return await exchange.reply(406, JSON_TYPE, problem("Not Acceptable: accept both forms"));
  }
  if (!(headers.get("content-type") ?? "").startsWith("application/json")) {
    return await exchange.reply(415, JSON_TYPE, problem("Unsupported Media Type"));
  }
  const body: unknown = JSON.parse(bodyText(exchange.request));
  const messages = (Array.isArray(body) ? body : [body]).map((one) => asObject(one) ?? {});
  const first = messages[0] ?? {};
  if (methodOf(first) === "server/discover") {
    return await refuseDiscover(exchange, first, server.behaviour.discover);
  }
  if (methodOf(first) === "initialize") return await serveInitialize(server, exchange, first);
  const session = await sessionOf(server, exchange);
  if (session === undefined) return;
  await serveMessages(server, exchange, { session, messages, batch: Array.isArray(body) });
}

async function serveInitialize(
  server: FakeServer,
  exchange: HttpExchange,
  message: JsonObject,
): Promise<void> {
  const { behaviour } = server;
  const response = initializeResponse(message, behaviour);
  const version = String(member(response, "result", "protocolVersion"));
  const session = server.newSession(member(message, "params", "clientInfo"), version);
  const headers: ReplyHeaders = {
    ...(behaviour.sessions ? { "mcp-session-id": session.id } : {}),
    ...(behaviour.stickyCookie === undefined
      ? {}
      : { "set-cookie": `${behaviour.stickyCookie}; Path=/; HttpOnly` }),
  };
  await sendResponses(server, exchange, { session, responses: [response], headers });
}

/** The session that the request names; a request without a good one is refused here. */
async function sessionOf(
  server: FakeServer,
  exchange: HttpExchange,
): Promise<Session | undefined> {
  const { behaviour } = server;
  const { headers } = exchange.request;
  const cookie = behaviour.stickyCookie;
  if (cookie !== undefined && !(headers.get("cookie") ?? "").includes(cookie)) {
    await exchange.reply(400, JSON_TYPE, problem("The cookie is missing"));
    return undefined;
  }
  const session = server.findSession(headers.get("mcp-session-id"));
  if (session === undefined) {
    await replyLostSession(exchange, behaviour.lostSession);
    return undefined;
  }
  const version = headers.get("mcp-protocol-version");
  if (session.protocolVersion >= "2025-06-18" && version !== session.protocolVersion) {
    const said = `Bad Request: Unsupported protocol version: ${version}`;
    await exchange.reply(400, JSON_TYPE, problem(said));
    return undefined;
  }
  return session;
}

interface Posted {
  readonly session: Session;
  readonly messages: readonly JsonObject[];
  readonly batch: boolean;
}

async function serveMessages(
  server: FakeServer,
  exchange: HttpExchange,
  posted: Posted,
): Promise<void> {
  const { session, messages } = posted;
  const { behaviour } = server;
  const requests = messages.filter(isRequest);
  for (const message of messages) if (!isRequest(message)) session.take(message);
  if (requests.length === 0) {
    const status = messages.some(isResponse) ? behaviour.responseStatus : behaviour.acceptedStatus;
    return await exchange.reply(status);
  }
  if (behaviour.answersOnGetStream) {
    await exchange.reply(202);
    for (const response of await answers(server, session, requests, undefined)) {
      await session.tell(response);
    }
  } else if (behaviour.reply === "sse") {
    await answerByStream(server, exchange, session, requests);
  } else {
    const responses = await answers(server, session, requests, undefined);
    // A cancelled call is never answered, as the official SDK's server does it.
    if (responses.length === 0) return;
    await sendResponses(server, exchange, { session, responses, batch: posted.batch });
  }
}

async function answerByStream(
  server: FakeServer,
  exchange: HttpExchange,
  session: Session,
  requests: readonly JsonObject[],
): Promise<void> {
  const stream = openStream(server, session);
  await stream.attach(await exchange.stream(200, { ...EVENTS_TYPE, ...server.behaviour.headers }));
  for (const response of await answers(server, session, requests, stream)) {
    for (const part of server.behaviour.shape(response)) await stream.send(part);
  }
  await stream.finish();
}

async function answers(
  server: FakeServer,
  session: Session,
  requests: readonly JsonObject[],
  stream: EventStream | undefined,
): Promise<readonly JsonObject[]> {
  const context = { behaviour: server.behaviour, session, stream, ending: server.ending };
  const all = await Promise.all(requests.map((request) => {
    server.countExecution(request);
    return answerRequest(request, context);
  }));
  return all.filter((response) => response !== undefined);
}

interface Responses {
  readonly session: Session;
  readonly responses: readonly JsonObject[];
  readonly headers?: ReplyHeaders;
  readonly batch?: boolean;
}

async function sendResponses(
  server: FakeServer,
  exchange: HttpExchange,
  { session, responses, headers = {}, batch = false }: Responses,
): Promise<void> {
  const { behaviour } = server;
  const parts = responses.flatMap((response) => behaviour.shape(response));
  if (behaviour.reply === "sse") {
    const stream = openStream(server, session);
    const head = { ...EVENTS_TYPE, ...behaviour.headers, ...headers };
    await stream.attach(await exchange.stream(200, head));
    for (const part of parts) await stream.send(part);
    return await stream.finish();
  }
  const only = parts[0] ?? "";
  const body = batch ? `[${parts.join(",")}]` : only;
  await exchange.reply(200, { ...JSON_TYPE, ...behaviour.headers, ...headers }, body);
}

async function serveGet(server: FakeServer, exchange: HttpExchange): Promise<void> {
  const { behaviour } = server;
  const { headers } = exchange.request;
  if (behaviour.getStream !== true) {
    return await exchange.reply(behaviour.getStream, JSON_TYPE, problem("No stream here"));
  }
  const session = await sessionOf(server, exchange);
  if (session === undefined) return;
  const resumed = parseEventId(headers.get("last-event-id") ?? "");
  const known = resumed && session.streams.get(resumed.stream);
  const head = { ...EVENTS_TYPE, ...behaviour.headers };
  if (resumed !== undefined && known !== undefined) {
    return await known.attach(await exchange.stream(200, head), resumed.seen);
  }
  const stream = openStream(server, session);
  session.listening.push(stream);
  await stream.attach(await exchange.stream(200, head));
}

async function serveDelete(server: FakeServer, exchange: HttpExchange): Promise<void> {
  const session = await sessionOf(server, exchange);
  if (session === undefined) return;
  server.endSession(session);
  await exchange.reply(200);
}

function openStream(server: FakeServer, session: Session): EventStream {
  const stream = new EventStream(server.behaviour);
  session.streams.set(stream.id, stream);
  return stream;
}

function problem(message: string): string {
  return JSON.stringify(errorResponse(null, -32000, message));
}
