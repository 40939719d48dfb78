const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A request as the fake server saw it. */
export interface RecordedRequest {
  readonly method: string;
  /** The request target: path and query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** When its head was there, in milliseconds of `performance.now()`. */
  readonly at: number;
  /** Which of the server's connections it came on, from 0. */
  readonly connection: number;
}

/** The body of a recorded request as text. */
export function bodyText(request: RecordedRequest): string {
  return decoder.decode(request.body);
}

/** Where an exchange writes. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

/** Header fields of a reply; a value of several strings gives a field each. */
export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>;

/** Whether a reply is awaited, being streamed, or whole (so that the connection may be used again). */
export type ExchangeState = "waiting" | "streaming" | "done";

/** One request and the means to answer it well or badly. */
export class HttpExchange {
  #state: ExchangeState = "waiting";
  #finish: () => void = () => {};
  /** Resolves when the reply is whole or the connection was closed from here. */
  readonly finished: Promise<void>;

  /** @param gone resolves when the client has closed the connection */
  constructor(
    readonly request: RecordedRequest,
    readonly connection: ByteSink,
    readonly gone: Promise<void>,
  ) {
    this.finished = new Promise((resolve) => this.#finish = resolve);
  }

  get state(): ExchangeState {
    return this.#state;
  }

  /** Sends a whole reply with its `Content-Length`. */
  async reply(
    status: number,
    headers: ReplyHeaders = {},
    body: string | Uint8Array = "",
  ): Promise<void> {
    const bytes = typeof body === "string" ? encoder.encode(body) : body;
    const bodiless = status === 204 || status === 304;
    const length: ReplyHeaders = bodiless ? {} : { "content-length": String(bytes.length) };
    await this.raw(headOf(status, { ...length, ...headers }));
    if (!bodiless) await this.raw(bytes);
    this.#settle();
  }

  /** Sends a head and then chunks, as they are given. */
  async stream(status: number, headers: ReplyHeaders): Promise<ReplyStream> {
    this.#state = "streaming";
    await this.raw(headOf(status, { "transfer-encoding": "chunked", ...headers }));
    return new ReplyStream(this, () => this.#settle());
  }

  /** Writes bytes as they are; the reply is not counted as whole. */
  async raw(bytes: string | Uint8Array): Promise<void> {
    if (this.#state === "waiting") this.#state = "streaming";
    await this.connection.write(typeof bytes === "string" ? encoder.encode(bytes) : bytes);
  }

  /** Closes the connection at once. */
  cut(): void {
    this.connection.close();
    this.#finish();
  }

  #settle(): void {
    this.#state = "done";
    this.#finish();
  }
}

/** A reply in the chunked transfer coding. */
export class ReplyStream {
  readonly #exchange: HttpExchange;
  readonly #settle: () => void;
  #open = true;

  constructor(exchange: HttpExchange, settle: () => void) {
    this.#exchange = exchange;
    this.#settle = settle;
    void exchange.gone.then(() => this.#open = false);
  }

  /** Whether the client still listens and the stream has not ended. */
  get open(): boolean {
    return this.#open;
  }

  /** Resolves when the client has closed the connection. */
  get gone(): Promise<void> {
    return this.#exchange.gone;
  }

  /** Sends one chunk; one that nobody can receive is lost. */
  async write(text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === "string" ? encoder.encode(text) : text;
    if (!this.#open || bytes.length === 0) return;
    const head = encoder.encode(`${bytes.length.toString(16)}\r\n`);
    const chunk = new Uint8Array(head.length + bytes.length + 2);
    chunk.set(head);
    chunk.set(bytes, head.length);
    chunk.set([0x0d, 0x0a], head.length + bytes.length);
    try {
      await this.#exchange.raw(chunk);
    } catch {
      this.#open = false;
    }
  }

  /** Ends the stream in good order. */
  async end(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      await this.#exchange.raw("0\r\n\r\n");
    } catch {
      // The client is gone.
    }
    this.#settle();
  }

  /** Closes the connection in the middle of the stream. */
  cut(): void {
    this.#open = false;
    this.#exchange.cut();
  }
}

/** The head of a reply. */
export function headOf(status: number, headers: ReplyHeaders): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).map((one) => `${name}: ${one}\r\n`)
  );
  return `HTTP/1.1 ${status} ${REASONS[status] ?? "Whatever"}\r\n${lines.join("")}\r\n`;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};
