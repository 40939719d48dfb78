/** One import or re-export of a module, as written. */
export interface ModuleImport {
  /** The specifier between the quotes. */
  readonly specifier: string;
  /** Whether only types are taken, so that nothing of the module is loaded because of it. */
  readonly typeOnly: boolean;
}

const FROM =
  /(?:^|[;}\s])(import|export)\s+(type\s+)?((?:\*|\{|[\w$])[^;"'`]*?)\s*from\s*(["'])([^"'\n]+)\4/g;
const BARE = /(?:^|[;}\s])import\s*(["'])([^"'\n]+)\1/g;
const DYNAMIC = /\bimport\s*\(\s*(["'])([^"'\n]+)\1/g;

/** Everything that the text of a TypeScript module imports: static, re-exported and dynamic. */
export function scanImports(source: string): readonly ModuleImport[] {
  const text = blankComments(source);
  const found: ModuleImport[] = [];
  for (const match of text.matchAll(FROM)) {
    const [, , typeKeyword, clause = "", , specifier = ""] = match;
    found.push({ specifier, typeOnly: typeKeyword !== undefined || namesOnlyTypes(clause) });
  }
  for (const pattern of [BARE, DYNAMIC]) {
    for (const match of text.matchAll(pattern)) {
      found.push({ specifier: match[2] ?? "", typeOnly: false });
    }
  }
  return found;
}

function namesOnlyTypes(clause: string): boolean {
  const names = /^\{([\s\S]*)\}$/.exec(clause.trim())?.[1];
  if (names === undefined) return false;
  const parts = names.split(",").map((name) => name.trim()).filter((name) => name !== "");
  return parts.length > 0 && parts.every((name) => /^type\s+(?!as\b)/.test(name));
}

/**
 * Comments and template literals turned into spaces, so that neither can look like an import. Quoted
 * strings stay, for they hold the specifiers.
 */
function blankComments(source: string): string {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`/g;
  return source.replaceAll(token, (part) => {
    const quoted = part.startsWith('"') || part.startsWith("'");
    return quoted ? part : part.replaceAll(/[^\n]/g, " ");
  });
}
