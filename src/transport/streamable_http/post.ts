import { JsonSyntaxError } from "../../jsonrpc/scan_value.ts";
import { InvalidMessageError } from "../../jsonrpc/scan_envelope.ts";
import type { Frame } from "../../jsonrpc/frame.ts";
import { ACCEPT_BOTH, JSON_TYPE, SESSION_ID } from "../../mcp/header_names.ts";
import { DISCOVER, INITIALIZE, PING } from "../../mcp/methods.ts";
import { mirroredHeaders } from "../../mcp/request_metadata.ts";
import type { Timer } from "../../platform/clock.ts";
import { HttpFailure, type HttpHeader, type HttpReply } from "../../platform/http_client.ts";
import { extractText } from "../body_extract.ts";
import {
  newPosition,
  readEventStream,
  type StreamEnd,
  type StreamPosition,
} from "../event_stream_reader.ts";
import { type Intercept, takeEvent, takeMessage } from "../inbound.ts";
import { isLostSessionError, mediaType, replyForm } from "../judge_reply.ts";
import { MAX_EXPLANATION_BYTES } from "../message_limit.ts";
import type { PendingRequests } from "../pending_requests.ts";
import { readRefusal, type RefusedReply } from "../read_refusal.ts";
import type { Exchange, Link } from "./link.ts";

/** How the POST of a message with requests ended. */
export type PostOutcome =
  /** Every request in it has been answered or cancelled. */
  | { readonly kind: "settled" }
  /** The server took it without an answer (202, 204, 205): one may still come on the listening stream. */
  | { readonly kind: "accepted"; readonly what: string }
  /** The reply was in order, but answered nothing (or not everything). */
  | { readonly kind: "unanswered"; readonly what: string }
  /** The reply is no MCP message. */
  | {
    readonly kind: "not_mcp";
    readonly status: number;
    readonly what: string;
    /** Where redirects led. */
    readonly redirectedTo?: URL;
  }
  /** The event stream broke off; it can be resumed when `position` has an event id. */
  | { readonly kind: "cut"; readonly end: StreamEnd; readonly position: StreamPosition }
  /** A JSON-RPC error with status 200 says that the session is unknown. */
  | { readonly kind: "session_lost"; readonly error: Frame }
  | RefusedReply
  | { readonly kind: "failed"; readonly failure: HttpFailure };

const BASE_HEADERS: readonly HttpHeader[] = [
  ["content-type", JSON_TYPE],
  ["accept", ACCEPT_BOTH],
];

function headersFor(link: Link, frame: Frame): readonly HttpHeader[] {
  const { session } = link;
  if (isInitialize(frame)) return BASE_HEADERS;
  if (session.established) return [...BASE_HEADERS, ...session.headers];
  return [...BASE_HEADERS, ...mirroredHeaders(frame) ?? []];
}

function isInitialize(frame: Frame): boolean {
  return frame.envelope.kind === "request" && frame.envelope.method === INITIALIZE;
}

/** What clients and the bridge send on their own is no reason to open a browser. */
function isForUser({ envelope }: Frame): boolean {
  return envelope.kind === "batch" ||
    (envelope.kind === "request" && envelope.method !== DISCOVER && envelope.method !== PING);
}

/** Sends one message by POST; the reply's header section is awaited. */
export function exchangeMessage(link: Link, frame: Frame, signal: AbortSignal): Promise<HttpReply> {
  const { url, http, timeouts } = link.context;
  return http.exchange({
    method: "POST",
    url,
    headers: headersFor(link, frame),
    body: frame.bytes,
    signal,
    mayAskUser: isForUser(frame),
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.body,
  });
}

/**
 * Sends a message with requests and takes its whole reply (2025-11-25, transports, "Sending Messages to
 * the Server"). Answers settle their requests on the way; the outcome says what is left to do.
 */
export async function postRequests(
  link: Link,
  frame: Frame,
  pending: PendingRequests,
  exchange: Exchange,
): Promise<PostOutcome> {
  exchange.sessionHeaders = link.session.headers;
  try {
    const reply = await exchangeMessage(link, frame, exchange.abort.signal);
    exchange.lastTraffic = link.context.clock.now();
    return await takeReply(link, frame, reply, pending, exchange);
  } catch (error) {
    if (error instanceof HttpFailure) return { kind: "failed", failure: error };
    throw error;
  }
}

async function takeReply(
  link: Link,
  frame: Frame,
  reply: HttpReply,
  pending: PendingRequests,
  exchange: Exchange,
): Promise<PostOutcome> {
  const watch = new ResponseWatch(link, frame, reply);
  switch (replyForm(reply.status, reply.headers.get("content-type"))) {
    case "json":
      return await takeJson(link, reply, pending, watch);
    case "event_stream":
      return await takeEvents(link, reply, pending, watch, exchange);
    case "refusal":
      return await readRefusal(link.context, reply, link.session);
    case "empty":
      reply.body.cancel();
      return {
        kind: "accepted",
        what: `the server accepted it (HTTP ${reply.status}) without an answer`,
      };
    case "other":
      return await takeOther(link, reply, pending, watch);
  }
}

