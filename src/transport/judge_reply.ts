import type { Frame } from "../jsonrpc/frame.ts";
import { MODERN_ERROR_CODES } from "../mcp/error_codes.ts";
import { EVENT_STREAM_TYPE, JSON_TYPE } from "../mcp/header_names.ts";

/** What the header section of a reply to a POST says about its content. */
export type ReplyForm = "event_stream" | "json" | "empty" | "other" | "refusal";

/** The media type of a `Content-Type` value, lower case, without parameters. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Tells the forms of a reply apart (2025-11-25, transports, "Sending Messages to the Server"). */
export function replyForm(status: number, contentType: string | undefined): ReplyForm {
  if (status < 200 || status > 299) return "refusal";
  if (status === 202 || status === 204 || status === 205) return "empty";
  const type = mediaType(contentType);
  if (type === EVENT_STREAM_TYPE) return "event_stream";
  if (type === JSON_TYPE || type.endsWith("+json")) return "json";
  return "other";
}

/** What a reply with a status other than 2xx is known by. */
export interface RefusalFacts {
  readonly status: number;
  /** The JSON-RPC error in the body, where it is one. */
  readonly error: Frame | undefined;
  /** The beginning of the body as text. */
  readonly text: string;
  /** Whether the request named a session. */
  readonly hadSession: boolean;
  /** Whether an `initialize` has been answered on this connection. */
  readonly initialized: boolean;
  /** Whether the reply asks for authorization (`WWW-Authenticate`). */
  readonly challenged: boolean;
}

/** What a refusal means. */
export type Refusal =
  /** The server has forgotten the session: initialize anew, then repeat what it refused. */
  | "session_lost"
  /** The server speaks the 2026-07-28 era. */
  | "modern"
  /** Not now: 429, 502, 503, 504. */
  | "unavailable"
  /** A JSON-RPC error that answers the request. */
  | "answered"
  | "unauthorized"
  /** Nothing (of this kind) at this URL: 400, 404, 405, 406, 415, which let an opening fall back. */
  | "other_binding"
  | "refused";

const UNAVAILABLE = new Set([429, 502, 503, 504]);
const OTHER_BINDING = new Set([400, 404, 405, 406, 415]);
const SESSION_STATUS = new Set([400, 401, 404, 410, 422]);

/** Judges a reply with a status other than 2xx. */
export function judgeRefusal(facts: RefusalFacts): Refusal {
  const { status, error } = facts;
  const code = error === undefined ? undefined : errorCode(error);
  if (code !== undefined && MODERN_ERROR_CODES.has(code)) return "modern";
  if (isSessionLost(facts)) return "session_lost";
  if (status === 401 || (status === 403 && facts.challenged)) return "unauthorized";
  if (UNAVAILABLE.has(status)) return "unavailable";
  if (OTHER_BINDING.has(status)) return "other_binding";
  return error === undefined ? "refused" : "answered";
}

function isSessionLost(facts: RefusalFacts): boolean {
  if (!facts.initialized || !SESSION_STATUS.has(facts.status)) return false;
  if (facts.status === 404 && facts.hadSession) return true;
  if (facts.status === 401 && facts.challenged) return false;
  return speaksOfLostSession(facts.error === undefined ? facts.text : errorMessage(facts.error));
}

const LOST_SESSION = [
  /\b(?:not|never|isn't|wasn't)\s+(?:yet\s+)?(?:been\s+)?initiali[sz]ed\b/i,
  /\buninitiali[sz]ed\b/i,
  /\binitiali[sz](?:e|ed|ation)\b.{0,30}\b(?:first|before|required)\b/i,
  /\bbefore\b.{0,20}\binitiali[sz]ation\b/i,
  /\bsession(?:[ _-]?id)?\b.{0,40}\b(?:not\s+found|invalid|unknown|expired|missing|required|terminated|not\s+exist|doesn't\s+exist|no\s+longer|closed|gone|lost|unrecogni[sz]ed|not\s+valid)\b/i,
  /\b(?:invalid|unknown|missing|expired|no|bad|stale|unrecogni[sz]ed|no\s+valid|terminated)\b.{0,20}\bsession\b/i,
];

/** Whether a text of the server says that it does not know the session, or was never initialized. */
export function speaksOfLostSession(text: string): boolean {
  const start = text.slice(0, 500);
  return LOST_SESSION.some((pattern) => pattern.test(start));
}

/** Codes under which servers report an unknown session as a JSON-RPC error with status 200. */
const SESSION_ERROR_CODES = new Set([-32600, -32000, -32001, -32002]);

/**
 * Whether a JSON-RPC error says that the request was refused because the session is unknown. Errors of
 * a tool ("your session with the shop expired") have other codes and are left alone.
 */
export function isLostSessionError(error: Frame): boolean {
  const code = errorCode(error);
  if (code === undefined) return false;
  const message = errorMessage(error);
  if (code === -32602) return /before\b.{0,20}\binitiali[sz]ation\b/i.test(message);
  return SESSION_ERROR_CODES.has(code) && speaksOfLostSession(message);
}

/** The code of an error response; `undefined` when it has none that is a number. */
export function errorCode(frame: Frame): number | undefined {
  const code = errorMember(frame, "code");
  return typeof code === "number" ? code : undefined;
}

/** The message of an error response, or "". */
export function errorMessage(frame: Frame): string {
  const message = errorMember(frame, "message");
  return typeof message === "string" ? message : "";
}

function errorMember(frame: Frame, name: "code" | "message"): unknown {
  const error = frame.json()["error"];
  return typeof error === "object" && error !== null && !Array.isArray(error)
    ? (error as { readonly [member: string]: unknown })[name]
    : undefined;
}
