import { EVENT_STREAM_TYPE } from "../../mcp/header_names.ts";
import { HttpFailure, type HttpHeader, type HttpReply } from "../../platform/http_client.ts";
import { newPosition, readEventStream, type StreamEnd } from "../event_stream_reader.ts";
import { type Intercept, takeEvent } from "../inbound.ts";
import { mediaType, replyForm } from "../judge_reply.ts";
import { readRefusal, type RefusedReply } from "../read_refusal.ts";
import type { Session } from "../session.ts";
import type { TransportContext } from "../transport.ts";
import { parseEndpoint } from "./endpoint.ts";

/** One event stream of the HTTP+SSE binding, as long as it lasts. */
export interface EventConnection {
  /** Where messages are posted. */
  readonly endpoint: URL;
  /** Resolves when the stream is over, however that came. */
  readonly ended: Promise<StreamEnd>;
  /** Monotonic time of the last byte, in milliseconds. */
  lastTraffic(): number;
  /** Ends the stream. */
  close(): void;
}

/** How opening the stream ended. */
export type Connected =
  | { readonly kind: "connected"; readonly connection: EventConnection }
  /** There is no HTTP+SSE stream at this URL, but something else. */
  | { readonly kind: "not_offered"; readonly status: number; readonly what: string }
  | RefusedReply
  | { readonly kind: "failed"; readonly failure: HttpFailure };

/**
 * How long a stream may take to name its endpoint, in milliseconds. It does so at once; one that does
 * not belongs to another binding, which must get its turn within the time for the opening.
 */
const ENDPOINT_TIMEOUT = 3000;

/**
 * Opens the stream by GET and waits for its `endpoint` event (2024-11-05, transports, "HTTP with SSE").
 * @param intercept sees each response before it settles its request
 */
export async function openEventConnection(
  context: TransportContext,
  session: Session,
  options: { readonly intercept: Intercept; readonly signal: AbortSignal },
): Promise<Connected> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  options.signal.addEventListener("abort", stop, { once: true });
  try {
    const headers: HttpHeader[] = [["accept", EVENT_STREAM_TYPE]];
    const { url, timeouts } = context;
    const reply = await context.http.exchange({
      method: "GET",
      url,
      headers,
      signal: abort.signal,
      headersTimeout: timeouts.headers,
    });
    return await takeStream(context, session, { reply, abort, intercept: options.intercept });
  } catch (error) {
    if (error instanceof HttpFailure) return { kind: "failed", failure: error };
    throw error;
  } finally {
    options.signal.removeEventListener("abort", stop);
  }
}

interface Opened {
  readonly reply: HttpReply;
  readonly abort: AbortController;
  readonly intercept: Intercept;
}

async function takeStream(
  context: TransportContext,
  session: Session,
  { reply, abort, intercept }: Opened,
): Promise<Connected> {
  const form = replyForm(reply.status, reply.headers.get("content-type"));
  if (form === "refusal") return await readRefusal(context, reply, session);
  if (form !== "event_stream") {
    reply.body.cancel();
    const type = mediaType(reply.headers.get("content-type")).slice(0, 80);
    return {
      kind: "not_offered",
      status: reply.status,
      what: `content type "${type}", no event stream`,
    };
  }
  return await readUntilEndpoint(context, { reply, abort, intercept });
}

async function readUntilEndpoint(context: TransportContext, opened: Opened): Promise<Connected> {
  const { reply, abort, intercept } = opened;
  const named = Promise.withResolvers<Connected>();
  let lastTraffic = context.clock.now();
  const ended = readEventStream(reply, {
    position: newPosition(),
    maxEventBytes: context.maxMessageBytes,
    onTraffic: () => lastTraffic = context.clock.now(),
    onData: (data, event) => {
      if (event.type !== "endpoint") return takeEvent(context, data, { intercept });
      const endpoint = parseEndpoint(new TextDecoder().decode(data), context.url);
      if (endpoint.kind === "refused") {
        named.resolve({ kind: "not_offered", status: reply.status, what: endpoint.why });
        abort.abort();
        return undefined;
      }
      const connection: EventConnection = {
        endpoint: endpoint.url,
        ended,
        lastTraffic: () => lastTraffic,
        close: () => abort.abort(),
      };
      named.resolve({ kind: "connected", connection });
      return undefined;
    },
  });
  const what = "an event stream that names no endpoint";
  const timer = context.clock.after(ENDPOINT_TIMEOUT, () => {
    named.resolve({ kind: "not_offered", status: reply.status, what });
  });
  void ended.then((end) => {
    named.resolve(
      end.kind === "failed"
        ? { kind: "failed", failure: end.failure }
        : { kind: "not_offered", status: reply.status, what },
    );
  });
  const outcome = await named.promise;
  timer.stop();
  if (outcome.kind !== "connected") abort.abort();
  return outcome;
}
