import type { HttpRequest } from "./http_client.ts";
import { WireSyntaxError } from "./http_wire_failures.ts";
import type { ReplyHead } from "./http_wire_head.ts";

/** How the end of a reply's content is known (RFC 9112, section 6.3). */
export type ReplyFraming =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until_close" };

const NO_CONTENT: ReplyFraming = { kind: "length", length: 0 };
const CHUNKED: ReplyFraming = { kind: "chunked" };
const UNTIL_CLOSE: ReplyFraming = { kind: "until_close" };

/**
 * How the content of a final reply is framed.
 * @throws {WireSyntaxError} contradicting lengths, or a transfer coding that was not asked for
 */
export function replyFraming(method: HttpRequest["method"], head: ReplyHead): ReplyFraming {
  const { status, headers } = head;
  if (method === "HEAD" || status === 204 || status === 304) return NO_CONTENT;
  const coding = headers.get("transfer-encoding")?.toLowerCase();
  if (coding === "chunked") return CHUNKED;
  if (coding !== undefined && coding !== "identity") {
    throw new WireSyntaxError("it has a transfer coding that was not asked for");
  }
  const length = headers.get("content-length");
  // A 205 has no content (RFC 9110, section 15.3.6), though it may say so by its framing alone.
  if (length === undefined) return status === 205 ? NO_CONTENT : UNTIL_CLOSE;
  return length === "0" ? NO_CONTENT : { kind: "length", length: parseLength(length) };
}

/** Several fields or members are fine while they agree (RFC 9110, section 8.6). */
function parseLength(field: string): number {
  const members = field.split(",").map((member) => member.trim());
  const [first = ""] = members;
  const length = /^[0-9]+$/.test(first) ? Number(first) : NaN;
  if (!Number.isSafeInteger(length)) throw new WireSyntaxError("its Content-Length is malformed");
  if (members.some((member) => member !== first)) {
    throw new WireSyntaxError("it has two different Content-Lengths");
  }
  return length;
}

/** How long the connection may be kept for another request. */
export interface Persistence {
  readonly keepAlive: boolean;
  /** For how long the server keeps the idle connection, in milliseconds, where it says so. */
  readonly idleLimit: number | undefined;
}

const CLOSE: Persistence = { keepAlive: false, idleLimit: undefined };
const KEEP_ALIVE: Persistence = { keepAlive: true, idleLimit: undefined };
/** Closing this much sooner than the server, in milliseconds, avoids the race of a request with its close. */
const IDLE_MARGIN = 1000;

/** Whether the connection outlives this reply (RFC 9112, section 9.3). */
export function replyPersistence(head: ReplyHead, framing: ReplyFraming): Persistence {
  const { minorVersion, headers } = head;
  if (framing.kind === "until_close") return CLOSE;
  const connection = headers.get("connection")?.toLowerCase();
  if (connection !== undefined && hasMember(connection, "close")) return CLOSE;
  if (minorVersion === 0 && !(connection !== undefined && hasMember(connection, "keep-alive"))) {
    return CLOSE;
  }
  // A reply framed twice may have been tampered with (RFC 9112, section 6.3).
  if (framing.kind === "chunked" && (minorVersion === 0 || headers.has("content-length"))) {
    return CLOSE;
  }
  const keepAlive = headers.get("keep-alive");
  return keepAlive === undefined ? KEEP_ALIVE : withIdleLimit(keepAlive);
}

function withIdleLimit(field: string): Persistence {
  const seconds = /(?:^|[,\s])timeout\s*=\s*"?([0-9]{1,6})/i.exec(field)?.[1];
  if (seconds === undefined) return KEEP_ALIVE;
  const limit = Number(seconds) * 1000;
  if (limit === 0) return CLOSE;
  return { keepAlive: true, idleLimit: Math.max(limit - IDLE_MARGIN, limit / 2) };
}

function hasMember(list: string, wanted: string): boolean {
  return list === wanted || list.split(",").some((member) => member.trim() === wanted);
}
