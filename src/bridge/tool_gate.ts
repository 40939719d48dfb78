import type { Span } from "../jsonrpc/envelope.ts";
import type { Frame, JsonValue } from "../jsonrpc/frame.ts";
import { errorFrame, INTERNAL_ERROR, INVALID_PARAMS } from "../jsonrpc/error_frame.ts";
import { objectOf } from "../jsonrpc/json_object.ts";
import { withSpan } from "../jsonrpc/message_frame.ts";
import { TOOLS_CALL } from "../mcp/methods.ts";
import type { ToolFilter } from "./tool_filter.ts";

/** The tool that a `tools/call` names; `undefined` for another request. */
function calledTool(request: Frame): string | undefined {
  if (request.envelope.kind !== "request" || request.envelope.method !== TOOLS_CALL) {
    return undefined;
  }
  const name = objectOf(request.json()["params"])?.["name"];
  return typeof name === "string" ? name : undefined;
}

/**
 * The refusal of a call to a tool that the user has hidden; `undefined` for all other requests.
 * The code is that of an unknown tool (2025-11-25, server/tools, "Error Handling").
 */
export function refusalOf(request: Frame, allowed: ToolFilter): Frame | undefined {
  const tool = calledTool(request);
  if (tool === undefined || allowed(tool) || request.envelope.kind !== "request") return undefined;
  return errorFrame(request.envelope.id, {
    code: INVALID_PARAMS,
    message: `Cannot call tool "${tool}": the flags --ignore-tool and --allow-tool hide it`,
  });
}

/**
 * The answer to `tools/list` without the tools that the user has hidden; an error for a list that
 * cannot be written anew (nested deeper than the runtime can follow), since it must not show them.
 */
export function withoutHiddenTools(response: Frame, allowed: ToolFilter): Frame {
  if (response.envelope.kind !== "result") return response;
  try {
    return filtered(response, response.envelope.resultSpan, allowed);
  } catch (error) {
    return errorFrame(response.envelope.id, {
      code: INTERNAL_ERROR,
      message: `Cannot leave the hidden tools out of the list: ${error}`,
    });
  }
}

function filtered(response: Frame, resultSpan: Span, allowed: ToolFilter): Frame {
  const result = objectOf(response.json()["result"]);
  const tools = result?.["tools"];
  if (result === undefined || !Array.isArray(tools)) return response;
  const kept = tools.filter((tool: JsonValue) => {
    const name = objectOf(tool)?.["name"];
    return typeof name !== "string" || allowed(name);
  });
  if (kept.length === tools.length) return response;
  return withSpan(response, resultSpan, { ...result, tools: kept });
}
