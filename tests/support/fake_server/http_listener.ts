import type { TlsIdentity } from "../tls_certificates.ts";
import { until } from "../until.ts";
import { type ExchangeHandler, HttpConnection } from "./http_connection.ts";

/** Where a listener listens, and as whom. */
export interface HttpListenerOptions {
  /** The port; 0 (or absent) lets the system choose. */
  readonly port?: number;
  /** Makes it speak TLS, with this certificate. */
  readonly identity?: TlsIdentity;
}

/** A raw HTTP/1.1 listener on loopback, whose connections can be frozen and cut. */
export class HttpListener implements AsyncDisposable {
  readonly #handle: ExchangeHandler;
  readonly #listener: Deno.TcpListener | Deno.TlsListener;
  readonly #connections = new Set<HttpConnection>();
  readonly #accepting: Promise<void>;
  readonly #failures: unknown[] = [];
  #accepted = 0;
  #open = true;

  constructor(handle: ExchangeHandler, options: HttpListenerOptions = {}) {
    this.#handle = handle;
    const { port = 0, identity } = options;
    const address = { hostname: "127.0.0.1", port };
    this.#listener = identity === undefined
      ? Deno.listen(address)
      : Deno.listenTls({ ...address, cert: identity.certificate, key: identity.key });
    this.#accepting = this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** How many connections it has accepted. */
  get accepted(): number {
    return this.#accepted;
  }

  /** How many connections are open now. */
  get connected(): number {
    return this.#connections.size;
  }

  /** Cuts every open connection. */
  cutConnections(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** Closes this side of every connection once it is idle, and waits until the clients have closed theirs. */
  async hangUp(): Promise<void> {
    await until("idle connections", () => [...this.#connections].every(({ idle }) => idle));
    await Promise.all([...this.#connections].map((connection) => connection.hangUp()));
    await until("the clients to hang up, too", () => this.connected === 0);
  }

  /** Leaves every open connection as it is, but neither reads from it nor writes to it any more. */
  freezeConnections(): void {
    for (const connection of this.#connections) connection.freeze();
  }

  /** Refuses new connections; those that are open stay. */
  stopListening(): void {
    if (this.#open) this.#listener.close();
    this.#open = false;
  }

  /** Stops listening and cuts every connection. Fails with what a handler threw. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stopListening();
    this.cutConnections();
    await this.#accepting;
    if (this.#failures.length > 0) {
      throw new AggregateError(this.#failures, "A handler of the fake server failed");
    }
  }

  async #accept(): Promise<void> {
    try {
      for await (const accepted of this.#listener) this.#serve(accepted);
    } catch (error) {
      if (this.#open) this.#failures.push(error);
    }
  }

  #serve(accepted: Deno.TcpConn | Deno.TlsConn): void {
    if ("setNoDelay" in accepted) accepted.setNoDelay();
    const connection = new HttpConnection(accepted, this.#accepted++, {
      handle: this.#handle,
      fail: (error) => void this.#failures.push(error),
    });
    this.#connections.add(connection);
    void connection.serve().finally(() => this.#connections.delete(connection));
  }
}
