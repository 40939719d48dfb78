/** Per round, how far each of its four steps rotates (RFC 1321 section 3.4). */
const ROTATIONS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]] as const;

const SINES = Array.from({ length: 64 }, (_, step) => {
  return Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32) >>> 0;
});

/**
 * The MD5 digest (RFC 1321) of the text's UTF-8 form, in hexadecimal. Broken as a hash: it serves only
 * to find what mcp-remote filed under such names, and the port that it derives from them.
 */
export function md5(text: string): string {
  const words = padded(new TextEncoder().encode(text));
  let state: readonly [number, number, number, number] = [
    0x67452301,
    0xefcdab89,
    0x98badcfe,
    0x10325476,
  ];
  for (let offset = 0; offset < words.length; offset += 16) {
    state = digestBlock(state, words.subarray(offset, offset + 16));
  }
  return state.map(littleEndianHex).join("");
}

/** The message with its padding and length, as little-endian words. */
function padded(bytes: Uint8Array): Uint32Array {
  const blocks = Math.ceil((bytes.length + 9) / 64);
  const view = new DataView(new ArrayBuffer(blocks * 64));
  bytes.forEach((byte, index) => view.setUint8(index, byte));
  view.setUint8(bytes.length, 0x80);
  view.setBigUint64(blocks * 64 - 8, BigInt(bytes.length) * 8n, true);
  return Uint32Array.from({ length: blocks * 16 }, (_, index) => view.getUint32(index * 4, true));
}

function digestBlock(
  state: readonly [number, number, number, number],
  block: Uint32Array,
): [number, number, number, number] {
  let [a, b, c, d] = state;
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const [mixed, index] = mix(round, step, [b, c, d]);
    const sum = (a + mixed + (SINES[step] ?? 0) + (block[index] ?? 0)) >>> 0;
    const rotation = ROTATIONS[round]?.[step & 3] ?? 0;
    const rotated = (sum << rotation) | (sum >>> (32 - rotation));
    [a, b, c, d] = [d, (b + rotated) >>> 0, b, c];
  }
  return [
    (state[0] + a) >>> 0,
    (state[1] + b) >>> 0,
    (state[2] + c) >>> 0,
    (state[3] + d) >>> 0,
  ];
}

/** The round's function of three words, and the index of the word of the block that the step adds. */
function mix(
  round: number,
  step: number,
  [b, c, d]: readonly [number, number, number],
): readonly [mixed: number, index: number] {
  switch (round) {
    case 0:
      return [(b & c) | (~b & d), step];
    case 1:
      return [(d & b) | (~d & c), (5 * step + 1) % 16];
    case 2:
      return [b ^ c ^ d, (3 * step + 5) % 16];
    default:
      return [c ^ (b | ~d), (7 * step) % 16];
  }
}

function littleEndianHex(word: number): string {
  const bytes = [word, word >>> 8, word >>> 16, word >>> 24];
  return bytes.map((byte) => (byte & 0xff).toString(16).padStart(2, "0")).join("");
}
