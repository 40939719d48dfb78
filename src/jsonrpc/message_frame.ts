import { surveyBytes } from "./byte_survey.ts";
import { checkEscapes } from "./check_escapes.ts";
import type { Envelope, RequestId, Span } from "./envelope.ts";
import type { Frame, JsonObject } from "./frame.ts";
import { InvalidMessageError, scanEnvelope } from "./scan_envelope.ts";
import { singleLine } from "./single_line.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A {@linkcode Frame} over bytes and their envelope. */
class MessageFrame implements Frame {
  #json: JsonObject | undefined;

  constructor(readonly bytes: Uint8Array<ArrayBuffer>, readonly envelope: Envelope) {}

  json(): JsonObject {
    this.#json ??= JSON.parse(decoder.decode(this.bytes)) as JsonObject;
    return this.#json;
  }
}

/**
 * Reads one message as it came from a peer.
 * @throws {JsonSyntaxError} when it is not JSON
 * @throws {InvalidMessageError} when it is no JSON-RPC message
 */
export function readFrame(text: Uint8Array<ArrayBuffer>): Frame {
  const survey = surveyBytes(text);
  const bytes = singleLine(text, survey);
  const envelope = scanEnvelope(bytes);
  // From here on the message can be parsed: no part of it is broken.
  if (survey.backslash) checkEscapes(bytes);
  return new MessageFrame(bytes, envelope);
}

/** Makes a frame of a message of our own. `message` must be a JSON-RPC message. */
export function frameOf(message: JsonObject): Frame {
  return readFrame(encoder.encode(JSON.stringify(message)));
}

/** The text of a span of the frame. */
export function spanText(frame: Frame, span: Span): string {
  return decoder.decode(frame.bytes.subarray(span.start, span.end));
}

/** The same message with another id; every other byte stays. Frames without an id stay as they are. */
export function withId(frame: Frame, id: RequestId): Frame {
  const { envelope } = frame;
  if (envelope.kind === "notification" || envelope.kind === "batch") return frame;
  if (envelope.idSpan === undefined) return frame;
  return readFrame(splice(frame.bytes, envelope.idSpan, encoder.encode(id)));
}

/** The same message with other bytes in place of a span. */
export function withSpan(frame: Frame, span: Span, json: JsonObject): Frame {
  return readFrame(splice(frame.bytes, span, encoder.encode(JSON.stringify(json))));
}

function splice(bytes: Uint8Array, span: Span, insert: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length - (span.end - span.start) + insert.length);
  result.set(bytes.subarray(0, span.start));
  result.set(insert, span.start);
  result.set(bytes.subarray(span.end), span.start + insert.length);
  return result;
}

/** The messages of a batch, or the message itself; what is no message is left out. */
export function membersOf(frame: Frame): readonly Frame[] {
  return frame.envelope.kind === "batch" ? readMembers(frame).frames : [frame];
}

/** The messages of a batch, and what is wrong with the members that are none (JSON-RPC 2.0, section 6). */
export function readMembers(
  { bytes, envelope }: Frame,
): { readonly frames: readonly Frame[]; readonly errors: readonly InvalidMessageError[] } {
  const frames: Frame[] = [];
  const errors: InvalidMessageError[] = [];
  for (const { start, end } of envelope.kind === "batch" ? envelope.members : []) {
    try {
      const frame = readFrame(bytes.slice(start, end));
      if (frame.envelope.kind === "batch") throw new InvalidMessageError("it is no JSON object");
      frames.push(frame);
    } catch (error) {
      if (!(error instanceof InvalidMessageError)) throw error;
      errors.push(error);
    }
  }
  return { frames, errors };
}
