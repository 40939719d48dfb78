/** A way to the server that is measured. Messages are whole JSON-RPC messages without newline. */
export interface Session extends AsyncDisposable {
  /** The process to look at, if the way is one. */
  readonly pid: number | undefined;
  /** Sends a request and waits for its answer. */
  roundTrip(message: string): Promise<Uint8Array>;
  /** Sends a notification. */
  notify(message: string): Promise<void>;
  /** Makes `count` requests, never more than `width` open at once. */
  pipeline(count: number, width: number, message: (index: number) => string): Promise<void>;
  /** Sends a request whose answer comes after `events` notifications, and waits for all. */
  stream(message: string, events: number): Promise<void>;
}

/** One of the things that are compared. */
export interface Subject {
  readonly name: "direct" | "causeway" | "mcp-remote";
  /** Starts it; nothing has been sent yet. */
  open(url: string): Session;
}

/** The first message of every session. */
export const INITIALIZE: string = JSON.stringify({
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "bench", version: "1.0.0" },
  },
});

/** A call of a tool of the benchmarks' server. */
export function call(id: number, name: string, args: Record<string, unknown>): string {
  const params = { name, arguments: args };
  return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
}

/** Opens a session and completes the handshake. */
export async function openReady(subject: Subject, url: string): Promise<Session> {
  const session = subject.open(url);
  await session.roundTrip(INITIALIZE);
  await session.notify('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  return session;
}
