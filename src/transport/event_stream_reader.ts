import { EVENT_STREAM_TYPE, LAST_EVENT_ID } from "../mcp/header_names.ts";
import { HttpFailure, type HttpHeader, type HttpReply } from "../platform/http_client.ts";
import {
  EventStreamParser,
  EventTooLargeError,
  type ServerSentEvent,
} from "../sse/event_stream_parser.ts";

/** How far a stream has been read, and how its server wants it to be reopened. */
export interface StreamPosition {
  /** The id to resume after (HTML standard, "last event ID"); `undefined` or "" when there is none. */
  lastEventId: string | undefined;
  /** The delay before reopening that the server asked for, in milliseconds. */
  retry: number | undefined;
  /** How many events have come that carried a message or an id. */
  events: number;
}

export function newPosition(): StreamPosition {
  return { lastEventId: undefined, retry: undefined, events: 0 };
}

/** Bounds on the delay that a server may ask for: none rushes us at it, none stops us for days. */
const SHORTEST_DELAY = 100;
const LONGEST_DELAY = 60_000;

/** The wait in milliseconds before the stream is reopened that its server asked for, within bounds. */
export function askedDelay({ retry }: StreamPosition): number | undefined {
  return retry === undefined ? undefined : Math.min(LONGEST_DELAY, Math.max(SHORTEST_DELAY, retry));
}

/** Whether the stream can be resumed where it was left off. */
export function isResumable({ lastEventId }: StreamPosition): boolean {
  return lastEventId !== undefined && lastEventId !== "";
}

/** The header fields of the GET that reopens a stream, where it was left off if that is known. */
export function reopeningHeaders(position: StreamPosition): readonly HttpHeader[] {
  const accept: HttpHeader = ["accept", EVENT_STREAM_TYPE];
  if (!isResumable(position)) return [accept];
  // The HTML standard sends it as UTF-8; a header's value has a character for each byte.
  const bytes = new TextEncoder().encode(position.lastEventId);
  return [accept, [LAST_EVENT_ID, Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")]];
}

/** How a stream ended: in good order, or by a failure of the exchange. */
export type StreamEnd =
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly failure: HttpFailure };

/** What is done with what a stream carries. */
export interface StreamHandler {
  readonly position: StreamPosition;
  readonly maxEventBytes: number;
  /** Takes an event with data whose type carries messages; a promise asks to wait before the next one. */
  readonly onData: (
    data: Uint8Array<ArrayBuffer>,
    event: ServerSentEvent,
  ) => Promise<void> | undefined;
  /** Called whenever bytes arrive, comments included. */
  readonly onTraffic?: () => void;
}

/** Events of other types ("ping", "error") are a server's own and carry no message. */
const CARRYING: ReadonlySet<string> = new Set(["message", "endpoint"]);

/** Reads an event stream to its end. Never rejects but for errors that `onData` throws. */
export async function readEventStream(
  reply: HttpReply,
  handler: StreamHandler,
): Promise<StreamEnd> {
  const parser = new EventStreamParser(handler.maxEventBytes);
  try {
    for (;;) {
      const chunk = await reply.body.read();
      if (chunk === undefined) break;
      handler.onTraffic?.();
      for (const event of parser.push(chunk)) {
        const wait = take(handler, event);
        if (wait !== undefined) await wait;
      }
    }
    const last = parser.end();
    if (last !== undefined) await take(handler, last);
    return { kind: "ended" };
  } catch (error) {
    reply.body.cancel();
    if (error instanceof HttpFailure) return { kind: "failed", failure: error };
    if (error instanceof EventTooLargeError) return { kind: "failed", failure: tooLarge(handler) };
    throw error;
  }
}

function take(handler: StreamHandler, event: ServerSentEvent): Promise<void> | undefined {
  const { position } = handler;
  if (event.data !== undefined || event.id !== undefined) position.events++;
  if (event.id !== undefined) position.lastEventId = event.id;
  if (event.retry !== undefined) position.retry = event.retry;
  if (event.data === undefined || !CARRYING.has(event.type)) return undefined;
  return handler.onData(event.data, event);
}

function tooLarge(handler: StreamHandler): HttpFailure {
  return new HttpFailure(
    "too_large",
    "unknown",
    `an event is larger than ${Math.floor(handler.maxEventBytes / 1024 / 1024)} MiB`,
    { hint: "--max-message-size allows larger messages" },
  );
}
