import type { JsonObject } from "../../../src/jsonrpc/frame.ts";
import {
  headOf,
  type HttpExchange,
  type RecordedRequest,
  type ReplyHeaders,
} from "./http_exchange.ts";
import { methodOf } from "./rpc.ts";

/** Decides whether a fault befalls a request; `messages` are the JSON-RPC messages in its body. */
export type Matcher = (request: RecordedRequest, messages: readonly JsonObject[]) => boolean;

/** What happens to a request instead of being served. */
export type FaultAction = (exchange: HttpExchange) => Promise<void> | void;

/** Something that goes wrong. */
export interface Fault {
  /** Which requests it befalls; all when absent. */
  readonly when?: Matcher;
  /** How often it happens; for ever when absent. */
  readonly times?: number;
  readonly act: FaultAction;
}

/** A fault that the server was given. */
export interface InjectedFault {
  /** How many requests it has befallen. */
  readonly hits: number;
  /** Ends it. */
  remove(): void;
}

/** POSTs that hold a message with this method. */
export function onMethod(method: string): Matcher {
  return (_request, messages) => messages.some((message) => methodOf(message) === method);
}

/** Requests with this HTTP method. */
export function onHttp(method: string): Matcher {
  return (request) => request.method === method;
}

/** POSTs of an answer to a request of the server. */
export function onResponse(): Matcher {
  return (_request, messages) => messages.some((message) => !("method" in message));
}

/** A whole reply. */
export function replyWith(
  status: number,
  body: string | Uint8Array = "",
  headers: ReplyHeaders = {},
): FaultAction {
  return (exchange) => exchange.reply(status, { "content-type": "text/plain", ...headers }, body);
}

/** A JSON-RPC error as the body of a reply; with the id of the request unless told otherwise. */
export function replyWithError(
  status: number,
  error: JsonObject,
  id?: string | number | null,
): FaultAction {
  return (exchange) => {
    const asked = JSON.parse(new TextDecoder().decode(exchange.request.body)) as JsonObject;
    const body = { jsonrpc: "2.0", id: id === undefined ? asked["id"] ?? null : id, error };
    return exchange.reply(status, { "content-type": "application/json" }, JSON.stringify(body));
  };
}

/** A redirect. */
export function redirectTo(status: number, location: string): FaultAction {
  return (exchange) => exchange.reply(status, { location });
}

/** The connection ends before the reply. */
export function closeUnanswered(exchange: HttpExchange): void {
  exchange.cut();
}

/** The connection ends in the middle of the head. */
export async function closeInHead(exchange: HttpExchange): Promise<void> {
  await exchange.raw("HTTP/1.1 200 OK\r\ncontent-type: appl");
  exchange.cut();
}

/** The connection ends after the head. */
export async function closeAfterHead(exchange: HttpExchange): Promise<void> {
  await exchange.raw(
    headOf(200, { "content-type": "application/json", "content-length": "1000" }),
  );
  exchange.cut();
}

/** The reply is shorter than its `Content-Length` says. */
export async function truncateBody(exchange: HttpExchange): Promise<void> {
  await exchange.raw(
    headOf(200, { "content-type": "application/json", "content-length": "1000" }),
  );
  await exchange.raw('{"jsonrpc":"2.0","id":1,"result":{"tools":[');
  exchange.cut();
}

/** The chunked reply ends within a chunk. */
export async function cutChunk(exchange: HttpExchange): Promise<void> {
  await exchange.raw(
    headOf(200, { "content-type": "application/json", "transfer-encoding": "chunked" }),
  );
  await exchange.raw('ff\r\n{"jsonrpc":"2.0","id":1,"res');
  exchange.cut();
}

/** An event stream that is cut within an event. */
export async function cutEvent(exchange: HttpExchange): Promise<void> {
  await exchange.raw(
    headOf(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" }),
  );
  await exchange.raw('ff\r\ndata: {"jsonrpc":"2.0","id":1,"res');
  exchange.cut();
}

/** Nothing is ever said; the connection stays. */
export function neverAnswer(): void {}

/** The head comes, the body never. */
export async function headOnly(exchange: HttpExchange): Promise<void> {
  const head = { "content-type": "application/json", "content-length": "1000" };
  await exchange.raw(headOf(200, head));
}

/** What comes is no HTTP. */
export async function speakGarbage(exchange: HttpExchange): Promise<void> {
  await exchange.raw("SSH-2.0-OpenSSH_9.6\r\n\r\n");
  exchange.cut();
}

/** A body of `size` bytes of JSON that is some thousand times smaller on the wire. */
export function gzipBomb(size: number): FaultAction {
  return async (exchange) => {
    const { id = null } = JSON.parse(new TextDecoder().decode(exchange.request.body));
    const body = await gzipped(JSON.stringify({ jsonrpc: "2.0", id, result: {} }), size);
    await exchange.reply(200, {
      "content-type": "application/json",
      "content-encoding": "gzip",
    }, body);
  };
}

/** The reply comes byte by byte, `delay` milliseconds apart. */
export function drip(body: (request: RecordedRequest) => string, delay: number): FaultAction {
  return async (exchange) => {
    const bytes = new TextEncoder().encode(body(exchange.request));
    const length = String(bytes.length);
    const head = headOf(200, { "content-type": "application/json", "content-length": length });
    await exchange.raw(head);
    for (const byte of bytes) {
      await exchange.raw(new Uint8Array([byte]));
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
    exchange.cut();
  };
}

/** `text` followed by as many spaces as make up `size` bytes, compressed. */
async function gzipped(text: string, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const piece = new Uint8Array(1024 * 1024).fill(0x20);
  let left = size - text.length;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    pull(controller) {
      if (left <= 0) return controller.close();
      controller.enqueue(piece.subarray(0, Math.min(left, piece.length)));
      left -= piece.length;
    },
  });
  const compressed = source.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}
