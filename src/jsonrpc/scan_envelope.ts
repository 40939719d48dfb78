import type { Envelope, RequestId, Span } from "./envelope.ts";
import { canonicalId } from "./request_id.ts";
import {
  JsonSyntaxError,
  skipMemberName,
  skipString,
  skipValue,
  skipWhiteSpace,
} from "./scan_value.ts";

/** The bytes are JSON, but no JSON-RPC 2.0 message. `id` is its id, where one can be made out. */
export class InvalidMessageError extends Error {
  override readonly name = "InvalidMessageError";

  constructor(message: string, readonly id: RequestId | undefined = undefined) {
    super(message);
  }
}

const decoder = new TextDecoder();

/** The text of a span. Short plain ASCII, the common case, is faster by hand than by a decoder. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 48) return decoder.decode(bytes.subarray(start, end));
  let text = "";
  for (let index = start; index < end; index++) {
    const byte = bytes[index] ?? 0;
    if (byte >= 0x80) return decoder.decode(bytes.subarray(start, end));
    text += String.fromCharCode(byte);
  }
  return text;
}

/** The JSON string between two quotes, unescaped; `undefined` when an escape in it is wrong. */
function stringOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  const inner = textOf(bytes, start + 1, end - 1);
  if (!inner.includes("\\")) return inner;
  try {
    return JSON.parse(`"${inner}"`);
  } catch {
    return undefined;
  }
}

/** The members that a message is told by. The last of several with one name counts, as in JSON.parse. */
interface Members {
  id?: Span;
  method?: Span;
  params?: Span;
  result?: Span;
  error?: Span;
  /** No member of a message, but of the params of `notifications/cancelled`. */
  requestId?: Span;
}

const NAMED = new Set<string>(["id", "method", "params", "result", "error", "requestId"]);

function isNamed(name: string | undefined): name is keyof Members {
  return name !== undefined && NAMED.has(name);
}

/** The member's name, unless it is too long to matter. */
function memberName(bytes: Uint8Array, start: number): string | undefined {
  const end = skipString(bytes, start);
  return end - start > 64 ? undefined : stringOf(bytes, start, end);
}

function scanMembers(bytes: Uint8Array, open: number, members: Members): number {
  let index = skipWhiteSpace(bytes, open + 1);
  if (bytes[index] === 0x7d) return index + 1;
  for (;;) {
    if (bytes[index] !== 0x22) throw new JsonSyntaxError(index);
    const name = memberName(bytes, index);
    const start = skipMemberName(bytes, index);
    const end = skipValue(bytes, start);
    if (isNamed(name)) members[name] = { start, end };
    index = skipWhiteSpace(bytes, end);
    const byte = bytes[index];
    if (byte === 0x7d) return index + 1;
    if (byte !== 0x2c) throw new JsonSyntaxError(index);
    index = skipWhiteSpace(bytes, index + 1);
  }
}

function idOf(bytes: Uint8Array, span: Span | undefined): RequestId | undefined {
  if (span === undefined || bytes[span.start] === 0x6e) return undefined;
  const id = canonicalId(textOf(bytes, span.start, span.end));
  if (id === undefined) throw new InvalidMessageError("the id is neither a string nor a number");
  return id;
}

function methodOf(bytes: Uint8Array, span: Span, id: RequestId | undefined): string {
  const method = bytes[span.start] === 0x22 ? stringOf(bytes, span.start, span.end) : undefined;
  if (method === undefined) throw new InvalidMessageError("the method is no string", id);
  return method;
}

function envelopeOf(bytes: Uint8Array, members: Members): Envelope {
  const id = idOf(bytes, members.id);
  const idSpan = id === undefined ? undefined : members.id;
  if (members.method !== undefined) {
    const method = methodOf(bytes, members.method, id);
    const paramsSpan = members.params;
    if (id === undefined || idSpan === undefined) {
      return { kind: "notification", method, paramsSpan };
    }
    return { kind: "request", id, idSpan, method, paramsSpan };
  }
  // `"error": null` beside a result is how some servers of JSON-RPC 1.0 habits answer.
  if (members.error !== undefined && bytes[members.error.start] !== 0x6e) {
    return { kind: "error", id, idSpan, errorSpan: members.error };
  }
  if (members.result !== undefined && id !== undefined && idSpan !== undefined) {
    return { kind: "result", id, idSpan, resultSpan: members.result };
  }
  throw new InvalidMessageError("it is neither a request nor a response", id);
}

function scanBatch(bytes: Uint8Array, open: number): { members: Span[]; end: number } {
  const members: Span[] = [];
  let index = skipWhiteSpace(bytes, open + 1);
  while (bytes[index] !== 0x5d) {
    const end = skipValue(bytes, index);
    members.push({ start: index, end });
    index = skipWhiteSpace(bytes, end);
    if (bytes[index] === 0x5d) break;
    if (bytes[index] !== 0x2c) throw new JsonSyntaxError(index);
    index = skipWhiteSpace(bytes, index + 1);
    if (bytes[index] === 0x5d) throw new JsonSyntaxError(index);
  }
  if (members.length === 0) throw new InvalidMessageError("the batch is empty");
  return { members, end: index + 1 };
}

/**
 * Finds out what a JSON-RPC message is from its top-level members alone; the rest is only skipped.
 *
 * A request with `"id": null` counts as a notification (MCP forbids a null id, and nothing could
 * answer it).
 * @throws {JsonSyntaxError} when the bytes are not one JSON text
 * @throws {InvalidMessageError} when they are, but no JSON-RPC 2.0 message
 */
export function scanEnvelope(bytes: Uint8Array): Envelope {
  const open = skipWhiteSpace(bytes, 0);
  let end: number;
  let envelope: Envelope;
  if (bytes[open] === 0x7b) {
    const members: Members = {};
    end = scanMembers(bytes, open, members);
    checkEnd(bytes, end);
    envelope = envelopeOf(bytes, members);
  } else if (bytes[open] === 0x5b) {
    const batch = scanBatch(bytes, open);
    end = batch.end;
    checkEnd(bytes, end);
    envelope = { kind: "batch", members: batch.members };
  } else {
    skipValue(bytes, open);
    throw new InvalidMessageError("it is no JSON object");
  }
  return envelope;
}

function checkEnd(bytes: Uint8Array, end: number): void {
  const rest = skipWhiteSpace(bytes, end);
  if (rest !== bytes.length) throw new JsonSyntaxError(rest);
}

/** The id that the params of a `notifications/cancelled` name, with every digit of it. */
export function requestIdIn(bytes: Uint8Array, params: Span): RequestId | undefined {
  if (bytes[params.start] !== 0x7b) return undefined;
  const members: Members = {};
  scanMembers(bytes, params.start, members);
  return idOrNone(bytes, members.requestId);
}

/**
 * The id of a message of which only the beginning is known (it was too large to be kept).
 * @returns `undefined` when no top-level id stands in the part
 */
export function idOfPart(part: Uint8Array): RequestId | undefined {
  const members: Members = {};
  const open = skipWhiteSpace(part, 0);
  if (part[open] !== 0x7b) return undefined;
  try {
    scanMembers(part, open, members);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
  }
  return idOrNone(part, members.id);
}

function idOrNone(bytes: Uint8Array, span: Span | undefined): RequestId | undefined {
  try {
    return idOf(bytes, span);
  } catch {
    return undefined;
  }
}
