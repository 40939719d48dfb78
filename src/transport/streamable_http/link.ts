import type { RequestId } from "../../jsonrpc/envelope.ts";
import type { HttpHeader } from "../../platform/http_client.ts";
import type { StreamPosition } from "../event_stream_reader.ts";
import type { PendingRequests } from "../pending_requests.ts";
import type { Session } from "../session.ts";
import type { TransportContext } from "../transport.ts";
import type { RequestTurns } from "../turns.ts";

/** What the parts of one Streamable HTTP connection share. */
export interface Link {
  readonly context: TransportContext;
  readonly session: Session;
  /** Running exchanges by the id of their (first) request, so that a cancelled one can be dropped. */
  readonly running: Map<RequestId, Exchange>;
  /** Bounds how many requests are under way at once. */
  readonly turns: RequestTurns;
  /** Aborted when the connection is closed. */
  readonly closing: AbortSignal;
  /** Whether the stream on which the server speaks unasked is open. */
  readonly isListening: () => boolean;
}

/** A request's exchange while it runs. */
export interface Exchange {
  /** What it is to answer. */
  readonly pending: PendingRequests;
  /** Ends what runs now; replaced when the exchange is given up but its request is not. */
  abort: AbortController;
  /** Monotonic time of the last byte, in milliseconds. */
  lastTraffic: number;
  /** How far its stream has been read, when it has one. */
  position: StreamPosition | undefined;
  /** The header fields of the session in which it was sent: its stream belongs to that session. */
  sessionHeaders: readonly HttpHeader[];
  /** Set when what ran was given up because its connection is dead, not because it was cancelled. */
  givenUp: boolean;
  /** Set when its request was cancelled, but its stream is kept for what else the server says on it. */
  kept: boolean;
}

/** An exchange that begins at `now`, monotonic time in milliseconds. */
export function newExchange(pending: PendingRequests, now: number): Exchange {
  const abort = new AbortController();
  return {
    pending,
    abort,
    lastTraffic: now,
    position: undefined,
    sessionHeaders: [],
    givenUp: false,
    kept: false,
  };
}
