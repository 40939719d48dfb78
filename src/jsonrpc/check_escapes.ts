import { JsonSyntaxError } from "./scan_value.ts";

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
/** 1 for each byte that may stand after a backslash, but for `u`. */
const SIMPLE = new Uint8Array(256);
for (const character of '"\\/bfnrt') SIMPLE[character.charCodeAt(0)] = 1;
/** How far the next escape is looked for byte by byte before the native search is worth its call. */
const NEAR = 48;

/**
 * Checks the escapes of a JSON text (RFC 8259, section 7) whose structure is known to be right, so that
 * backslashes stand only within strings.
 * @throws {JsonSyntaxError} when there is an escape that JSON does not have
 */
export function checkEscapes(bytes: Uint8Array): void {
  let at = bytes.indexOf(BACKSLASH);
  while (at !== -1) {
    const escaped = bytes[at + 1] ?? 0;
    let next = at + 2;
    if (escaped === LOWER_U) {
      next = at + 6;
      for (let digit = at + 2; digit < next; digit++) {
        if (!isHexDigit(bytes[digit])) throw new JsonSyntaxError(digit);
      }
    } else if (SIMPLE[escaped] !== 1) {
      throw new JsonSyntaxError(at + 1);
    }
    at = nextBackslash(bytes, next);
  }
}

function nextBackslash(bytes: Uint8Array, from: number): number {
  const near = Math.min(bytes.length, from + NEAR);
  for (let at = from; at < near; at++) if (bytes[at] === BACKSLASH) return at;
  return bytes.indexOf(BACKSLASH, near);
}

function isHexDigit(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const letter = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x66);
}
