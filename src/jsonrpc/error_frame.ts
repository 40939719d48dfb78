import type { RequestId } from "./envelope.ts";
import type { Frame, JsonValue } from "./frame.ts";
import { readFrame } from "./message_frame.ts";

const encoder = new TextEncoder();

/** What a JSON-RPC error says (JSON-RPC 2.0, section 5.1). */
export interface JsonRpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: JsonValue;
}

/** JSON-RPC 2.0's own error codes, section 5.1. */
export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;

/** The error response to the request `id`; `undefined` for a message whose id could not be made out. */
export function errorFrame(id: RequestId | undefined, error: JsonRpcError): Frame {
  // The id is spliced in as text, so that a large number keeps its digits.
  const text = `{"jsonrpc":"2.0","id":${id ?? "null"},"error":${JSON.stringify(error)}}`;
  return readFrame(encoder.encode(text));
}

/** The successful response to the request `id`. */
export function resultFrame(id: RequestId, result: JsonValue): Frame {
  return readFrame(
    encoder.encode(`{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result)}}`),
  );
}

/** A notification of our own. */
export function notificationFrame(method: string, params?: JsonValue): Frame {
  return readFrame(
    encoder.encode(
      JSON.stringify({ jsonrpc: "2.0", method, ...(params === undefined ? {} : { params }) }),
    ),
  );
}
