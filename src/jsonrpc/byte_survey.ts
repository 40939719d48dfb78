/** Which kinds of bytes a text has, found out in one pass. */
export interface ByteSurvey {
  /** A byte below 0x20: a line break, a tab, or what JSON allows nowhere. */
  readonly control: boolean;
  /** A byte of 0x80 or more: characters beyond ASCII, or no UTF-8 at all. */
  readonly beyondAscii: boolean;
  readonly backslash: boolean;
}

const HIGH = 0x80808080;

/** Looks at every byte once, four at a time: what most messages lack need not be searched for again. */
export function surveyBytes(bytes: Uint8Array<ArrayBuffer>): ByteSurvey {
  // The view of words must start at a multiple of four.
  const head = Math.min(bytes.length, (4 - bytes.byteOffset % 4) % 4);
  const count = Math.floor((bytes.length - head) / 4);
  const words = new Uint32Array(bytes.buffer, count === 0 ? 0 : bytes.byteOffset + head, count);
  let control = 0;
  let high = 0;
  let backslash = 0;
  for (let at = 0; at < count; at++) {
    const word = words[at] ?? 0;
    const without = word ^ 0x5c5c5c5c;
    // Each subtraction borrows into the highest bit of just those bytes that are too small.
    control |= (word - 0x20202020) & ~word;
    backslash |= (without - 0x01010101) & ~without;
    high |= word;
  }
  const ends = surveyEnds(bytes, head, head + 4 * count);
  return {
    control: (control & HIGH) !== 0 || ends.control,
    beyondAscii: (high & HIGH) !== 0 || ends.beyondAscii,
    backslash: (backslash & HIGH) !== 0 || ends.backslash,
  };
}

/** The few bytes before and after the words. */
function surveyEnds(bytes: Uint8Array, head: number, tail: number): ByteSurvey {
  let [control, beyondAscii, backslash] = [false, false, false];
  for (const part of [bytes.subarray(0, head), bytes.subarray(tail)]) {
    for (const byte of part) {
      control ||= byte < 0x20;
      beyondAscii ||= byte >= 0x80;
      backslash ||= byte === 0x5c;
    }
  }
  return { control, beyondAscii, backslash };
}