/** Sees each response before it settles its request: notes a new session, holds back a lost one. */
class ResponseWatch {
  lost: Frame | undefined;
  readonly #link: Link;
  readonly #opens: boolean;
  readonly #reply: HttpReply;

  constructor(link: Link, frame: Frame, reply: HttpReply) {
    this.#link = link;
    this.#opens = isInitialize(frame);
    this.#reply = reply;
  }

  readonly intercept: Intercept = (response) => {
    const { session } = this.#link;
    if (this.#opens) {
      if (response.envelope.kind === "result") {
        session.establish(this.#reply.headers.get(SESSION_ID), response);
      }
      return false;
    }
    if (response.envelope.kind !== "error" || !session.established) return false;
    if (!isLostSessionError(response)) return false;
    this.lost = response;
    return true;
  };
}

async function takeJson(
  link: Link,
  reply: HttpReply,
  pending: PendingRequests,
  watch: ResponseWatch,
): Promise<PostOutcome> {
  const bytes = await reply.body.bytes(link.context.maxMessageBytes);
  return await takeText(link, reply, { bytes, pending, watch });
}

/** A whole body that may be a message. */
interface ReplyText {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pending: PendingRequests;
  readonly watch: ResponseWatch;
}

async function takeText(
  link: Link,
  reply: HttpReply,
  { bytes, pending, watch }: ReplyText,
): Promise<PostOutcome> {
  if (bytes.length === 0) return notMcp(reply, "an empty body");
  try {
    const wait = takeMessage(link.context, bytes, { pending, intercept: watch.intercept });
    if (wait !== undefined) await wait;
  } catch (error) {
    return notMessage(reply, error);
  }
  if (watch.lost !== undefined) return { kind: "session_lost", error: watch.lost };
  if (pending.settled) return { kind: "settled" };
  const text = said(link, bytes, JSON_TYPE);
  return { kind: "unanswered", what: `the server's reply holds no answer to it: ${text}` };
}

/** What a body says to people, redacted. */
function said({ context }: Link, bytes: Uint8Array, type: string): string {
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_EXPLANATION_BYTES));
  return context.redact(extractText(text, type));
}

function notMessage(reply: HttpReply, error: unknown): PostOutcome {
  if (error instanceof JsonSyntaxError) {
    return notMcp(reply, `broken JSON (at byte ${error.offset})`);
  }
  if (error instanceof InvalidMessageError) {
    return notMcp(reply, "JSON that is no JSON-RPC message");
  }
  throw error;
}

function notMcp({ status, redirectedTo }: HttpReply, what: string): PostOutcome {
  return {
    kind: "not_mcp",
    status,
    what,
    ...(redirectedTo === undefined ? {} : { redirectedTo }),
  };
}

/** A body with another content type: JSON all the same with some servers, a web page with others. */
async function takeOther(
  link: Link,
  reply: HttpReply,
  pending: PendingRequests,
  watch: ResponseWatch,
): Promise<PostOutcome> {
  const type = mediaType(reply.headers.get("content-type"));
  const bytes = await reply.body.bytes(link.context.maxMessageBytes);
  if (type === "" || type === "text/plain") {
    const outcome = await takeText(link, reply, { bytes, pending, watch });
    if (outcome.kind !== "not_mcp" || bytes.length === 0) return outcome;
  }
  const named = type === "" ? "no content type" : `content type "${type.slice(0, 80)}"`;
  return notMcp(reply, `${named}: ${said(link, bytes, type)}`);
}

/** How long a stream may go on after its last answer, in milliseconds. */
const LINGER = 5000;

async function takeEvents(
  link: Link,
  reply: HttpReply,
  pending: PendingRequests,
  watch: ResponseWatch,
  exchange: Exchange,
): Promise<PostOutcome> {
  const position = newPosition();
  exchange.position = position;
  const end = await readRequestEvents(link, reply, pending, {
    position,
    exchange,
    intercept: watch.intercept,
  });
  if (watch.lost !== undefined) return { kind: "session_lost", error: watch.lost };
  return pending.settled ? { kind: "settled" } : { kind: "cut", end, position };
}

/** How the events of a request's stream are read. */
export interface RequestEvents {
  readonly position: StreamPosition;
  readonly exchange: Exchange;
  readonly intercept?: Intercept;
}

/** Reads a stream that belongs to requests: on its first reply or resumed. */
export async function readRequestEvents(
  link: Link,
  reply: HttpReply,
  pending: PendingRequests,
  events: RequestEvents,
): Promise<StreamEnd> {
  const { context } = link;
  let linger: Timer | undefined;
  const lingerIfOver = () => {
    if (linger !== undefined || !pending.settled || events.exchange.kept) return;
    linger = context.clock.after(LINGER, () => reply.body.cancel());
  };
  const end = await readEventStream(reply, {
    position: events.position,
    maxEventBytes: context.maxMessageBytes,
    onTraffic: () => events.exchange.lastTraffic = context.clock.now(),
    onData: (data) => {
      const wait = takeEvent(context, data, { pending, intercept: events.intercept });
      if (wait !== undefined) return wait.then(lingerIfOver);
      lingerIfOver();
      return undefined;
    },
  });
  linger?.stop();
  return end;
}
