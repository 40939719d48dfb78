import type { Envelope } from "./envelope.ts";

/** A JSON object, as parsed. */
export type JsonObject = { readonly [member: string]: JsonValue };
/** Any JSON value, as parsed. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** One JSON-RPC message (or a batch) as exact bytes, with what its top-level members say. */
export interface Frame {
  /** One line of UTF-8 without its newline, as received but for control characters (see `singleLine`). */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly envelope: Envelope;
  /** The message parsed, on demand and once. */
  json(): JsonObject;
}
