import type { JsonObject, JsonValue } from "../../../src/jsonrpc/frame.ts";

/** A message that is an object, or `undefined`. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : undefined;
}

/** A member of a value that may be no object at all. */
export function member(value: unknown, ...path: readonly string[]): JsonValue | undefined {
  let current: unknown = value;
  for (const name of path) current = asObject(current)?.[name];
  return current as JsonValue | undefined;
}

/** The method of a message, or "" for a response. */
export function methodOf(message: unknown): string {
  const method = member(message, "method");
  return typeof method === "string" ? method : "";
}

/** Whether the message asks for an answer. */
export function isRequest(message: JsonObject): boolean {
  return "method" in message && message["id"] !== undefined;
}

/** Whether the message is an answer. */
export function isResponse(message: JsonObject): boolean {
  return "result" in message || "error" in message;
}

/** A JSON-RPC failure thrown by a method. */
export class MethodError extends Error {
  override readonly name = "MethodError";

  constructor(readonly code: number, message: string) {
    super(message);
  }
}

/** An error response. */
export function errorResponse(id: JsonValue, code: number, message: string): JsonObject {
  return { jsonrpc: "2.0", id, error: { code, message } };
}
