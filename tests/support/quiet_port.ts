import { mcpRemoteHash, mcpRemotePort } from "../../src/credentials/mcp_remote_hash.ts";

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
