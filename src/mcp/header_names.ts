/** The session of a client with a server (2025-11-25, transports, "Session Management"). */
export const SESSION_ID = "mcp-session-id";
/** The negotiated protocol version (2025-11-25, transports, "Protocol Version Header"). */
export const PROTOCOL_VERSION = "mcp-protocol-version";
/** Where to resume a stream (HTML standard; 2025-11-25, transports, "Resumability and Redelivery"). */
export const LAST_EVENT_ID = "last-event-id";
/** The method of a message (2026-07-28, Streamable HTTP, "Standard Request Headers"). */
export const METHOD = "mcp-method";
/** What a request is about: the tool, prompt or resource (2026-07-28, as above). */
export const NAME = "mcp-name";

export const JSON_TYPE = "application/json";
export const EVENT_STREAM_TYPE = "text/event-stream";
/** What a client must accept as the reply to a POST (2025-11-25, transports, "Sending Messages"). */
export const ACCEPT_BOTH = `${JSON_TYPE}, ${EVENT_STREAM_TYPE}`;
