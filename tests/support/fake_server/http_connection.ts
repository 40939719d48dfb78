import { HttpExchange, type RecordedRequest } from "./http_exchange.ts";

/** Serves one request; when it returns without a reply, the client waits until it gives up. */
export type ExchangeHandler = (exchange: HttpExchange) => Promise<void>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const END_OF_HEAD = encoder.encode("\r\n\r\n");

/** One accepted connection: reads HTTP/1.1 requests one after the other and has each one served. */
export class HttpConnection {
  readonly #connection: Deno.Conn;
  readonly #index: number;
  #buffer = new Uint8Array(0);
  #reading: Promise<boolean> | undefined;
  #frozen = false;
  #open = true;
  #idle = true;
  readonly #handle: ExchangeHandler;
  readonly #fail: (error: unknown) => void;

  /** @param fail is told what a handler threw, unless the end of its connection was the reason */
  constructor(
    connection: Deno.Conn,
    index: number,
    options: { readonly handle: ExchangeHandler; readonly fail: (error: unknown) => void },
  ) {
    this.#connection = connection;
    this.#index = index;
    this.#handle = options.handle;
    this.#fail = options.fail;
  }

  /** Serves requests until either side closes the connection. Never rejects. */
  async serve(): Promise<void> {
    try {
      for (;;) {
        const request = await this.#readRequest();
        if (request === undefined) return;
        this.#idle = false;
        if (await this.#serveOne(request) === "close") return;
        this.#idle = true;
      }
    } catch (error) {
      this.#report(error);
    } finally {
      this.close();
    }
  }

  /** Stops reading and writing, and leaves the connection open: it looks alive, and is dead. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Whether no request is being served. */
  get idle(): boolean {
    return this.#idle;
  }

  /** Closes this side in good order; the client's end of the connection is waited for as ever. */
  async hangUp(): Promise<void> {
    await this.#connection.closeWrite();
  }

  /** Closes the connection at once, whatever is under way. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.#connection.close();
    } catch {
      // It is closed already.
    }
  }

  /** Writes all bytes; waits for ever when the connection is frozen. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#frozen) await new Promise<never>(() => {});
    for (let rest = bytes; rest.length > 0;) {
      rest = rest.subarray(await this.#connection.write(rest));
    }
  }

  async #serveOne(request: RecordedRequest): Promise<"close" | "keep"> {
    let leave: () => void = () => {};
    const gone = new Promise<void>((resolve) => leave = resolve);
    const exchange = new HttpExchange(request, this, gone);
    void this.#fill().then((more) => more ? undefined : leave());
    // The handler may go on working after its reply; the connection is free then.
    void this.#handle(exchange).catch((error) => {
      this.#report(error);
      leave();
    });
    await Promise.race([exchange.finished, gone]);
    return exchange.state === "done" && this.#open ? "keep" : "close";
  }

  /** What a dying connection throws is part of the play; anything else is a bug in a test. */
  #report(error: unknown): void {
    if (this.#open && !isConnectionError(error)) this.#fail(error);
  }

  async #readRequest(): Promise<RecordedRequest | undefined> {
    let end = indexOfBytes(this.#buffer, END_OF_HEAD);
    while (end === -1) {
      if (!await this.#fill()) return undefined;
      end = indexOfBytes(this.#buffer, END_OF_HEAD);
    }
    const head = decoder.decode(this.#buffer.subarray(0, end)).split("\r\n");
    this.#buffer = this.#buffer.slice(end + END_OF_HEAD.length);
    const [method = "", path = ""] = (head[0] ?? "").split(" ");
    const headers = new Headers();
    for (const line of head.slice(1)) {
      const colon = line.indexOf(":");
      headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
    }
    const at = performance.now();
    const body = await this.#readBody(headers);
    return { method, path, headers, body, at, connection: this.#index };
  }

  async #readBody(headers: Headers): Promise<Uint8Array<ArrayBuffer>> {
    if (headers.get("transfer-encoding") !== "chunked") {
      return await this.#take(Number(headers.get("content-length") ?? 0));
    }
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (;;) {
      const size = parseInt(await this.#takeLine(), 16);
      if (size > 0) parts.push(await this.#take(size));
      await this.#takeLine();
      if (size === 0) return new Uint8Array(await new Blob(parts).arrayBuffer());
    }
  }

  async #takeLine(): Promise<string> {
    let end = this.#buffer.indexOf(0x0a);
    while (end === -1) {
      if (!await this.#fill()) throw new Deno.errors.UnexpectedEof();
      end = this.#buffer.indexOf(0x0a);
    }
    return decoder.decode(await this.#take(end + 1)).trim();
  }

  async #take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let missing = length;
    for (;;) {
      const part = this.#buffer.slice(0, missing);
      this.#buffer = this.#buffer.slice(part.length);
      parts.push(part);
      missing -= part.length;
      if (missing === 0) break;
      if (!await this.#fill()) throw new Deno.errors.UnexpectedEof();
    }
    return parts.length === 1 && parts[0] !== undefined
      ? parts[0]
      : new Uint8Array(await new Blob(parts).arrayBuffer());
  }

  /** Reads more into the buffer; `false` when the client has closed. One read at a time, shared. */
  #fill(): Promise<boolean> {
    this.#reading ??= this.#readOnce().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #readOnce(): Promise<boolean> {
    if (this.#frozen) await new Promise<never>(() => {});
    const chunk = new Uint8Array(64 * 1024);
    let length: number | null;
    try {
      length = await this.#connection.read(chunk);
    } catch {
      return false;
    }
    if (length === null) return false;
    this.#buffer = joined(this.#buffer, chunk.subarray(0, length));
    return true;
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array): number {
  const first = wanted[0] ?? 0;
  for (let at = bytes.indexOf(first); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (wanted.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BadResource || error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.ConnectionAborted;
}
