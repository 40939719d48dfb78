import { type ByteSurvey, surveyBytes } from "./byte_survey.ts";
import { withoutControlCharacters } from "./control_characters.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * The JSON text as one line that every line reader takes for one line, otherwise byte for byte:
 * - a byte order mark and white space around the text are dropped,
 * - line breaks and other control characters become spaces: between tokens that changes nothing, and
 *   elsewhere JSON does not allow them (a client would throw the message away, and wait for ever),
 * - U+2028 and U+2029, line terminators to some readers, become the escapes of the same meaning,
 * - bytes that are not UTF-8 become U+FFFD, since a client may drop the whole connection for them.
 */
export function singleLine(
  text: Uint8Array<ArrayBuffer>,
  survey: ByteSurvey = surveyBytes(text),
): Uint8Array<ArrayBuffer> {
  let bytes = trim(text);
  if (survey.control) bytes = withoutControlCharacters(bytes);
  if (!survey.beyondAscii) return bytes;
  if (hasSeparator(bytes)) bytes = withEscapedSeparators(bytes);
  return validUtf8(bytes);
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === 0x09;
}

function trim(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let end = bytes.length;
  while (isWhiteSpace(bytes[start])) start++;
  while (end > start && isWhiteSpace(bytes[end - 1])) end--;
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
}

/** The index of the next U+2028 (E2 80 A8) or U+2029 (E2 80 A9), or -1. */
function nextSeparator(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xe2, from); at !== -1; at = bytes.indexOf(0xe2, at + 1)) {
    if (bytes[at + 1] === 0x80 && (bytes[at + 2] === 0xa8 || bytes[at + 2] === 0xa9)) return at;
  }
  return -1;
}

function hasSeparator(bytes: Uint8Array): boolean {
  return nextSeparator(bytes, 0) !== -1;
}

function withEscapedSeparators(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const found: number[] = [];
  for (let at = nextSeparator(bytes, 0); at !== -1; at = nextSeparator(bytes, at + 3)) {
    found.push(at);
  }
  const line = new Uint8Array(bytes.length + 3 * found.length);
  let read = 0;
  let written = 0;
  for (const at of found) {
    line.set(bytes.subarray(read, at), written);
    written += at - read;
    line.set(encoder.encode(bytes[at + 2] === 0xa8 ? "\\u2028" : "\\u2029"), written);
    written += 6;
    read = at + 3;
  }
  line.set(bytes.subarray(read), written);
  return line;
}

function validUtf8(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  try {
    strict.decode(bytes);
    return bytes;
  } catch {
    return encoder.encode(lenient.decode(bytes));
  }
}
