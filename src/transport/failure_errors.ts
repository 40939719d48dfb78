import { CausewayError, JSON_RPC_CODES } from "../errors.ts";
import { displayUrl } from "../http/addresses.ts";
import type { JsonRpcError } from "../jsonrpc/error_frame.ts";
import type { JsonObject, JsonValue } from "../jsonrpc/frame.ts";
import { AUTHORIZATION_FAILED, SERVER_UNREACHABLE } from "../mcp/error_codes.ts";
import type { HttpFailure } from "../platform/http_client.ts";

/** What was being done when it failed: the method, the server, and whether it may have been done. */
export interface FailedRequest {
  readonly method: string;
  readonly url: URL;
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** The status with its name, for people. */
export function statusText(status: number): string {
  const name = STATUS_TEXT[status];
  return name === undefined ? `HTTP ${status}` : `HTTP ${status} (${name})`;
}

const MAY_HAVE_RUN = "the call may have run on the server; check before you repeat it";

const UNSEEN_HINT = "check that the server runs and can be reached from here, then try again";
const TOO_LARGE_HINT = "--max-message-size allows larger messages; the call has run on the server";

function build(
  request: FailedRequest,
  code: number,
  what: string,
  hint: string,
  data: JsonObject = {},
): JsonRpcError {
  const url = displayUrl(request.url);
  return {
    code,
    message: `Cannot complete "${request.method}" at "${url}": ${what}. Hint: ${hint}`,
    data: { url, method: request.method, hint, ...data },
  };
}

/** The exchange itself failed: no connection, no reply, or not a whole one. */
export function exchangeFailed(request: FailedRequest, failure: HttpFailure): JsonRpcError {
  const unseen = failure.delivery === "not_sent";
  const hint = failure.hint ?? (failure.kind === "too_large" ? TOO_LARGE_HINT : undefined) ??
    (unseen ? UNSEEN_HINT : MAY_HAVE_RUN);
  return build(request, codeOf(failure), failure.message, hint, {
    failure: failure.kind,
    mayHaveRun: !unseen,
  });
}

function codeOf({ cause }: HttpFailure): number {
  return cause instanceof CausewayError ? JSON_RPC_CODES[cause.code] : SERVER_UNREACHABLE;
}

/** A stream or reply ended in good order, but without the answer. */
export function endedWithoutAnswer(request: FailedRequest, what: string): JsonRpcError {
  return build(request, SERVER_UNREACHABLE, what, MAY_HAVE_RUN, { mayHaveRun: true });
}

/** A reply that is no MCP message. */
export interface ForeignReply {
  readonly status: number;
  readonly what: string;
  /** Where redirects led. */
  readonly redirectedTo?: URL;
}

/** The reply is no MCP message: a web page, another content type, broken JSON. */
export function notMcp(request: FailedRequest, reply: ForeignReply): JsonRpcError {
  const { status, what, redirectedTo } = reply;
  const answer = `${statusText(status)} with ${what}`;
  const [said, hint] = redirectedTo === undefined
    ? [`the server answered ${answer}`, "check that the URL is the server's MCP endpoint"]
    : [
      `the server redirects to "${displayUrl(redirectedTo)}", which answered ${answer}`,
      "check the host name and the path of the URL",
    ];
  return build(
    request,
    SERVER_UNREACHABLE,
    said,
    `${hint} (it often ends in /mcp or /sse)`,
    { status },
  );
}

const REFUSAL_HINTS: Readonly<Record<number, string>> = {
  401: "the server wants credentials: give them with --header or --header-file",
  403:
    "the server does not allow this: check the host name in the URL, the headers and the account",
  404: "check the path of the URL; MCP endpoints often end in /mcp or /sse",
  405: "check the path of the URL; MCP endpoints often end in /mcp or /sse",
  413: "the message is larger than the server takes",
  429: "the server limits how often it may be asked: wait, then try again",
};

/** The reply's status refuses the request. `extract` is the redacted beginning of its text. */
export function refusedByStatus(
  request: FailedRequest,
  status: number,
  extract: string,
  retryAfter?: number,
): JsonRpcError {
  const code = status === 401 ? AUTHORIZATION_FAILED : SERVER_UNREACHABLE;
  const said = extract === "" ? "" : `: ${extract}`;
  const wait = retryAfter === undefined ? "" : ` after ${Math.ceil(retryAfter / 1000)} s`;
  const hint = REFUSAL_HINTS[status] ??
    (status >= 500
      ? `the server or something in front of it has a problem: try again${wait}`
      : "see what the server says");
  const data: Record<string, JsonValue> = { status };
  if (retryAfter !== undefined) data["retryAfterSeconds"] = Math.ceil(retryAfter / 1000);
  return build(request, code, `the server answered ${statusText(status)}${said}`, hint, data);
}

/** `initialize` has had no answer in the time given to it. */
export function startTimedOut(request: FailedRequest, timeout: number, last: string): JsonRpcError {
  return build(
    request,
    SERVER_UNREACHABLE,
    `no answer within ${Math.round(timeout / 1000)} s; ${last}`,
    "check that the server runs and can be reached from here; --start-timeout gives it longer",
  );
}

/** The bridge ends before the answer came, or before the request was sent. */
export function bridgeEnding(
  method: string,
  url: URL,
  delivery: HttpFailure["delivery"],
): JsonRpcError {
  const mayHaveRun = delivery === "unknown";
  const hint = mayHaveRun ? MAY_HAVE_RUN : "start it again, then try again";
  const what = "the bridge was told to end";
  return build({ method, url }, SERVER_UNREACHABLE, what, hint, { mayHaveRun });
}
