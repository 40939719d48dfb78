import type { JsonObject } from "../../../src/jsonrpc/frame.ts";
import type { ReplyHeaders } from "./http_exchange.ts";

/** The ways in which real servers say that they do not know a session. */
export type LostSessionForm =
  | "404"
  | "404-json-rpc"
  | "400-text"
  | "400-not-initialized"
  | "401-unknown-session"
  | "200-invalid-request"
  | "200-server-error";

/** Turns one message of the server into the bytes that go out; several entries go out one by one. */
export type Shape = (message: JsonObject) => Shaped;

/** What goes out for one message. */
export type Shaped = readonly (string | Uint8Array)[];

/** What a server that only knows the legacy era does with `server/discover`. */
export type DiscoverForm =
  | "method-not-found"
  | "method-not-found-404"
  | "400-text"
  | "400-not-initialized"
  | "400-unsupported-version";

/** How the `endpoint` event of HTTP+SSE names the place for messages. */
export type EndpointForm =
  | "relative"
  | "path"
  | "absolute"
  | "other-origin"
  | "missing"
  | "no-slash";

/** How the fake server behaves. Every member may be changed while it runs. */
export interface Behaviour {
  binding: "streamable-http" | "http-sse";
  /** The form of replies to requests over Streamable HTTP. */
  reply: "json" | "sse";
  /** Whether `initialize` makes a session with an id. */
  sessions: boolean;
  /** Whether events carry ids, and a cut stream can be resumed. */
  eventIds: boolean;
  /** Whether a stream opens with an event that has an id and no data (2025-11-25). */
  priming: boolean;
  /** The `retry` field at the head of each stream, in milliseconds. */
  retry: number | undefined;
  /** Whether GET opens a stream; else the status that refuses it. */
  getStream: true | number;
  /** Whether answers travel on the GET stream, and the POST gets 202. */
  answersOnGetStream: boolean;
  lostSession: LostSessionForm;
  discover: DiscoverForm;
  endpoint: EndpointForm;
  /** The status with which an HTTP+SSE server refuses a POST to the URL of its stream. */
  refusePost: number;
  /** The status with which a POST of a response or notification is answered. */
  acceptedStatus: number;
  /** The status with which a POST of a response (an answer to a server's request) is answered. */
  responseStatus: number;
  shape: Shape;
  /** Header fields of every reply. */
  headers: ReplyHeaders;
  serverInfo: JsonObject;
  capabilities: JsonObject;
  /** The protocol version in the answer to `initialize`; `undefined`: the client's own. */
  protocolVersion: string | undefined;
  instructions: string | undefined;
  /** How many tools a page of `tools/list` has; 0: all of them. */
  pageSize: number;
  /** Whether the answer of a cancelled call is sent all the same. */
  answerCancelled: boolean;
  /** The cookie set by `initialize` and demanded from then on; without it: 400. */
  stickyCookie: string | undefined;
  /** Header fields that every request must have; without them: 401. */
  demandHeader: readonly [name: string, value: string] | undefined;
}

const encoder = new TextEncoder();

/** A well-behaved server with sessions that answers in JSON. */
export function defaultBehaviour(): Behaviour {
  return {
    binding: "streamable-http",
    reply: "json",
    sessions: true,
    eventIds: false,
    priming: false,
    retry: undefined,
    getStream: true,
    answersOnGetStream: false,
    lostSession: "404",
    discover: "method-not-found",
    endpoint: "path",
    refusePost: 405,
    acceptedStatus: 202,
    responseStatus: 202,
    shape: plain,
    headers: {},
    serverInfo: { name: "fake-server", version: "1.0.0" },
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      prompts: { listChanged: true },
      logging: {},
      completions: {},
    },
    protocolVersion: undefined,
    instructions: undefined,
    pageSize: 0,
    answerCancelled: false,
    stickyCookie: undefined,
    demandHeader: undefined,
  };
}

/** JSON as `JSON.stringify` writes it. */
export function plain(message: JsonObject): Shaped {
  return [JSON.stringify(message)];
}

/** JSON over many lines, with CRLF between them. */
export function prettyPrinted(message: JsonObject): Shaped {
  return [JSON.stringify(message, null, 2).replaceAll("\n", "\r\n")];
}

/** A byte order mark before the JSON. */
export function withByteOrderMark(message: JsonObject): Shaped {
  return ["\uFEFF" + JSON.stringify(message)];
}

/** Every response comes twice. */
export function duplicated(message: JsonObject): Shaped {
  const text = JSON.stringify(message);
  return isResponse(message) ? [text, text] : [text];
}

/** Before every response comes one to an id that nobody asked with. */
export function withUnknownResponse(message: JsonObject): Shaped {
  const text = JSON.stringify(message);
  if (!isResponse(message)) return [text];
  return [JSON.stringify({ jsonrpc: "2.0", id: "nobody-asked", result: {} }), text];
}

/** Responses carry a numeric id as a string. */
export function stringIds(message: JsonObject): Shaped {
  const { id } = message as { readonly id?: unknown };
  if (!isResponse(message) || typeof id !== "number") return [JSON.stringify(message)];
  return [JSON.stringify({ ...message, id: String(id) })];
}

/** The word `INVALID` in a response is replaced by bytes that are not UTF-8. */
export function invalidUtf8(message: JsonObject): Shaped {
  const [before, after] = JSON.stringify(message).split("INVALID", 2);
  if (after === undefined) return [JSON.stringify(message)];
  const head = encoder.encode(before);
  const tail = encoder.encode(after);
  const bytes = new Uint8Array(head.length + 2 + tail.length);
  bytes.set(head);
  bytes.set([0xff, 0xc3], head.length);
  bytes.set(tail, head.length + 2);
  return [bytes];
}

/** Before every response comes an error with `id: null`. */
export function withNullError(message: JsonObject): Shaped {
  const text = JSON.stringify(message);
  if (!isResponse(message)) return [text];
  const error = { code: -32000, message: "Something else went wrong" };
  return [JSON.stringify({ jsonrpc: "2.0", id: null, error }), text];
}

function isResponse(message: JsonObject): boolean {
  return "result" in message || "error" in message;
}
