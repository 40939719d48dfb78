/** How the fake proxy behaves. */
export interface ConnectProxyOptions {
  /** The `Proxy-Authorization` value without which it answers 407. */
  readonly authorization?: string;
  /** The status with which every tunnel is refused. */
  readonly refuse?: number;
}

/** An HTTP proxy on loopback: tunnels (`CONNECT`), and plain requests in absolute form. */
export interface ConnectProxy extends AsyncDisposable {
  readonly url: URL;
  /** The targets of the tunnels asked for, `host:port`. */
  readonly tunnels: readonly string[];
  /** The targets of the plain requests. */
  readonly plainRequests: readonly string[];
  /** The `Proxy-Authorization` values it saw. */
  readonly authorizations: readonly string[];
}

/** Starts a proxy; every tunnel leads to the loopback port that it asks for, whatever its host. */
export function startConnectProxy(options: ConnectProxyOptions = {}): ConnectProxy {
  return new RunningProxy(options);
}

class RunningProxy implements ConnectProxy {
  readonly tunnels: string[] = [];
  readonly plainRequests: string[] = [];
  readonly authorizations: string[] = [];
  readonly url: URL;
  readonly #options: ConnectProxyOptions;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.Conn>();
  readonly #running: Promise<void>;

  constructor(options: ConnectProxyOptions) {
    this.#options = options;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.url = new URL(`http://127.0.0.1:${this.#listener.addr.port}`);
    this.#running = this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) closeQuietly(connection);
    await this.#running;
  }

  async #run(): Promise<void> {
    const served: Promise<void>[] = [];
    try {
      for await (const connection of this.#listener) {
        this.#connections.add(connection);
        served.push(
          this.#serve(connection).catch(() => {}).finally(() => {
            this.#connections.delete(connection);
            closeQuietly(connection);
          }),
        );
      }
    } catch {
      // The listener was closed.
    }
    await Promise.all(served);
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const head = await readHead(connection);
    const [method = "", target = ""] = head.split(" ", 2);
    const authorization = /^proxy-authorization: *(.*)$/im.exec(head)?.[1]?.trim();
    if (authorization !== undefined) this.authorizations.push(authorization);
    (method === "CONNECT" ? this.tunnels : this.plainRequests).push(target);
    const { authorization: wanted, refuse } = this.#options;
    if (wanted !== undefined && authorization !== wanted) return await reply(connection, 407);
    if (refuse !== undefined) return await reply(connection, refuse);
    if (method !== "CONNECT") return await reply(connection, 200, `proxied ${target}`);
    const port = Number(target.slice(target.lastIndexOf(":") + 1));
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    this.#connections.add(server);
    await reply(connection, 200);
    await Promise.all([pump(connection, server), pump(server, connection)]);
    this.#connections.delete(server);
    closeQuietly(server);
  }
}

async function readHead(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(4096);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const length = await connection.read(buffer);
    if (length === null) throw new Error("The connection ended within the header section");
    head += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return head;
}

async function reply(connection: Deno.Conn, status: number, content = ""): Promise<void> {
  const length = status === 200 && content === "" ? "" : `Content-Length: ${content.length}\r\n`;
  await writeAll(connection, `HTTP/1.1 ${status} Proxy\r\n${length}\r\n${content}`);
}

async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  try {
    for (;;) {
      const length = await from.read(buffer);
      if (length === null) break;
      await writeAll(to, buffer.subarray(0, length));
    }
    await to.closeWrite();
  } catch {
    closeQuietly(to);
  }
}

async function writeAll(connection: Deno.Conn, content: string | Uint8Array): Promise<void> {
  let rest = typeof content === "string" ? new TextEncoder().encode(content) : content;
  while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
