import { ByteReader } from "./byte_reader.ts";
import { closeQuietly } from "./close_quietly.ts";
import { LONGEST_TUNNEL_HEAD, tunnelRequest, tunnelStatus } from "./proxy_tunnel.ts";

/** Answers to a SOCKS request (RFC 1928, section 6). */
const GRANTED = 0;
const GENERAL_FAILURE = 1;
/** "Not allowed by ruleset": stands for a proxy that wants other credentials. */
const NOT_ALLOWED = 2;
const UNREACHABLE = 4;
const REFUSED = 5;

const SOCKS_VERSION = 5;
const PASSWORD_METHOD = 2;
const CONNECT_COMMAND = 1;

/**
 * Leads connections through an HTTP proxy that wants credentials. Towards this process it is a SOCKS
 * proxy on loopback, towards the proxy it asks for a tunnel, so that the credentials go to the proxy
 * alone. A random password keeps other users of the machine out.
 */
export class ProxyRelay {
  readonly #proxy: URL;
  readonly #listener: Deno.TcpListener;
  readonly #password = crypto.randomUUID();

  /** @param proxy an `http:` proxy with its credentials in the URL */
  constructor(proxy: URL) {
    this.#proxy = proxy;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#listener.unref();
    void this.#run();
  }

  /** What the runtime has to know of it. */
  get settings(): Deno.Proxy {
    return {
      url: `socks5://127.0.0.1:${this.#listener.addr.port}`,
      basicAuth: { username: "causeway", password: this.#password },
    };
  }

  /** Takes no new connections; those that there are go on. */
  close(): void {
    this.#listener.close();
  }

  async #run(): Promise<void> {
    try {
      for await (const connection of this.#listener) void this.#serve(connection);
    } catch {
      // The listener was closed within an accept.
    }
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    let proxy: Deno.Conn | undefined;
    try {
      const reader = new ByteReader(connection);
      await this.#authenticate(connection, reader);
      const authority = await readTarget(reader);
      const opened = await this.#openTunnel(authority);
      if (typeof opened === "number") return await answer(connection, opened);
      proxy = opened.connection;
      await answer(connection, GRANTED);
      await writeAll(connection, opened.rest);
      await writeAll(proxy, reader.rest());
      await Promise.all([pump(connection, proxy), pump(proxy, connection)]);
    } catch {
      // One side is gone; the other learns it by the close below.
    } finally {
      closeQuietly(connection);
      if (proxy !== undefined) closeQuietly(proxy);
    }
  }

  /** The user name and password method (RFC 1929). */
  async #authenticate(connection: Deno.Conn, reader: ByteReader): Promise<void> {
    const [version, methods = 0] = await reader.exactly(2);
    const offered = await reader.exactly(methods);
    if (version !== SOCKS_VERSION || !offered.includes(PASSWORD_METHOD)) {
      throw new Error("A stranger on the relay");
    }
    await writeAll(connection, Uint8Array.of(SOCKS_VERSION, PASSWORD_METHOD));
    const [, userLength = 0] = await reader.exactly(2);
    await reader.exactly(userLength);
    const [passwordLength = 0] = await reader.exactly(1);
    const password = new TextDecoder().decode(await reader.exactly(passwordLength));
    if (password !== this.#password) throw new Error("A stranger on the relay");
    await writeAll(connection, Uint8Array.of(1, 0));
  }

  /** A tunnel to `authority`, or the SOCKS answer that says why there is none. */
  async #openTunnel(
    authority: string,
  ): Promise<{ readonly connection: Deno.Conn; readonly rest: Uint8Array } | number> {
    const { hostname, port } = this.#proxy;
    const connection = await Deno.connect({
      hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? 80 : Number(port),
    }).catch((error) => error instanceof Deno.errors.ConnectionRefused ? REFUSED : UNREACHABLE);
    if (typeof connection === "number") return connection;
    try {
      await writeAll(connection, tunnelRequest(authority, this.#proxy));
      const reader = new ByteReader(connection);
      const status = tunnelStatus(await reader.head(LONGEST_TUNNEL_HEAD)) ?? 0;
      if (status >= 200 && status < 300) return { connection, rest: reader.rest() };
      closeQuietly(connection);
      return status === 407 ? NOT_ALLOWED : GENERAL_FAILURE;
    } catch {
      closeQuietly(connection);
      return GENERAL_FAILURE;
    }
  }
}

/** The target of a SOCKS request (RFC 1928, section 4), as `host:port`. */
async function readTarget(reader: ByteReader): Promise<string> {
  const [version, command, , kind] = await reader.exactly(4);
  if (version !== SOCKS_VERSION || command !== CONNECT_COMMAND) throw new Error("No SOCKS request");
  const host = await readHost(reader, kind ?? 0);
  const [high = 0, low = 0] = await reader.exactly(2);
  return `${host}:${high * 256 + low}`;
}

async function readHost(reader: ByteReader, kind: number): Promise<string> {
  if (kind === 1) return (await reader.exactly(4)).join(".");
  if (kind === 4) {
    const groups: string[] = [];
    const bytes = await reader.exactly(16);
    for (let i = 0; i < 16; i += 2) {
      groups.push(((bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0)).toString(16));
    }
    return `[${groups.join(":")}]`;
  }
  const [length = 0] = await reader.exactly(1);
  return new TextDecoder().decode(await reader.exactly(length));
}

function answer(connection: Deno.Conn, code: number): Promise<void> {
  return writeAll(connection, Uint8Array.of(SOCKS_VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0));
}

async function pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (;;) {
    const length = await from.read(buffer);
    if (length === null) break;
    await writeAll(to, buffer.subarray(0, length));
  }
  await to.closeWrite();
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await connection.write(rest));
}
