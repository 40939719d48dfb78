import { BASE_SOURCES, type BaseSource } from "./base_table.ts";

/** Which base the user asked for. */
export const BASE_REQUESTS = ["auto", "official", "pypi", "npm"] as const;

/** One of {@linkcode BASE_REQUESTS}. */
export type BaseRequest = typeof BASE_REQUESTS[number];

/** What is known of this machine before anything is fetched. */
export interface BaseFacts {
  /** Architecture and operating system, as `Deno.build` names them. */
  readonly target: string;
  /** Why Deno's own download cannot be used, or `undefined` when it can be tried. */
  readonly officialRefusal: string | undefined;
  /** Whether Python is there, which fetches from PyPI. */
  readonly hasPython: boolean;
}

/** A base to try: Deno's own download or a source of the table. */
export type BaseCandidate = { readonly kind: "official" } | {
  readonly kind: "source";
  readonly source: BaseSource;
};

/** The bases to try, best first, and why the others are left out. */
export interface BaseChoice {
  readonly candidates: readonly BaseCandidate[];
  /** One line for each base that cannot be used here. */
  readonly refusals: readonly string[];
}

/** Chooses the bases to try, by what was asked for and what this machine can do. */
export function chooseBase(request: BaseRequest, facts: BaseFacts): BaseChoice {
  const candidates: BaseCandidate[] = [];
  const refusals: string[] = [];
  if (request === "auto" || request === "official") {
    if (facts.officialRefusal === undefined) candidates.push({ kind: "official" });
    else refusals.push(`official: ${facts.officialRefusal}`);
  }
  for (const name of ["pypi", "npm"] as const) {
    if (request !== "auto" && request !== name) continue;
    const source = BASE_SOURCES.find((one) => one.name === name && one.target === facts.target);
    const refusal = refusalOf(source, facts);
    if (source !== undefined && refusal === undefined) candidates.push({ kind: "source", source });
    else refusals.push(`${name}: ${refusal}`);
  }
  return { candidates, refusals };
}

function refusalOf(source: BaseSource | undefined, facts: BaseFacts): string | undefined {
  if (source === undefined) return `nothing is known for ${facts.target}`;
  if (source.extraction.kind === "untried") return source.extraction.why;
  if (source.compiler === undefined) {
    return `no checksum is known of Deno ${source.denoVersion} for ${facts.target}`;
  }
  if (source.file.registry === "pypi" && !facts.hasPython) return "Python is not there to fetch it";
  return undefined;
}
