import { md5 } from "./md5.ts";

/** The settings that mcp-remote tells servers apart by, each as it stands on its command line. */
export interface McpRemoteIdentity {
  /** The URL as typed. */
  readonly server: string;
  /** `--resource`. */
  readonly resource?: string;
  /** `--header`, with `${VARIABLES}` not yet replaced. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `--authorize-param`. */
  readonly authorizeParameters?: Readonly<Record<string, string>>;
  /** `--client-metadata-url`. */
  readonly clientMetadataUrl?: string;
  /** `--token-endpoint`. */
  readonly tokenEndpoint?: string;
}

/** The name under which mcp-remote (0.15.1, `getServerUrlHash`) files what belongs to a server. */
export function mcpRemoteHash(identity: McpRemoteIdentity): string {
  const parts = [
    identity.server,
    identity.resource,
    sortedJson(identity.authorizeParameters),
    sortedJson(identity.headers),
    identity.clientMetadataUrl,
    identity.tokenEndpoint,
  ];
  return md5(parts.filter((part) => part !== undefined && part !== "").join("|"));
}

/** The callback port that mcp-remote (0.15.1, `calculateDefaultPort`) derives from that name: 3335 to 49150. */
export function mcpRemotePort(hash: string): number {
  return 3335 + Number.parseInt(hash.slice(0, 4), 16) % 45816;
}

function sortedJson(values: Readonly<Record<string, string>> | undefined): string | undefined {
  const keys = Object.keys(values ?? {}).sort();
  return keys.length === 0 ? undefined : JSON.stringify(values, keys);
}
