import type { Frame } from "../jsonrpc/frame.ts";
import { objectOf } from "../jsonrpc/json_object.ts";
import { METHOD, NAME, PROTOCOL_VERSION } from "./header_names.ts";

const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const SENTINEL = /^=\?base64\?.*\?=$/i;

/**
 * The header fields that mirror a request of the 2026-07-28 era (Streamable HTTP, "Request Metadata");
 * `undefined` for a message of an earlier era, which carries no protocol version in its `_meta`.
 */
export function mirroredHeaders(
  frame: Frame,
): readonly (readonly [name: string, value: string])[] | undefined {
  const { envelope } = frame;
  if (envelope.kind !== "request" && envelope.kind !== "notification") return undefined;
  const params = objectOf(frame.json()["params"]);
  const version = objectOf(params?.["_meta"])?.[VERSION_KEY];
  if (typeof version !== "string" || !PLAIN.test(version)) return undefined;
  const headers: [string, string][] = [
    [PROTOCOL_VERSION, version],
    [METHOD, encodeHeaderValue(envelope.method)],
  ];
  const name = params?.["name"] ?? params?.["uri"];
  if (NAMED_METHODS.has(envelope.method) && typeof name === "string") {
    headers.push([NAME, encodeHeaderValue(name)]);
  }
  return headers;
}

const NAMED_METHODS = new Set(["tools/call", "resources/read", "prompts/get"]);

/** A value as a header field can carry it: plain ASCII as it is, all else in the base64 sentinel form. */
export function encodeHeaderValue(value: string): string {
  if (PLAIN.test(value) && !SENTINEL.test(value)) return value;
  const bytes = new TextEncoder().encode(value);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `=?base64?${btoa(binary)}?=`;
}
