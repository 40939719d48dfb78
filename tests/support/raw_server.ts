/** A TCP server on loopback that does to each connection what a test says. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** How many connections it accepted. */
  readonly connections: number;
}

/** What a test does with a connection; when it returns or throws, the connection is closed. */
export type RawHandler = (connection: Deno.Conn, number: number) => Promise<void>;

/** TLS for the connections. */
export interface RawServerOptions {
  readonly certificate: string;
  readonly key: string;
  /** The port; any free one when absent. */
  readonly port?: number;
}

/** Starts a server; `handler` gets each connection and its number, from 1. */
export function startRawServer(handler: RawHandler, tls?: RawServerOptions): RawServer {
  const address = { hostname: "127.0.0.1", port: tls?.port ?? 0 };
  const listener = tls === undefined
    ? Deno.listen(address)
    : Deno.listenTls({ ...address, cert: tls.certificate, key: tls.key });
  return new RunningServer(listener, handler);
}

/** Reads one HTTP request with a body of known length; the text of both, or `undefined` at the end. */
export async function readRequest(connection: Deno.Conn): Promise<string | undefined> {
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  for (;;) {
    const length = await connection.read(buffer);
    if (length === null) return undefined;
    text += new TextDecoder("latin1").decode(buffer.subarray(0, length));
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) continue;
    const body = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? "0");
    if (text.length >= head + 4 + body) return text;
  }
}

/** Writes all of a text (one byte a character) or of some bytes. */
export async function writeRaw(
  connection: Deno.Conn,
  content: string | Uint8Array,
): Promise<void> {
  let rest = typeof content === "string"
    ? Uint8Array.from(content, (character) => character.charCodeAt(0))
    : content;
  while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
}

class RunningServer implements RawServer {
  readonly port: number;
  readonly #listener: Deno.Listener<Deno.Conn>;
  readonly #open = new Set<Deno.Conn>();
  readonly #running: Promise<void>;
  #connections = 0;

  constructor(listener: Deno.Listener<Deno.Conn>, handler: RawHandler) {
    this.#listener = listener;
    this.port = (listener.addr as Deno.NetAddr).port;
    this.#running = this.#run(handler);
  }

  get connections(): number {
    return this.#connections;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) this.#close(connection);
    await this.#running;
  }

  async #run(handler: RawHandler): Promise<void> {
    const served: Promise<void>[] = [];
    for (;;) {
      const connection = await this.#listener.accept().catch((error) => {
        if (error instanceof Deno.errors.BadResource) return undefined;
        throw error;
      });
      if (connection === undefined) break;
      this.#open.add(connection);
      const handled = handler(connection, ++this.#connections);
      served.push(handled.catch(() => {}).finally(() => this.#close(connection)));
    }
    await Promise.all(served);
  }

  #close(connection: Deno.Conn): void {
    if (!this.#open.delete(connection)) return;
    try {
      connection.close();
    } catch {
      // The handler closed it itself.
    }
  }
}
