/** Where a file of the program stands: its folder under `src/` and that folder's layer, 0 to 4. */
export interface Place {
  readonly folder: string;
  readonly layer: number;
}

const FOLDERS_OF_LAYER: readonly (readonly string[])[] = [
  ["errors.ts", "platform", "log", "types"],
  ["jsonrpc", "mcp", "sse", "http"],
  ["stdio", "transport", "translation", "oauth", "credentials"],
  ["bridge", "doctor", "configure"],
  ["cli", "main.ts"],
];

/** Imports of values between folders of one layer that are allowed all the same. */
const ALLOWED_SIBLINGS: ReadonlySet<string> = new Set([
  "platform -> errors.ts",
  "log -> errors.ts",
  "mcp -> jsonrpc",
  "main.ts -> cli",
]);

/**
 * The place of a file, by its path from the root of the repository.
 *
 * @returns `undefined` when no layer names its folder
 */
export function placeOf(path: string): Place | undefined {
  const folder = path.replace(/^src\//, "").split("/")[0] ?? "";
  const layer = FOLDERS_OF_LAYER.findIndex((folders) => folders.includes(folder));
  return layer === -1 ? undefined : { folder, layer };
}

/** Whether values may be imported between these two folders of one layer. */
export function isAllowedSibling(from: Place, to: Place): boolean {
  return ALLOWED_SIBLINGS.has(`${from.folder} -> ${to.folder}`);
}
