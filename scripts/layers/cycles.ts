import type { SourceFile } from "./rules.ts";

/**
 * The import cycles among files, types included: two files that need each other's types are one
 * thought in two places.
 *
 * @returns each cycle as the paths along it, the first one repeated at the end
 */
export function findCycles(files: readonly SourceFile[]): readonly (readonly string[])[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[][] = [];
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      cycles.push([...trail.slice(start), path]);
      return;
    }
    if (done.has(path)) return;
    trail.push(path);
    const targets = new Set((byPath.get(path)?.imports ?? []).map((one) => one.target));
    for (const target of targets) if (target !== undefined) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const file of files) visit(file.path);
  return cycles;
}
