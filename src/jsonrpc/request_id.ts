import type { RequestId } from "./envelope.ts";

/** Integers of up to this many digits are exact as numbers; longer ones are compared as text. */
const PLAIN_INTEGER = /^-?(?:0|[1-9][0-9]{0,14})$/;
const LONG_INTEGER = /^-?[1-9][0-9]+$/;

/**
 * The canonical text of an id: the same id written differently (`1.0` for `1`, `"\u0061"` for `"a"`)
 * gives the same text; integers too large for a number keep every digit.
 * @returns `undefined` when `json` is neither a string nor a number (JSON-RPC 2.0, section 4)
 */
export function canonicalId(json: string): RequestId | undefined {
  if (PLAIN_INTEGER.test(json) && json !== "-0") return json;
  const first = json.charCodeAt(0);
  if (first === 0x22) return json.includes("\\") ? canonicalString(json) : json;
  if (LONG_INTEGER.test(json)) return json;
  if (first !== 0x2d && (first < 0x30 || first > 0x39)) return undefined;
  // A number beyond the range of numbers stays as it is written: "Infinity" would be no JSON.
  const number = Number(json);
  return Number.isFinite(number) ? String(number) : json;
}

function canonicalString(json: string): RequestId | undefined {
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** The id as it is written in JSON, from a program's own string or number. */
export function requestIdOf(id: string | number): RequestId {
  return JSON.stringify(id);
}
