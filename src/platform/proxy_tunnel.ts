/** The longest header section of a proxy's answer that is read, in bytes. */
export const LONGEST_TUNNEL_HEAD = 16 * 1024;

/**
 * The request that asks an HTTP proxy for a tunnel (RFC 9110, section 9.3.6).
 * @param authority `host:port`, an IPv6 address in brackets
 * @param proxy the proxy; credentials in its URL go into `Proxy-Authorization`
 */
export function tunnelRequest(authority: string, proxy: URL): Uint8Array<ArrayBuffer> {
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`];
  if (proxy.username !== "" || proxy.password !== "") {
    const user = decodeURIComponent(proxy.username);
    const credentials = new TextEncoder().encode(`${user}:${decodeURIComponent(proxy.password)}`);
    lines.push(`Proxy-Authorization: Basic ${btoa(String.fromCharCode(...credentials))}`);
  }
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}

/** The status of a proxy's answer; `undefined` when it is not HTTP. */
export function tunnelStatus(head: string): number | undefined {
  const status = /^HTTP\/1\.[01] ([0-9]{3})\b/.exec(head)?.[1];
  return status === undefined ? undefined : Number(status);
}
