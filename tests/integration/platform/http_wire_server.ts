import {
  type HttpClient,
  type HttpClientOptions,
  HttpFailure,
  type HttpReply,
  type HttpRequest,
} from "../../../src/platform/http_client.ts";
import { openWireHttpClient } from "../../../src/platform/http_wire_client.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The server's end of one connection. */
export class Peer {
  readonly #connection: Deno.TcpConn;
  #unread = "";

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** The next request (ASCII): its head and body in one; `undefined` when the client has closed. */
  async request(): Promise<string | undefined> {
    for (;;) {
      const headEnd = this.#unread.indexOf("\r\n\r\n");
      if (headEnd >= 0) {
        const length = Number(/content-length: (\d+)/i.exec(this.#unread)?.[1] ?? 0);
        const end = headEnd + 4 + length;
        if (this.#unread.length >= end) {
          const request = this.#unread.slice(0, end);
          this.#unread = this.#unread.slice(end);
          return request;
        }
      }
      if (!(await this.readSome())) return undefined;
    }
  }

  /** Reads whatever comes; `false` when nothing more will. */
  async readSome(): Promise<boolean> {
    const buffer = new Uint8Array(64 * 1024);
    const count = await this.#connection.read(buffer).catch(() => null);
    if (count !== null) this.#unread += decoder.decode(buffer.subarray(0, count));
    return count !== null;
  }

  /** Resolves when the client has closed. */
  async end(): Promise<void> {
    while (await this.readSome());
  }

  /** Sends all of it, or stops when the client has closed. */
  async send(data: string | Uint8Array): Promise<void> {
    let rest = typeof data === "string" ? encoder.encode(data) : data;
    try {
      while (rest.length > 0) rest = rest.subarray(await this.#connection.write(rest));
    } catch {
      // The client does not want it.
    }
  }

  /** Closes this side in good order, and waits until the client has noticed and closed its own. */
  async finish(): Promise<void> {
    await this.#connection.closeWrite();
    await this.end();
  }

  /** Closes; a reset when there are bytes of the client that were not read. Idempotent. */
  close(): void {
    try {
      this.#connection.close();
    } catch {
      // Closed already.
    }
  }
}

/** A server on loopback and a client, for one test. */
export interface Wire {
  readonly client: HttpClient;
  readonly url: URL;
  /** How many connections were accepted so far. */
  readonly connections: number;
  /** Sends a request to the server. */
  exchange(rest?: Partial<HttpRequest>): Promise<HttpReply>;
  /** The same, and reads the reply as text. */
  text(rest?: Partial<HttpRequest>): Promise<string>;
}

/** What may be chosen about the {@linkcode Wire}. */
export interface WireChoices {
  readonly client?: Partial<HttpClientOptions>;
  /** The address to listen on. */
  readonly hostname?: string;
}

/** Runs a test against a server that does `serve` on each connection; tears everything down. */
export async function withWire(
  serve: (peer: Peer, index: number) => Promise<void>,
  test: (wire: Wire) => Promise<void>,
  choices: WireChoices = {},
): Promise<void> {
  const hostname = choices.hostname ?? "127.0.0.1";
  const listener = Deno.listen({ hostname, port: 0 });
  const peers: Peer[] = [];
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      connection.setNoDelay(true);
      const peer = new Peer(connection);
      peers.push(peer);
      serving.push(serve(peer, peers.length - 1).finally(() => peer.close()));
    }
  })();
  const client = openWireHttpClient({
    trustedCertificates: [],
    ipv4Only: false,
    connectTimeout: 30_000,
    proxyFor: () => undefined,
    ...choices.client,
  });
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const url = new URL(`http://${host}:${listener.addr.port}/mcp?secret=1`);
  const exchange = (rest: Partial<HttpRequest> = {}) =>
    client.exchange({ method: "POST", url, headers: [], ...rest });
  try {
    await test({
      client,
      url,
      get connections() {
        return peers.length;
      },
      exchange,
      text: async (rest) => decoder.decode(await (await exchange(rest)).body.bytes(1 << 30)),
    });
  } finally {
    client.close();
    for (const peer of peers) peer.close();
    listener.close();
    await accepting;
    await Promise.all(serving);
  }
}

/** A reply with a length. */
export function reply(content: string, status = "200 OK", ...fields: readonly string[]): string {
  const lines = [`HTTP/1.1 ${status}`, `Content-Length: ${content.length}`, ...fields, "", content];
  return lines.join("\r\n");
}

/** Answers every request with the same reply. */
export function always(text: string): (peer: Peer) => Promise<void> {
  return async (peer) => {
    while (await peer.request() !== undefined) await peer.send(text);
  };
}

/** `kind delivery` of the failure that the promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    return `${error.kind} ${error.delivery}`;
  }
  return "no failure";
}
