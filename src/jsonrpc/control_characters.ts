const SPACE = 0x20;

/** A copy with a space in place of each control character. */
export function withoutControlCharacters(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const line = bytes.slice();
  for (let at = 0; at < line.length; at++) {
    const byte = line[at];
    if (byte !== undefined && byte < SPACE) line[at] = SPACE;
  }
  return line;
}
