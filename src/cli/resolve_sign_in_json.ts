import { CausewayError } from "../errors.ts";
import { JsonSyntaxError, skipValue, skipWhiteSpace } from "../jsonrpc/scan_value.ts";
import type { JsonObject, JsonValue } from "../jsonrpc/frame.ts";
import { objectOf } from "../jsonrpc/json_object.ts";
import type { Files } from "../platform/files.ts";
import { expandVariables, type LookUp } from "./header_fields.ts";

/** A JSON string without its closing quote, as far as it is sound (RFC 8259 section 7). */
// deno-lint-ignore no-control-regex -- these are what must not stand in a string
const SOUND_STRING = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

/** What reading a JSON argument takes. */
export interface JsonContext {
  readonly files: Files;
  readonly lookUp: LookUp;
}

/**
 * Reads a JSON object from a flag's value, or from the file that it names after an `@`. `${VAR}` is
 * replaced by the environment variable: within a string by its value as it is, and where a
 * placeholder stands elsewhere (mcp-remote allows that) by its text.
 *
 * @throws {CausewayError} usage or local-file, with line and column where it is no JSON; the text
 * itself, which may hold secrets, is never in the message
 */
export async function readJsonArgument(
  flag: string,
  value: string,
  context: JsonContext,
): Promise<JsonObject> {
  if (!value.startsWith("@")) return parseExpanded(value, `the value of ${flag}`, context.lookUp);
  const path = value.slice(1);
  const text = await readNamedFile(path, flag, context.files);
  return parseExpanded(text, `the file "${path}" of ${flag}`, context.lookUp, "local-file");
}

/**
 * The text of a file that a flag names.
 *
 * @throws {CausewayError} local-file
 */
export async function readNamedFile(path: string, flag: string, files: Files): Promise<string> {
  const text = await files.readText(path);
  if (text !== undefined) return text.replace(/^\ufeff/, "");
  throw new CausewayError("local-file", `Cannot read "${path}" of ${flag}: there is no such file`, {
    hint: "give the whole path: clients start programs in folders of their own choice",
  });
}

function parseExpanded(
  text: string,
  where: string,
  lookUp: LookUp,
  code: "usage" | "local-file" = "usage",
): JsonObject {
  const asWritten = tryParse(text);
  if (asWritten !== undefined) {
    return requireObject(expandStrings(asWritten.value, where, lookUp), where, code);
  }
  const expanded = expandVariables(text, where, lookUp);
  const filledIn = tryParse(expanded);
  if (filledIn !== undefined) return requireObject(filledIn.value, where, code);
  const { line, column } = placeOf(expanded, faultOf(expanded));
  throw new CausewayError(
    code,
    `Cannot read ${where}: it is no JSON from line ${line}, column ${column} on`,
    {
      hint: "clients differ in how they treat quotes: @ and the path of a file avoids them",
    },
  );
}

function tryParse(text: string): { readonly value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(text) as JsonValue };
  } catch {
    return undefined;
  }
}

function requireObject(value: JsonValue, where: string, code: "usage" | "local-file"): JsonObject {
  const object = objectOf(value);
  if (object !== undefined) return object;
  throw new CausewayError(code, `Cannot use ${where}: it is JSON, but not an object`);
}

function expandStrings(value: JsonValue, where: string, lookUp: LookUp): JsonValue {
  if (typeof value === "string") return expandVariables(value, where, lookUp);
  if (Array.isArray(value)) return value.map((item) => expandStrings(item, where, lookUp));
  const object = objectOf(value);
  if (object === undefined) return value;
  const members = Object.entries(object)
    .map(([name, member]) => [name, expandStrings(member, where, lookUp)] as const);
  return Object.fromEntries(members);
}

/** Where the text stops being JSON, as an index of its characters. */
function faultOf(text: string): number {
  const structure = structureFault(text);
  for (let open = text.indexOf('"'); open !== -1 && open < structure;) {
    SOUND_STRING.lastIndex = open;
    const end = open + (SOUND_STRING.exec(text)?.[0].length ?? 1);
    if (text[end] !== '"') return Math.min(end, structure);
    open = text.indexOf('"', end + 1);
  }
  return structure;
}

/** As {@linkcode faultOf}, without looking into strings. */
function structureFault(text: string): number {
  const bytes = new TextEncoder().encode(text);
  let fault: number;
  try {
    fault = skipWhiteSpace(bytes, skipValue(bytes, skipWhiteSpace(bytes, 0)));
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    fault = error.offset;
  }
  return new TextDecoder().decode(bytes.subarray(0, fault)).length;
}

function placeOf(text: string, index: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, index).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
