/** The text is not JSON. `offset` is the byte at which that shows. */
export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";

  constructor(readonly offset: number) {
    super(`Cannot read JSON: unexpected byte or end at offset ${offset}`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** How far a string is searched byte by byte before the native search takes over. */
const SHORT_STRING = 32;

/** The index of the first byte at or after `index` that is no JSON white space. */
export function skipWhiteSpace(bytes: Uint8Array, index: number): number {
  for (;;) {
    const byte = bytes[index];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return index;
    index++;
  }
}

/**
 * The index after the JSON string whose opening quote stands at `open`. What is inside is not
 * judged here: escapes and control characters are looked at in the whole message at once.
 * @throws {JsonSyntaxError} when the string does not end
 */
export function skipString(bytes: Uint8Array, open: number): number {
  const near = Math.min(bytes.length, open + SHORT_STRING);
  let index = open + 1;
  while (index < near) {
    const byte = bytes[index];
    if (byte === QUOTE) return index + 1;
    index += byte === BACKSLASH ? 2 : 1;
  }
  // Exact byte search is native; a quote counts unless an odd number of backslashes stands before it.
  // The loop above never stops inside an escape, so backslashes are counted from `index` on.
  let close = index >= bytes.length ? -1 : bytes.indexOf(QUOTE, index);
  while (close !== -1) {
    let first = close;
    while (first > index && bytes[first - 1] === BACKSLASH) first--;
    if (((close - first) & 1) === 0) return close + 1;
    close = bytes.indexOf(QUOTE, close + 1);
  }
  throw new JsonSyntaxError(bytes.length);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function skipDigits(bytes: Uint8Array, index: number): number {
  if (!isDigit(bytes[index])) throw new JsonSyntaxError(index);
  do index++; while (isDigit(bytes[index]));
  return index;
}

function skipNumber(bytes: Uint8Array, index: number): number {
  if (bytes[index] === 0x2d) index++;
  index = bytes[index] === 0x30 ? index + 1 : skipDigits(bytes, index);
  if (bytes[index] === 0x2e) index = skipDigits(bytes, index + 1);
  const exponent = bytes[index];
  if (exponent !== 0x65 && exponent !== 0x45) return index;
  const sign = bytes[index + 1];
  return skipDigits(bytes, index + (sign === 0x2b || sign === 0x2d ? 2 : 1));
}

const TRUE = [0x74, 0x72, 0x75, 0x65];
const FALSE = [0x66, 0x61, 0x6c, 0x73, 0x65];
const NULL = [0x6e, 0x75, 0x6c, 0x6c];

function skipLiteral(bytes: Uint8Array, index: number, literal: readonly number[]): number {
  for (const byte of literal) {
    if (bytes[index] !== byte) throw new JsonSyntaxError(index);
    index++;
  }
  return index;
}

function skipScalar(bytes: Uint8Array, index: number): number {
  switch (bytes[index]) {
    case QUOTE:
      return skipString(bytes, index);
    case 0x74:
      return skipLiteral(bytes, index, TRUE);
    case 0x66:
      return skipLiteral(bytes, index, FALSE);
    case 0x6e:
      return skipLiteral(bytes, index, NULL);
    default:
      return skipNumber(bytes, index);
  }
}

/**
 * The index after a member's name, its colon and the white space around it.
 * @throws {JsonSyntaxError} when no name and colon stand there
 */
export function skipMemberName(bytes: Uint8Array, index: number): number {
  if (bytes[index] !== QUOTE) throw new JsonSyntaxError(index);
  index = skipWhiteSpace(bytes, skipString(bytes, index));
  if (bytes[index] !== COLON) throw new JsonSyntaxError(index);
  return skipWhiteSpace(bytes, index + 1);
}

/**
 * The index after the JSON value that starts at `index`. The grammar of RFC 8259 is checked but for
 * the inside of strings. Not recursive, so depth costs no stack.
 * @throws {JsonSyntaxError} when there is no whole JSON value
 */
export function skipValue(bytes: Uint8Array, index: number): number {
  const closers: number[] = [];
  for (;;) {
    const byte = bytes[index];
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      const closer = byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
      index = skipWhiteSpace(bytes, index + 1);
      if (bytes[index] !== closer) {
        closers.push(closer);
        if (closer === CLOSE_BRACE) index = skipMemberName(bytes, index);
        continue;
      }
      index++;
    } else {
      index = skipScalar(bytes, index);
    }
    index = closeContainers(bytes, index, closers);
    if (closers.length === 0) return index;
  }
}

/** After a value: leaves every container that ends here; else moves on to the next value. */
function closeContainers(bytes: Uint8Array, index: number, closers: number[]): number {
  while (closers.length > 0) {
    const closer = closers[closers.length - 1];
    index = skipWhiteSpace(bytes, index);
    if (bytes[index] === COMMA) {
      index = skipWhiteSpace(bytes, index + 1);
      return closer === CLOSE_BRACE ? skipMemberName(bytes, index) : index;
    }
    if (bytes[index] !== closer) throw new JsonSyntaxError(index);
    closers.pop();
    index++;
  }
  return index;
}
