import { errorFrame, METHOD_NOT_FOUND } from "../jsonrpc/error_frame.ts";
import type { Frame } from "../jsonrpc/frame.ts";
import { objectOf } from "../jsonrpc/json_object.ts";
import { MODERN_ERROR_CODES } from "../mcp/error_codes.ts";
import { DISCOVER } from "../mcp/methods.ts";

/**
 * The answer to a `server/discover` that a server of the legacy era refuses in its own way: "method not
 * found" (2026-07-28, stdio, "Backward Compatibility"), so that every client goes on with `initialize`.
 */
export function asProbeAnswer(response: Frame): Frame {
  const { envelope } = response;
  if (envelope.kind !== "error" || envelope.id === undefined) return response;
  const error = objectOf(response.json()["error"]);
  const code = error?.["code"];
  if (code === METHOD_NOT_FOUND || (typeof code === "number" && MODERN_ERROR_CODES.has(code))) {
    return response;
  }
  const message = typeof error?.["message"] === "string" ? error["message"] : "";
  return errorFrame(envelope.id, {
    code: METHOD_NOT_FOUND,
    message: `Method not found: ${DISCOVER}`,
    data: { server: message },
  });
}
