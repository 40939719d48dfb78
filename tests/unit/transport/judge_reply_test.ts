import { assertEquals } from "@std/assert";
import { readFrame } from "../../../src/jsonrpc/message_frame.ts";
import {
  isLostSessionError,
  judgeRefusal,
  type Refusal,
  replyForm,
  speaksOfLostSession,
} from "../../../src/transport/judge_reply.ts";

const encode = (text: string) => new TextEncoder().encode(text);

const FORMS: readonly (readonly [status: number, type: string | undefined, form: string])[] = [
  [200, "application/json", "json"],
  [200, "Application/JSON; charset=utf-8", "json"],
  [200, "application/problem+json", "json"],
  [200, "text/event-stream;charset=utf-8", "event_stream"],
  [200, "text/html", "other"],
  [200, undefined, "other"],
  [202, undefined, "empty"],
  [202, "application/json", "empty"],
  [204, undefined, "empty"],
  [301, "text/html", "refusal"],
  [404, "application/json", "refusal"],
  [500, undefined, "refusal"],
];

for (const [status, type, form] of FORMS) {
  Deno.test(`replyForm() says ${form} for ${status} with ${type}`, () =>
    assertEquals(replyForm(status, type), form));
}

interface RefusalRow {
  readonly name: string;
  readonly status: number;
  readonly body?: string;
  readonly hadSession?: boolean;
  readonly initialized?: boolean;
  readonly challenged?: boolean;
  readonly refusal: Refusal;
}

function error(code: number, message: string): string {
  return JSON.stringify({ jsonrpc: "2.0", id: null, error: { code, message } });
}

const live = { hadSession: true, initialized: true };

const REFUSALS: readonly RefusalRow[] = [
  { name: "400 to the opening request", status: 400, refusal: "other_binding" },
  { name: "404 to the opening request", status: 404, refusal: "other_binding" },
  { name: "405 to the opening request", status: 405, refusal: "other_binding" },
  { name: "406 to the opening request", status: 406, refusal: "other_binding" },
  { name: "415 to the opening request", status: 415, refusal: "other_binding" },
  {
    name: "400 with UnsupportedProtocolVersion",
    status: 400,
    body: error(-32022, "Unsupported protocol version"),
    refusal: "modern",
  },
  {
    name: "400 with HeaderMismatch",
    status: 400,
    body: error(-32020, "Header mismatch"),
    refusal: "modern",
  },
  { name: "401 with a challenge", status: 401, challenged: true, refusal: "unauthorized" },
  { name: "401 without a challenge", status: 401, refusal: "unauthorized" },
  {
    name: "401 with a challenge in a session",
    status: 401,
    challenged: true,
    body: "unknown session",
    ...live,
    refusal: "unauthorized",
  },
  { name: "403 with a challenge", status: 403, challenged: true, refusal: "unauthorized" },
  { name: "403", status: 403, refusal: "refused" },
  { name: "429", status: 429, refusal: "unavailable" },
  { name: "502", status: 502, refusal: "unavailable" },
  { name: "503", status: 503, ...live, refusal: "unavailable" },
  { name: "504", status: 504, refusal: "unavailable" },
  { name: "500", status: 500, refusal: "refused" },
  {
    name: "500 with a JSON-RPC error",
    status: 500,
    body: error(-32603, "boom"),
    refusal: "answered",
  },
  { name: "404 in a session", status: 404, ...live, refusal: "session_lost" },
  {
    name: "404 with HTML in a session",
    status: 404,
    body: "<html>",
    ...live,
    refusal: "session_lost",
  },
  {
    name: "404 after a handshake without a session id",
    status: 404,
    initialized: true,
    refusal: "other_binding",
  },
  {
    name: "400 'No valid session ID provided'",
    status: 400,
    body: error(-32000, "Bad Request: No valid session ID provided"),
    ...live,
    refusal: "session_lost",
  },
  {
    name: "400 'Server not initialized'",
    status: 400,
    body: error(-32000, "Bad Request: Server not initialized"),
    ...live,
    refusal: "session_lost",
  },
  {
    name: "400 'Invalid session ID' as text",
    status: 400,
    body: "Invalid session ID",
    ...live,
    refusal: "session_lost",
  },
  {
    name: "400 'Mcp-Session-Id header is required'",
    status: 400,
    body: "Mcp-Session-Id header is required",
    ...live,
    refusal: "session_lost",
  },
  {
    name: "401 'unknown session' without a challenge",
    status: 401,
    body: '{"error":"unknown session"}',
    ...live,
    refusal: "session_lost",
  },
  {
    name: "410 'session expired'",
    status: 410,
    body: "session expired",
    ...live,
    refusal: "session_lost",
  },
  {
    name: "400 about something else in a session",
    status: 400,
    body: error(-32602, "Invalid params"),
    ...live,
    refusal: "other_binding",
  },
  {
    name: "400 'Server not initialized' to the opening request",
    status: 400,
    body: error(-32000, "Server not initialized"),
    refusal: "other_binding",
  },
];

for (const row of REFUSALS) {
  Deno.test(`judgeRefusal() says ${row.refusal} for ${row.name}`, () => {
    const text = row.body ?? "";
    const isError = text.startsWith('{"jsonrpc"');
    assertEquals(
      judgeRefusal({
        status: row.status,
        text,
        error: isError ? readFrame(encode(text)) : undefined,
        hadSession: row.hadSession ?? false,
        initialized: row.initialized ?? false,
        challenged: row.challenged ?? false,
      }),
      row.refusal,
    );
  });
}

const ERRORS: readonly (readonly [code: number, message: string, lost: boolean])[] = [
  [-32600, "Session not found", true],
  [-32000, "Bad Request: Server not initialized", true],
  [-32001, "Session terminated", true],
  [-32602, "Received request before initialization was complete", true],
  [-32602, "Invalid request parameters", false],
  [-32603, "Your session with the shop has expired", false],
  [-32000, "Cannot open the file: not found", false],
  [-32601, "Method not found", false],
];

for (const [code, message, lost] of ERRORS) {
  Deno.test(`isLostSessionError() says ${lost} for ${code} "${message}"`, () => {
    assertEquals(isLostSessionError(readFrame(encode(error(code, message)))), lost);
  });
}

const WORDS: readonly (readonly [text: string, lost: boolean])[] = [
  ["session id is missing", true],
  ["The session does not exist", true],
  ["Session abc-123 has expired", true],
  ["unrecognized session", true],
  ["client must initialize first", true],
  ["Server already initialized", false],
  ["the session is fine", false],
  ["", false],
];

for (const [text, lost] of WORDS) {
  Deno.test(`speaksOfLostSession() says ${lost} for "${text}"`, () =>
    assertEquals(speaksOfLostSession(text), lost));
}
