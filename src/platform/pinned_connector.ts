import net from "node:net";
import tls from "node:tls";
import { type HttpClientOptions, HttpFailure, type HttpFailureKind } from "./http_client.ts";
import { SYSTEM_WIRE_RUNTIME, type WireRuntime, type WireSocket } from "./http_wire_runtime.ts";
import { certificatesOf } from "./pem.ts";
import { judgePinned, type PeerCertificate, type PinVerdict } from "./pinned_certificate.ts";
import { PinnedSocket } from "./pinned_socket.ts";
import { LONGEST_TUNNEL_HEAD, tunnelRequest, tunnelStatus } from "./proxy_tunnel.ts";

/** The server's certificate is none of those that were handed over as trusted. */
export class NotPinned extends HttpFailure {}

/** The runtime does not show the server's certificate, so nothing can be said of it. */
export class CertificateHidden extends HttpFailure {}

const REFUSALS: Readonly<Record<Exclude<PinVerdict, "trusted">, readonly [string, string?]>> = {
  other: ["it is none of the trusted ones"],
  hidden: [
    "this build of the program cannot compare it with the trusted ones",
    "Use a certificate that an authority of its own signed, and hand that authority over instead",
  ],
  wrong_name: [
    "it was made out to another host name",
    "Check the host in the URL; the server's owner must get a certificate that names it",
  ],
  expired: ["it has expired", "The server's owner must renew it"],
  not_yet_valid: ["it is not valid yet", "Check this machine's clock"],
};

/** Connects to one server whose certificate is itself a trusted one. */
export class PinnedConnector implements WireRuntime {
  readonly now = SYSTEM_WIRE_RUNTIME.now;
  readonly alarm = SYSTEM_WIRE_RUNTIME.alarm;
  readonly #url: URL;
  readonly #proxy: URL | undefined;
  readonly #options: HttpClientOptions;
  readonly #trusted: readonly Uint8Array[];

  /** @param url any URL of the server */
  constructor(url: URL, options: HttpClientOptions) {
    this.#url = url;
    this.#proxy = options.proxyFor(url);
    this.#options = options;
    this.#trusted = options.trustedCertificates.flatMap(certificatesOf);
  }

