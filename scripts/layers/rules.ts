import type { ModuleImport } from "./import_scanner.ts";
import { isAllowedSibling, type Place, placeOf } from "./layer_table.ts";

/** A source file and what it imports; local imports are resolved to paths from the root. */
export interface SourceFile {
  readonly path: string;
  readonly imports: readonly ResolvedImport[];
}

/** An import together with the file that it leads to. */
export interface ResolvedImport extends ModuleImport {
  /** Path from the root, or `undefined` when the specifier names a package. */
  readonly target: string | undefined;
}

/** One broken rule. */
export interface Violation {
  readonly path: string;
  readonly specifier: string;
  readonly rule: string;
}

/** Modules of `node:` that compute only, and so need no port. */
const PURE_NODE_MODULES: ReadonlySet<string> = new Set(["node:crypto"]);

/** Checks every import of every file against the table of layers. */
export function checkRules(files: readonly SourceFile[]): readonly Violation[] {
  return files.flatMap((file) => {
    const from = placeOf(file.path);
    if (from === undefined) {
      return [{ path: file.path, specifier: "", rule: "its folder belongs to no layer" }];
    }
    return file.imports.flatMap((one) => {
      const rule = brokenRule(file.path, from, one);
      return rule === undefined ? [] : [{ path: file.path, specifier: one.specifier, rule }];
    });
  });
}

function brokenRule(path: string, from: Place, one: ResolvedImport): string | undefined {
  if (one.target === undefined) return brokenPackageRule(from, one.specifier);
  if (!one.target.startsWith("src/")) return "a file of the program imports only from src/";
  const to = placeOf(one.target);
  if (to === undefined) return "the imported folder belongs to no layer";
  if (to.layer < from.layer || to.folder === from.folder) return undefined;
  if (to.layer > from.layer) {
    return `layer ${from.layer} (${from.folder}) may not import layer ${to.layer} (${to.folder})`;
  }
  if (one.typeOnly || path === "main.ts" || isAllowedSibling(from, to)) return undefined;
  return `siblings of layer ${from.layer} (${from.folder}, ${to.folder}) share only types: use "import type"`;
}

function brokenPackageRule(from: Place, specifier: string): string | undefined {
  if (/^(npm|jsr|https?):/.test(specifier)) {
    return "packages are pinned in the import map of deno.json, not in a file";
  }
  const reachesOut = specifier.startsWith("node:") && !PURE_NODE_MODULES.has(specifier);
  if (reachesOut && from.folder !== "platform") {
    return "node: modules stand behind a port of src/platform";
  }
  return undefined;
}
