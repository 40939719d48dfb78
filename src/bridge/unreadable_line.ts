import type { RequestId } from "../jsonrpc/envelope.ts";
import { INTERNAL_ERROR, INVALID_REQUEST, PARSE_ERROR } from "../jsonrpc/error_frame.ts";
import { InvalidMessageError } from "../jsonrpc/scan_envelope.ts";
import { JsonSyntaxError } from "../jsonrpc/scan_value.ts";

/** How a line of the client that cannot be passed on is answered. */
export interface Unreadable {
  /** The id of the message, where one could be made out. */
  readonly id: RequestId | undefined;
  readonly code: number;
  readonly message: string;
}

/** Describes why a line could not be read as a message (JSON-RPC 2.0, section 5.1). */
export function describeUnreadable(error: unknown): Unreadable {
  if (error instanceof JsonSyntaxError) {
    const message = `Parse error: no JSON at byte ${error.offset}`;
    return { id: undefined, code: PARSE_ERROR, message };
  }
  if (error instanceof InvalidMessageError) {
    const message = `Invalid request: ${error.message}`;
    return { id: error.id, code: INVALID_REQUEST, message };
  }
  return { id: undefined, code: INTERNAL_ERROR, message: `Internal error: ${String(error)}` };
}

/** Whether a line holds nothing but white space. */
export function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a);
}
