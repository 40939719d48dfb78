import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** One request as it came over the wire. */
export interface RecordedRequest {
  readonly method: string;
  /** The request target as sent: path and query, nothing decoded. */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; several fields of one name joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The origin that was asked. */
  readonly origin: string;
}

/** What a handler answers. */
export type FakeReply =
  | {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string | readonly string[]>>;
    readonly body?: string;
  }
  /** Nothing at all: the client waits until it gives up. */
  | "hang"
  /** The connection is closed without an answer. */
  | "drop"
  /** An event stream that stays open; `open` may return what is done when the reader is gone. */
  | { readonly events: (send: (text: string) => void) => (() => void) | void };

/** Answers one request. */
export type FakeHandler = (request: RecordedRequest) => FakeReply | Promise<FakeReply>;

/** A loopback HTTP server that remembers every request. */
export interface RecordingServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  readonly requests: readonly RecordedRequest[];
}

/** A reply of JSON; never cached. */
export function jsonReply(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): FakeReply {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: JSON.stringify(value),
  };
}

/** A reply of HTML, as login pages, single-page applications and error pages of proxies send. */
export function htmlReply(status: number, body: string): FakeReply {
  return {
    status,
    headers: { "content-type": "text/html; charset=utf-8" },
    body: `<!doctype html><html><body>${body}</body></html>`,
  };
}

/** A redirect. */
export function redirectReply(location: string, status = 302): FakeReply {
  return { status, headers: { location } };
}

/**
 * Starts a server on a free port of 127.0.0.1. Its handler may be set after the start (the origin is
 * part of most answers), and a handler that throws answers 500 with the message, so that a fault of
 * a fake is seen by the test that uses it.
 */
export async function startRecordingServer(
  handlerFor: (origin: string) => FakeHandler,
  log: RecordedRequest[] = [],
): Promise<RecordingServer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const origin = `http://127.0.0.1:${address.port}`;
  const handler = handlerFor(origin);
  server.on("request", (incoming: IncomingMessage, outgoing: ServerResponse) => {
    answer(incoming, outgoing, origin, handler, log).catch(() => incoming.socket.destroy());
  });
  return {
    origin,
    requests: log,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A server that answers everything with 200 `{}` and remembers it: what must never be asked. */
export function startTrap(): Promise<RecordingServer> {
  return startRecordingServer(() => () => jsonReply(200, {}));
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  origin: string,
  handler: FakeHandler,
  log: RecordedRequest[],
): Promise<void> {
  const request = await readRequest(incoming, origin);
  log.push(request);
  let reply: FakeReply;
  try {
    reply = await handler(request);
  } catch (error) {
    reply = { status: 500, body: error instanceof Error ? error.stack ?? error.message : "?" };
  }
  if (reply === "hang") return;
  if (reply === "drop") {
    incoming.socket.destroy();
    return;
  }
  if ("events" in reply) {
    outgoing.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    outgoing.flushHeaders();
    const close = reply.events((text) => outgoing.write(text));
    outgoing.on("close", () => close?.());
    return;
  }
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    outgoing.setHeader(name, typeof value === "string" ? value : [...value]);
  }
  outgoing.statusCode = reply.status;
  outgoing.end(reply.body ?? "");
}

async function readRequest(incoming: IncomingMessage, origin: string): Promise<RecordedRequest> {
  const decoder = new TextDecoder();
  let body = "";
  for await (const chunk of incoming) body += decoder.decode(chunk, { stream: true });
  const target = incoming.url ?? "/";
  const mark = target.indexOf("?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : value ?? "";
  }
  return {
    method: incoming.method ?? "GET",
    target,
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)),
    headers,
    body: body + decoder.decode(),
    origin,
  };
}