  /** The addresses of a host; behind a proxy only the proxy knows them. */
  lookup(hostname: string, family: 0 | 4): Promise<readonly string[]> {
    if (this.#proxy === undefined) return SYSTEM_WIRE_RUNTIME.lookup(hostname, family);
    return Promise.resolve([hostname]);
  }

  /**
   * Connects, and compares certificates before it hands the connection over: no byte of a request
   * has been sent by then.
   * @throws {HttpFailure} with delivery `not_sent`; {@linkcode NotPinned} for a foreign certificate
   */
  async connect(address: string, port: number, signal: AbortSignal): Promise<WireSocket> {
    const sockets: net.Socket[] = [];
    const destroy = () => {
      for (const socket of sockets) socket.destroy();
    };
    signal.addEventListener("abort", destroy);
    try {
      const socket = await this.#connect(address, port, sockets);
      if (signal.aborted) throw new Error("The attempt was given up");
      return new PinnedSocket(socket);
    } catch (error) {
      destroy();
      // The wire knows what the operating system's codes mean.
      if (error instanceof HttpFailure || isSystemError(error)) throw error;
      throw failure(this.#url, "tls", "the TLS handshake failed");
    } finally {
      signal.removeEventListener("abort", destroy);
    }
  }

  async #connect(address: string, port: number, sockets: net.Socket[]): Promise<tls.TLSSocket> {
    const url = this.#url;
    const socket = this.#proxy === undefined
      ? tls.connect({ ...this.#tlsOptions(url), host: address, port })
      : await this.#connectThrough(this.#proxy, url, sockets);
    sockets.push(socket);
    await happened(socket, "secureConnect");
    this.#judge(url, socket.getPeerCertificate(true));
    socket.setNoDelay(true);
    return socket;
  }

  #tlsOptions(url: URL): tls.ConnectionOptions {
    const { certificate, key } = this.#options.clientCertificate ?? {};
    const host = hostOf(url);
    return {
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ...(certificate === undefined ? {} : { cert: certificate, key }),
      ALPNProtocols: ["http/1.1"],
      // The runtime cannot be told to trust such a certificate; it is compared below instead.
      rejectUnauthorized: false,
    };
  }

  #judge(url: URL, peer: PeerCertificate): void {
    const { hostname } = url;
    const verdict = judgePinned(peer, this.#trusted, { hostname, wallTime: Date.now() });
    if (verdict === "trusted") return;
    const [reason, hint] = REFUSALS[verdict];
    const message = `Cannot reach "${url.origin}": ` +
      `the certificate of "${hostname}" is refused: ${reason}`;
    throw new (failureClass(verdict))(
      "tls",
      "not_sent",
      message,
      hint === undefined ? {} : { hint },
    );
  }

  async #connectThrough(proxy: URL, url: URL, sockets: net.Socket[]): Promise<tls.TLSSocket> {
    if (proxy.protocol !== "http:") {
      const reason = `a proxy of the kind "${proxy.protocol}" cannot be used for a certificate ` +
        `that is its own authority`;
      throw failure(url, "proxy", reason, "Use an http:// proxy, or name the host in NO_PROXY");
    }
    const socket = net.connect({ host: hostOf(proxy), port: Number(proxy.port || 80) });
    sockets.push(socket);
    try {
      await happened(socket, "connect");
      socket.write(tunnelRequest(`${url.hostname}:${url.port || 443}`, proxy));
      return await afterHead(socket, (head) => {
        const status = tunnelStatus(head);
        if (status !== undefined && status >= 200 && status < 300) {
          return tls.connect({ ...this.#tlsOptions(url), socket });
        }
        throw failure(url, "proxy", `the proxy refused the tunnel (${status ?? "no HTTP"})`);
      });
    } catch (error) {
      if (error instanceof HttpFailure) throw error;
      throw failure(url, "proxy", "the proxy cannot be reached");
    }
  }
}

/** The host of a URL as sockets want it: IPv6 without brackets. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

function failureClass(verdict: PinVerdict): typeof HttpFailure {
  if (verdict === "other") return NotPinned;
  return verdict === "hidden" ? CertificateHidden : HttpFailure;
}

/** Resolves at an event of a socket, rejects when it fails or ends before. */
function happened(socket: net.Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve());
    // Kept for good: an error that nobody listens to would end the process.
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("The connection was closed")));
  });
}

/**
 * Waits for the header section of a proxy's answer, behind which nothing may follow: in TLS the
 * client speaks first.
 * @param act is called within the event that brings the end of it: a handshake that begins any later
 *   hangs, because the runtime has begun to read again by then (Deno 2.6)
 */
function afterHead<T>(socket: net.Socket, act: (head: string) => T): Promise<T> {
  return new Promise((resolve, reject) => {
    let head = "";
    const onData = (chunk: Uint8Array) => {
      for (const byte of chunk) head += String.fromCharCode(byte);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0 && head.length < LONGEST_TUNNEL_HEAD) return;
      socket.off("data", onData);
      try {
        if (end < 0 || end + 4 < head.length) throw new Error("The proxy says too much");
        resolve(act(head));
      } catch (error) {
        reject(error);
      }
    };
    socket.on("data", onData);
    socket.once("close", () => reject(new Error("The connection was closed")));
  });
}

/**
 * Whether an error has a code of the operating system or of the resolver that tells of the TCP
 * connection. A reset comes only later: it is the server's answer to the handshake.
 */
function isSystemError(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  const code = String(error.code);
  return /^E[A-Z]+(_|$)/.test(code) && !/^(ERR_|ECONNRESET$|EPIPE$)/.test(code);
}

function failure(url: URL, kind: HttpFailureKind, reason: string, hint?: string): HttpFailure {
  const message = `Cannot reach "${url.origin}": ${reason}`;
  return new HttpFailure(kind, "not_sent", message, hint === undefined ? {} : { hint });
}
