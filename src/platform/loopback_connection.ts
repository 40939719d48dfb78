import type { Clock } from "./clock.ts";
import { parseRequestHead } from "./loopback_head.ts";
import type { LoopbackHandler, LoopbackReply } from "./loopback_listener.ts";

/** Largest head of a request, in bytes. */
const LARGEST_HEAD = 32_768;
/** Longest wait for a whole head, in milliseconds. */
const HEAD_PATIENCE = 15_000;
/** Longest wait, in milliseconds, for a browser to take a reply and to close its side. */
const REPLY_PATIENCE = 5000;

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  303: "See Other",
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  414: "URI Too Long",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** One connection: one request, one reply, and it is closed. */
export class LoopbackConnection {
  readonly #connection: Deno.Conn;
  readonly #clock: Clock;
  #answering = false;
  #closed = false;

  constructor(connection: Deno.Conn, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Whether a whole request has come and its reply is not yet sent. */
  get isAnswering(): boolean {
    return this.#answering;
  }

  /** Serves it to its end. Never throws. */
  async serve(handler: LoopbackHandler): Promise<void> {
    const headTimer = this.#clock.after(HEAD_PATIENCE, () => this.close());
    try {
      const head = await this.#readHead();
      headTimer.stop();
      if (head === undefined) return;
      this.#answering = true;
      const reply = await replyTo(head, handler);
      const replyTimer = this.#clock.after(REPLY_PATIENCE, () => this.close());
      try {
        await this.#send(reply);
      } finally {
        replyTimer.stop();
      }
    } catch {
      // The browser went away, or this side was closed.
    } finally {
      headTimer.stop();
      this.close();
    }
  }

  /** Ends it at once. Idempotent, never throws. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#connection.close();
    } catch {
      // It is closed already.
    }
  }

  /** The head; `undefined` when the other side ends before it is whole. */
  async #readHead(): Promise<Head | undefined> {
    const buffer = new Uint8Array(LARGEST_HEAD);
    const decoder = new TextDecoder("latin1");
    let length = 0;
    while (length < buffer.length) {
      const count = await this.#connection.read(buffer.subarray(length));
      if (count === null) return undefined;
      length += count;
      const text = decoder.decode(buffer.subarray(0, length));
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) return { kind: "whole", text: text.slice(0, end) };
    }
    return { kind: "too_large" };
  }

  async #send(reply: LoopbackReply): Promise<void> {
    let rest = encodeReply(reply);
    while (rest.length > 0) rest = rest.subarray(await this.#connection.write(rest));
    await this.#connection.closeWrite();
    this.#answering = false;
    // Closed with bytes unread (a request's body), it would be reset, and the page lost.
    const waste = new Uint8Array(4096);
    for (let left = 256; left > 0 && await this.#connection.read(waste) !== null; left--);
  }
}

type Head = { readonly kind: "whole"; readonly text: string } | { readonly kind: "too_large" };

async function replyTo(head: Head, handler: LoopbackHandler): Promise<LoopbackReply> {
  if (head.kind === "too_large") return bare(431);
  const request = parseRequestHead(head.text);
  if (request === undefined || request.repeated.has("host")) return bare(400);
  try {
    return await handler({
      method: request.method,
      target: new URL(`http://localhost${request.target}`),
      header: (name) => request.fields.get(name.toLowerCase()),
    });
  } catch {
    return bare(500);
  }
}

function bare(status: number): LoopbackReply {
  return { status, headers: [], body: "" };
}

function encodeReply({ status, headers, body }: LoopbackReply): Uint8Array<ArrayBuffer> {
  const content = new TextEncoder().encode(body);
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? ""}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${content.length}`,
    "Connection: close",
    "",
    "",
  ];
  const head = new TextEncoder().encode(lines.join("\r\n"));
  const bytes = new Uint8Array(head.length + content.length);
  bytes.set(head);
  bytes.set(content, head.length);
  return bytes;
}
