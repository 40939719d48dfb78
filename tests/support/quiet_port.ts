import { mcpRemoteHash, mcpRemotePort } from "../../src/credentials/mcp_remote_hash.ts";

const LOWEST = 20_000;
const HIGHEST = 29_999;

/**
 * A port on which nobody listens, to be listened on later or twice. It lies below those that systems
 * give to outgoing connections and to whoever asks for any port, so that in the meantime nobody takes
 * it by chance, and no attempt to connect to it meets itself.
 */
export function quietPort(): number {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** Where Linux begins to take ports for outgoing connections, any of which may hold one for a while. */
const EPHEMERAL = 32_768;

/**
 * The URL with a query for which the sign-in's stable port lies below the ports of outgoing connections,
 * for sign-ins that must have that very port.
 */
export function withQuietPort(url: string, clientMetadataUrl?: string): string {
  for (let number = 0;; number++) {
    const server = `${url}?n=${number}`;
    const rest = clientMetadataUrl === undefined ? {} : { clientMetadataUrl };
    if (mcpRemotePort(mcpRemoteHash({ server, ...rest })) < EPHEMERAL) return server;
  }
}
