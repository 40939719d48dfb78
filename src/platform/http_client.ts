/** One header field: name (any case) and value. */
export type HttpHeader = readonly [name: string, value: string];

/** An HTTP request of bytes. Redirects are never followed by the client itself. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "DELETE" | "HEAD" | "PUT";
  readonly url: URL;
  readonly headers: readonly HttpHeader[];
  readonly body?: Uint8Array<ArrayBuffer>;
  /** Aborting it ends the exchange, or the reading of its body, with an {@linkcode HttpFailure} of kind `cancelled`. */
  readonly signal?: AbortSignal;
  /**
   * Whether the user may be asked to sign in for this request; default true. What runs on its own
   * (probes, pings, streams, the end of a session) must not open a browser.
   */
  readonly mayAskUser?: boolean;
  /** Longest wait for the reply's header section, in milliseconds; 0 or absent means no limit. */
  readonly headersTimeout?: number;
  /** Longest silence within the reply's body, in milliseconds; 0 or absent means no limit. */
  readonly bodyTimeout?: number;
}

/** The header fields of a reply; names compare without case. */
export interface HttpReplyHeaders {
  /** The value, several fields of that name joined with ", "; `undefined` when there is none. */
  get(name: string): string | undefined;
  /** Each field's value (for `Set-Cookie` and `WWW-Authenticate`, which must not be joined). */
  all(name: string): readonly string[];
}

/** The content of a reply, after decompression. Read it to its end or cancel it: else its connection leaks. */
export interface HttpBody {
  /**
   * The next chunk (never empty), or `undefined` at the end.
   * @throws {HttpFailure} `reset`, `truncated`, `body_timeout`, `cancelled`, `protocol`
   */
  read(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * All of it.
   * @throws {HttpFailure} as {@linkcode read}, and `too_large` when it has more than `limit` bytes
   */
  bytes(limit: number): Promise<Uint8Array<ArrayBuffer>>;
  /** Gives up the rest. Idempotent, never throws. */
  cancel(): void;
}

/** The reply to a request, as soon as its header section is there. */
export interface HttpReply {
  readonly status: number;
  readonly headers: HttpReplyHeaders;
  readonly body: HttpBody;
  /** Who answered, where redirects led to another URL than the one that was asked. */
  readonly redirectedTo?: URL;
}

/** Why an exchange has no (whole) reply. */
export type HttpFailureKind =
  /** The host name has no address. */
  | "dns"
  /** Nothing listens there. */
  | "refused"
  /** No route, or the network is down. */
  | "unreachable"
  /** The TLS handshake or a certificate was refused, by either side. */
  | "tls"
  /** The proxy could not be reached or refused the tunnel. */
  | "proxy"
  | "connect_timeout"
  | "headers_timeout"
  | "body_timeout"
  /** The connection ended before the whole header section. */
  | "reset"
  /** The connection ended within the body. */
  | "truncated"
  /** What came is not HTTP. */
  | "protocol"
  /** The body is larger than allowed. */
  | "too_large"
  /** The server wants credentials, and they could not be had; `cause` is the `CausewayError`. */
  | "authorization"
  /** The request's signal was aborted. */
  | "cancelled";

/**
 * An exchange that failed. `delivery` is what decides whether the request may be sent again:
 * `not_sent` is certain knowledge that the server cannot have seen it.
 */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";

  constructor(
    readonly kind: HttpFailureKind,
    readonly delivery: "not_sent" | "unknown",
    message: string,
    options?: { readonly cause?: unknown; readonly hint?: string },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options?.hint;
  }

  /** The next step for the user, where the client knows one (which flag mends a TLS failure). */
  readonly hint: string | undefined;
}

/** Sends HTTP requests. */
export interface HttpClient {
  /**
   * Sends the request and resolves when the reply's header section is there, whatever its status.
   * @throws {HttpFailure} never anything else
   */
  exchange(request: HttpRequest): Promise<HttpReply>;
  /** Forgets idle pooled connections (after a wake-up they are likely dead). Running exchanges go on. */
  dropIdleConnections(): void;
  /** Closes everything; running exchanges fail. Idempotent. */
  close(): void;
}

/** A certificate and its key, PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** How a client connects. */
export interface HttpClientOptions {
  /** PEM certificates trusted beside the operating system's store and the bundled roots. */
  readonly trustedCertificates: readonly string[];
  readonly clientCertificate?: ClientCertificate;
  /** Connect over IPv4 only. */
  readonly ipv4Only: boolean;
  /** Longest wait for a TCP (and TLS) connection, in milliseconds; 0 means no limit. */
  readonly connectTimeout: number;
  /** The proxy for a URL, or `undefined` for a direct connection. */
  readonly proxyFor: (url: URL) => URL | undefined;
}
