import type { RequestId } from "../jsonrpc/envelope.ts";
import { errorFrame, type JsonRpcError, resultFrame } from "../jsonrpc/error_frame.ts";
import type { Frame, JsonObject, JsonValue } from "../jsonrpc/frame.ts";
import { objectOf } from "../jsonrpc/json_object.ts";
import { AUTHORIZATION_FAILED } from "../mcp/error_codes.ts";
import { LISTED_MEMBER, TOOLS_CALL } from "../mcp/methods.ts";

/** The tool that stands for the server until the user has signed in. */
export const SIGN_IN_TOOL = "sign_in";

/** Revisions with a handshake, which an answer of our own may name. */
const LEGACY_VERSIONS = new Set(["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]);

/**
 * Our own answer to `initialize`, given while the user signs in: everything may still change, so all
 * three lists are announced as changing.
 */
export function provisionalInitializeResult(initialize: Frame, server: URL): JsonObject {
  const asked = objectOf(initialize.json()["params"])?.["protocolVersion"];
  return {
    protocolVersion: typeof asked === "string" && LEGACY_VERSIONS.has(asked) ? asked : "2025-11-25",
    capabilities: {
      tools: { listChanged: true },
      prompts: { listChanged: true },
      resources: { listChanged: true },
    },
    serverInfo: { name: server.host, version: "0" },
    instructions:
      `The server ${server.host} asks the user to sign in first. Until then it offers one tool, ` +
      `${SIGN_IN_TOOL}, which gives the link to show to the user; afterwards its own tools appear.`,
  };
}

/** The list that the client sees until the user has signed in; `undefined` for other methods. */
export function provisionalList(method: string, server: URL): JsonObject | undefined {
  const member = LISTED_MEMBER[method];
  if (member === undefined) return undefined;
  return { [member]: member === "tools" ? [signInTool(server)] : [] };
}

/** The methods of the lists that our answer announced and the server's does not. */
export function absentLists(initializeResponse: Frame): readonly string[] {
  const result = objectOf(initializeResponse.json()["result"]);
  const capabilities = objectOf(result?.["capabilities"]) ?? {};
  return Object.entries(LISTED_MEMBER).filter(([, member]) => {
    const capability = member === "resourceTemplates" ? "resources" : member;
    return capabilities[capability] === undefined;
  }).map(([method]) => method);
}

function signInTool(server: URL): JsonValue {
  return {
    name: SIGN_IN_TOOL,
    title: "Sign in",
    description: `The server ${server.host} asks the user to sign in before it offers its tools. ` +
      "Call this tool for the sign-in link and show it to the user; when the user is done, the " +
      "server's own tools take this one's place.",
    inputSchema: { type: "object", properties: {}, additionalProperties: false },
    annotations: { title: "Sign in", readOnlyHint: true, openWorldHint: true },
  };
}

/** Whether the request calls the tool that stands for the server. */
export function callsSignIn(request: Frame): boolean {
  if (request.envelope.kind !== "request" || request.envelope.method !== TOOLS_CALL) return false;
  return objectOf(request.json()["params"])?.["name"] === SIGN_IN_TOOL;
}

/** The answer to a call of that tool. */
export function signInAnswer(id: RequestId, text: string): Frame {
  return resultFrame(id, { content: [{ type: "text", text }], isError: false });
}

/** What helps when the server's answer to the handshake was an error. */
export const TRY_AGAIN = `Call the tool ${SIGN_IN_TOOL} to try once more.`;

/** What an error of the server says; for one that says nothing, that there was one. */
export function failureOf(response: Frame): JsonRpcError {
  const said = objectOf(response.json()["error"]);
  const { code, message } = said ?? {};
  return {
    ...said,
    code: typeof code === "number" ? code : AUTHORIZATION_FAILED,
    message: typeof message === "string" ? message : "The server refused the connection",
  };
}

/** The answer to a request when the server's answer to the handshake was an error. */
export function signInOver(id: RequestId, failure: JsonRpcError): Frame {
  return errorFrame(id, { ...failure, message: `${failure.message}. ${TRY_AGAIN}` });
}

/** The answer to a request that has to wait for the sign-in longer than its client may wait for it. */
export function signInFirst(id: RequestId, method: string, what: string): Frame {
  return errorFrame(id, {
    code: AUTHORIZATION_FAILED,
    message: `Cannot complete "${method}" before signing in. ${what}`,
    data: { method, hint: what },
  });
}
