import type { RequestId } from "../jsonrpc/envelope.ts";
import type { Frame } from "../jsonrpc/frame.ts";
import type { OpenRequests } from "../jsonrpc/open_requests.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../platform/clock.ts";
import type { HttpClient } from "../platform/http_client.ts";

/** A message of the server that is no response: a request or a notification. */
export interface Incoming {
  readonly frame: Frame;
  /** Our request on whose response stream it came, where it came on one. */
  readonly relatedRequestId?: string;
}

/** Takes a message of the server. A promise asks to wait before the next one. */
export type Deliver = (incoming: Incoming) => Promise<void> | undefined;

/** Bounds and periods, all in milliseconds; 0 means no limit. */
export interface TransportTimeouts {
  /** Longest wait for the header section of a reply, where the user set one. */
  readonly headers: number;
  /** Longest silence within a reply to a request, where the user set one. */
  readonly body: number;
  /** Silence after which the listening stream is opened anew. */
  readonly listening: number;
  /** How long `initialize` may stay unanswered. */
  readonly start: number;
}

/** What a binding needs of the rest of the program. */
export interface TransportContext {
  readonly url: URL;
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Requests sent to the server that wait for their answer; the binding settles each. */
  readonly open: OpenRequests;
  readonly deliver: Deliver;
  readonly timeouts: TransportTimeouts;
  /** Whether the user is signing in, so that `timeouts.start` does not run. */
  readonly isSigningIn: () => boolean;
  /** The largest message or event taken from the server, in bytes after decompression. */
  readonly maxMessageBytes: number;
  /** Removes secrets from text of the server before it is shown. */
  readonly redact: (text: string) => string;
  /** A random number from 0 (inclusive) to 1 (exclusive), for jitter. */
  readonly random: () => number;
}

/** A connection to the server over one binding. */
export interface Transport {
  /**
   * Sends a message. Requests in it must stand in `context.open`, and are answered through it,
   * whatever happens. Resolves when the next message may be sent; never rejects.
   */
  send(frame: Frame): Promise<void> | undefined;
  /** Resolves when the server has the messages sent so far that need no answer, or they were given up. */
  delivered(): Promise<void>;
  /** Opens the stream on which the server speaks unasked, where the binding has one. */
  listen(): void;
  /** The client has cancelled this request: what still runs for it may be dropped. */
  drop(id: RequestId): void;
  /** The network changed or the machine slept: old connections are likely dead. */
  refresh(): void;
  /** Ends every stream and the session. Resolves within `timeout` milliseconds; never rejects. */
  close(timeout: number): Promise<void>;
}
