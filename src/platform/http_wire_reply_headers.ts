import type { HttpReplyHeaders } from "./http_client.ts";

/**
 * The header fields of a reply, decoded (as Latin-1, like `fetch` does) only when asked for.
 * `offsets` holds four numbers a field: start and end of the name, start and end of the value.
 */
export class WireReplyHeaders implements HttpReplyHeaders {
  readonly #bytes: Uint8Array;
  readonly #offsets: readonly number[];

  constructor(bytes: Uint8Array, offsets: readonly number[]) {
    this.#bytes = bytes;
    this.#offsets = offsets;
  }

  get(name: string): string | undefined {
    let joined: string | undefined;
    for (let field = this.#find(name, 0); field >= 0; field = this.#find(name, field + 4)) {
      const value = this.#value(field);
      joined = joined === undefined ? value : `${joined}, ${value}`;
    }
    return joined;
  }

  all(name: string): readonly string[] {
    const values: string[] = [];
    for (let field = this.#find(name, 0); field >= 0; field = this.#find(name, field + 4)) {
      values.push(this.#value(field));
    }
    return values;
  }

  /** Whether there is a field of that name. */
  has(name: string): boolean {
    return this.#find(name, 0) >= 0;
  }

  /** The offset of the next field of that name, or -1. */
  #find(name: string, from: number): number {
    const offsets = this.#offsets;
    for (let field = from; field < offsets.length; field += 4) {
      const start = offsets[field] ?? 0;
      const length = (offsets[field + 1] ?? 0) - start;
      if (length === name.length && equalsWithoutCase(this.#bytes, start, name)) return field;
    }
    return -1;
  }

  #value(field: number): string {
    const start = this.#offsets[field + 2] ?? 0;
    const end = this.#offsets[field + 3] ?? 0;
    return latin1(this.#bytes, start, end);
  }
}

/** Whether the bytes at `start` spell `name`, ASCII letters compared without case. */
function equalsWithoutCase(bytes: Uint8Array, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    if (lowerCase(bytes[start + index] ?? 0) !== lowerCase(name.charCodeAt(index))) return false;
  }
  return true;
}

function lowerCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}

/** Few enough arguments for one call on any stack. */
const CHARACTERS_A_CALL = 4096;

/** Each byte as the character of that code. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let from = start; from < end; from += CHARACTERS_A_CALL) {
    const part = bytes.subarray(from, Math.min(end, from + CHARACTERS_A_CALL));
    // Spreading would go through an iterator, for a quarter of the time of a whole exchange.
    text += Reflect.apply(String.fromCharCode, null, part);
  }
  return text;
}
