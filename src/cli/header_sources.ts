import type { HeaderSource } from "../bridge/options.ts";
import { CausewayError } from "../errors.ts";
import type { Files } from "../platform/files.ts";
import type { HttpHeader } from "../platform/http_client.ts";
import {
  finishHeader,
  isOwnHeader,
  lastOfEachName,
  type LocatedHeader,
  type LookUp,
  parseHeaderFile,
} from "./header_fields.ts";

/** What the user's headers came to. */
export interface ReadHeaders {
  /** One field a name, in the order in which the counting ones were given. */
  readonly headers: readonly HttpHeader[];
  /** As {@linkcode headers}, variables unexpanded, everything that was given. */
  readonly unexpanded: readonly HttpHeader[];
  /** What the user should know, without a value in it. */
  readonly warnings: readonly string[];
}

/**
 * Reads the user's headers, files included. A second call, after a file changed, gives what counts
 * then. Fields of `sources` are unexpanded.
 *
 * @throws {CausewayError} usage for what a header holds, local-file for a file that cannot be read
 */
export async function readHeaderSources(
  sources: readonly HeaderSource[],
  files: Files,
  lookUp: LookUp,
): Promise<ReadHeaders> {
  const given: LocatedHeader[] = [];
  for (const source of sources) {
    if (source.kind === "field") given.push({ field: source.field, origin: "--header" });
    else given.push(...parseHeaderFile(await readHeaderFile(source.path, files), source.path));
  }
  const finished = given.map(({ field, origin }) => finishHeader(field, origin, lookUp));
  const own = finished.filter(([name]) => isOwnHeader(name));
  const sent = finished.filter(([name]) => !isOwnHeader(name));
  const empty = sent.filter(([, value]) => value === "");
  return {
    headers: lastOfEachName(sent),
    unexpanded: given.map(({ field }) => field),
    warnings: [
      ...own.map(([name]) => `The header "${name}" is left out: Causeway sets it itself`),
      ...empty.map(([name]) => `The header "${name}" is sent with an empty value`),
    ],
  };
}

async function readHeaderFile(path: string, files: Files): Promise<string> {
  const text = await files.readText(path);
  if (text !== undefined) return text;
  throw new CausewayError(
    "local-file",
    `Cannot read the header file "${path}": there is no such file`,
    {
      hint: "give the whole path: clients start programs in folders of their own choice",
    },
  );
}
