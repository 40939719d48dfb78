import type { McpRemoteIdentity } from "../credentials/mcp_remote_hash.ts";
import type { ClientCertificate, HttpHeader } from "../platform/http_client.ts";
import type { SignInOptions } from "./sign_in_options.ts";

/** Which bindings are tried, and in which order; the first is the default. */
export const TRANSPORT_STRATEGIES = ["http-first", "sse-first", "http-only", "sse-only"] as const;
/** One of {@linkcode TRANSPORT_STRATEGIES}. */
export type TransportStrategy = (typeof TRANSPORT_STRATEGIES)[number];

/** Whether both eras are expected of the server (`auto`, the default) or only the legacy one. */
export const PROTOCOL_MODES = ["auto", "legacy"] as const;
/** One of {@linkcode PROTOCOL_MODES}. */
export type ProtocolMode = (typeof PROTOCOL_MODES)[number];

/** Where a header field of the user comes from, in the order given; a later one of that name wins. */
export type HeaderSource =
  | { readonly kind: "field"; readonly field: HttpHeader }
  | { readonly kind: "file"; readonly path: string };

/** Bounds on waiting, in milliseconds; 0 means no limit. */
export interface BridgeTimeouts {
  /** Longest wait for a TCP and TLS connection. */
  readonly connect: number;
  /** Longest wait for the header section of a reply. */
  readonly headers: number;
  /** Longest silence within the body of a reply. */
  readonly body: number;
  /** Silence after which the stream on which the server speaks unasked is opened anew. */
  readonly listening: number;
  /** How long `initialize` may stay unanswered while the server is not there. */
  readonly start: number;
}

/** Which tools the client may see and call; patterns as {@linkcode toolFilter} takes them. */
export interface ToolPatterns {
  /** When not empty, only tools that match one of these. */
  readonly allow: readonly string[];
  /** Never tools that match one of these, allowed or not. */
  readonly ignore: readonly string[];
}

/** Everything that one bridge is told: validated, files read, defaults made. */
export interface BridgeOptions {
  /** `https`, or `http` to loopback or with `--allow-http`; no user information, no fragment. */
  readonly serverUrl: URL;
  readonly allowHttp: boolean;
  readonly transport: TransportStrategy;
  readonly protocol: ProtocolMode;
  /** The user's header fields as they stand at start: one field a name, variables filled in. */
  readonly headers: readonly HttpHeader[];
  /** What {@linkcode headers} was made of, to read header files again. */
  readonly headerSources: readonly HeaderSource[];
  readonly keepCookies: boolean;
  readonly timeouts: BridgeTimeouts;
  /** Period of our own pings to the server in milliseconds; `undefined`: none are sent. */
  readonly pingInterval: number | undefined;
  /** The largest message in either direction, in bytes. */
  readonly maxMessageBytes: number;
  readonly tools: ToolPatterns;
  /** Whether the pages of a list are joined into one answer. */
  readonly mergePages: boolean;
  /** PEM certificates to trust beside the system's: `--ca-cert`, NODE_EXTRA_CA_CERTS, SSL_CERT_FILE. */
  readonly trustedCertificates: readonly string[];
  readonly clientCertificate: ClientCertificate | undefined;
  readonly ipv4Only: boolean;
  readonly signIn: SignInOptions;
  /** The folder of credentials and debug logs; `undefined` when no home directory is known. */
  readonly configFolder: string | undefined;
  /** Its hash names the debug log and the credentials that mcp-remote stored. */
  readonly mcpRemoteIdentity: McpRemoteIdentity;
  readonly debug: boolean;
  /** Only errors and what the user must act on go to standard error. */
  readonly silent: boolean;
}
