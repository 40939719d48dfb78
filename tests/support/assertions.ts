import { assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonObject, JsonValue } from "../../src/jsonrpc/frame.ts";
import { member } from "./fake_server/rpc.ts";

/** What an error that a person must act on has to name. */
export interface Explanation {
  readonly url?: URL;
  readonly status?: number;
  /** A pattern in its text. */
  readonly says?: RegExp;
  readonly code?: number;
}

/** The text of a tool's result. */
export function textOf(response: JsonObject): string {
  const content = member(response, "result", "content");
  const first = Array.isArray(content) ? member(content[0], "text") : undefined;
  if (typeof first === "string") return first;
  throw new Error(`This is no result with a text: ${JSON.stringify(response).slice(0, 500)}`);
}

/** The error of a response. */
export function errorOf(
  response: JsonObject,
): { readonly code: JsonValue; readonly message: string } {
  const code = member(response, "error", "code");
  const message = member(response, "error", "message");
  if (code !== undefined && typeof message === "string") return { code, message };
  throw new Error(`This is no error: ${JSON.stringify(response).slice(0, 500)}`);
}

/** Asserts that a response is an error with all that its reader needs: where, what, and what to do. */
export function assertExplains(response: JsonObject, wanted: Explanation): void {
  const { code, message } = errorOf(response);
  if (wanted.url !== undefined) assertStringIncludes(message, wanted.url.href);
  if (wanted.status !== undefined) assertStringIncludes(message, `HTTP ${wanted.status}`);
  if (wanted.code !== undefined) assertEquals(code, wanted.code, message);
  if (wanted.says !== undefined && !wanted.says.test(message)) {
    throw new Error(`The error does not say ${wanted.says}: ${message}`);
  }
  assertStringIncludes(message, "Hint: ");
}
