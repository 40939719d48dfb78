import type { JsonObject, JsonValue } from "./frame.ts";

/** The value as a JSON object; `undefined` when it is anything else. */
export function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as JsonObject
    : undefined;
}
