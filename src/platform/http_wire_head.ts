import { WireSyntaxError } from "./http_wire_failures.ts";
import { WireReplyHeaders } from "./http_wire_reply_headers.ts";

/** The status line and header section of a reply (RFC 9112, sections 4 and 5). */
export interface ReplyHead {
  readonly status: number;
  /** The minor version: 0 for HTTP/1.0, else 1 or more. */
  readonly minorVersion: number;
  readonly headers: WireReplyHeaders;
}

/** The most bytes that a head may have. */
export const LARGEST_HEAD = 256 * 1024;
/** The most fields that a head may have. */
const MOST_FIELDS = 1000;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const ZERO = 0x30;

/** Finds the end of a head that comes in pieces, looking at each byte about once. */
export class HeadScanner {
  /** How many bytes were looked at and hold no end of the head. */
  #seen = 0;

  /**
   * The length of the head, its empty line included, or -1 when it is not whole yet.
   * @param unread what came so far, from the first byte of the head on
   * @throws {WireSyntaxError} it does not begin like a reply, or is too large
   */
  scan(unread: Uint8Array): number {
    if (this.#seen < VERSION_PREFIX.length) checkBeginning(unread);
    const length = this.#findEnd(unread);
    if ((length < 0 ? unread.length : length) > LARGEST_HEAD) {
      throw new WireSyntaxError("the header section is too large");
    }
    return length;
  }

  #findEnd(unread: Uint8Array): number {
    let lineEnd = unread.indexOf(LF, this.#seen);
    while (lineEnd >= 0) {
      const next = unread[lineEnd + 1] === CR ? lineEnd + 2 : lineEnd + 1;
      if (next >= unread.length) {
        // Whether an empty line follows is not known yet: look at this line end again.
        this.#seen = lineEnd;
        return -1;
      }
      if (unread[next] === LF) return next + 1;
      lineEnd = unread.indexOf(LF, lineEnd + 1);
    }
    this.#seen = unread.length;
    return -1;
  }
}

const VERSION_PREFIX = new TextEncoder().encode("HTTP/1.");

/** Refuses what is not HTTP/1 at its first bytes, without waiting for the end of a head. */
function checkBeginning(unread: Uint8Array): void {
  const length = Math.min(VERSION_PREFIX.length, unread.length);
  for (let index = 0; index < length; index++) {
    if (unread[index] !== VERSION_PREFIX[index]) throw new WireSyntaxError("it is not HTTP/1.1");
  }
}

/**
 * Parses a whole head: from the status line to the empty line. Folded lines are joined in place.
 * @throws {WireSyntaxError} it breaks the grammar
 */
export function parseHead(bytes: Uint8Array): ReplyHead {
  const statusEnd = bytes.indexOf(LF);
  const status = parseStatusLine(bytes, contentEnd(bytes, 0, statusEnd));
  const offsets: number[] = [];
  let lineStart = statusEnd + 1;
  while (lineStart < bytes.length) {
    let lineEnd = bytes.indexOf(LF, lineStart);
    if (lineEnd < 0) throw new WireSyntaxError("the header section has no end");
    if (contentEnd(bytes, lineStart, lineEnd) === lineStart) break;
    while (isBlank(bytes[lineEnd + 1] ?? 0)) lineEnd = unfold(bytes, lineStart, lineEnd);
    parseField(bytes, lineStart, contentEnd(bytes, lineStart, lineEnd), offsets);
    if (offsets.length > MOST_FIELDS * 4) {
      throw new WireSyntaxError("it has too many header fields");
    }
    lineStart = lineEnd + 1;
  }
  return {
    status,
    minorVersion: (bytes[VERSION_PREFIX.length] ?? 0) - ZERO,
    headers: new WireReplyHeaders(bytes, offsets),
  };
}

/** The end of a line's content: its line feed, or the carriage return before that. */
function contentEnd(bytes: Uint8Array, lineStart: number, lineEnd: number): number {
  return lineEnd > lineStart && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
}

/** Overwrites a line end with spaces, as RFC 9112 section 5.2 asks of a folded line; the next line end. */
function unfold(bytes: Uint8Array, lineStart: number, lineEnd: number): number {
  bytes.fill(SPACE, contentEnd(bytes, lineStart, lineEnd), lineEnd + 1);
  return bytes.indexOf(LF, lineEnd + 1);
}

function parseStatusLine(bytes: Uint8Array, end: number): number {
  // HTTP/1.1 200 OK
  // 0       8   12
  const malformed = !isDigit(bytes[7] ?? 0) || bytes[8] !== SPACE ||
    end < 12 || (end > 12 && bytes[12] !== SPACE);
  let status = 0;
  for (let index = 9; index < 12; index++) {
    const code = bytes[index] ?? 0;
    status = isDigit(code) ? status * 10 + (code - ZERO) : NaN;
  }
  if (malformed || !(status >= 100)) throw new WireSyntaxError("its status line is malformed");
  return status;
}

function parseField(bytes: Uint8Array, start: number, end: number, offsets: number[]): void {
  let colon = start;
  while (colon < end && TOKEN[bytes[colon] ?? 0] === 1) colon++;
  if (colon === start || colon >= end || bytes[colon] !== COLON) {
    throw new WireSyntaxError("the name of a header field is malformed");
  }
  let valueStart = colon + 1;
  let valueEnd = end;
  while (valueStart < valueEnd && isBlank(bytes[valueStart] ?? 0)) valueStart++;
  while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1] ?? 0)) valueEnd--;
  for (let index = valueStart; index < valueEnd; index++) {
    const code = bytes[index] ?? 0;
    if ((code < SPACE && code !== TAB) || code === 0x7f) {
      throw new WireSyntaxError("the value of a header field has a control character");
    }
  }
  offsets.push(start, colon, valueStart, valueEnd);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= 0x39;
}

/** 1 for each byte that may stand in a field name (RFC 9110, section 5.6.2). */
const TOKEN = new Uint8Array(256);
for (
  const character of "!#$%&'*+-.^_`|~0123456789" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
) {
  TOKEN[character.charCodeAt(0)] = 1;
}
