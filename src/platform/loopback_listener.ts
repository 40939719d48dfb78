/** A request to a loopback listener. All of it is hostile: any page in the user's browser can send one. */
export interface LoopbackRequest {
  readonly method: string;
  /** Path and query as a URL of this machine; its host is not to be trusted. */
  readonly target: URL;
  /** The value of the header field, `undefined` when there is none. */
  header(name: string): string | undefined;
}

/** The reply to a request. */
export interface LoopbackReply {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Answers one request; may take its time. */
export type LoopbackHandler = (request: LoopbackRequest) => Promise<LoopbackReply>;

/** An open listener. */
export interface LoopbackListener {
  readonly port: number;
  /** Whether all addresses that were asked for are listened on. */
  readonly complete: boolean;
  /** Stops listening; replies that are under way are sent first, within a short time. Idempotent, never throws. */
  close(): Promise<void>;
}

/** What came of trying to listen. */
export type ListenOutcome =
  | { readonly kind: "listening"; readonly listener: LoopbackListener }
  /** Another program has the port. */
  | { readonly kind: "in_use" }
  /** The operating system keeps the port to itself, or has no such address. */
  | { readonly kind: "denied"; readonly reason: string };

/** Where to listen. */
export interface ListenOptions {
  /** The port; 0 for any free one. */
  readonly port: number;
  /**
   * IP addresses, without brackets. The first must be had, unless only an outgoing connection has its
   * port and another address can be listened on.
   */
  readonly addresses: readonly [string, ...string[]];
  /**
   * What it means that another program has the port on one of the other addresses: `in_use` when
   * true, a listener that is not complete when false. That this machine lacks an address never matters.
   */
  readonly exclusive: boolean;
}

/** HTTP listeners on this machine, as a port. */
export interface LoopbackListeners {
  /** Listens and hands every request to `handler`. Never throws. */
  listen(options: ListenOptions, handler: LoopbackHandler): Promise<ListenOutcome>;
}
