const ROOT = import.meta.url.replace(/\/scripts\/lint\/source_path\.ts$/, "");

/** Whether the linted file belongs to the program, so that the strictest habits hold for it. */
export function isProgram(filename: string): boolean {
  return isUnderSrc(filename) || pathFromRoot(filename) === "main.ts";
}

/** Whether the linted file stands under `src/` (and so is not `main.ts`, which exits the process). */
export function isUnderSrc(filename: string): boolean {
  return pathFromRoot(filename).startsWith("src/");
}

/** Whether the linted file stands in `src/platform/`, the one place that knows the runtime. */
export function isPlatform(filename: string): boolean {
  return pathFromRoot(filename).startsWith("src/platform/");
}

function pathFromRoot(filename: string): string {
  const path = filename.replaceAll("\\", "/");
  const root = decodeURI(ROOT).replace(/^file:\/\/(?=\/)/, "").replace(/^\/(?=[A-Za-z]:\/)/, "");
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}
