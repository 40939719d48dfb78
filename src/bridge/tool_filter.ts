import type { ToolPatterns } from "./options.ts";

/** Whether the client may see and call the tool of that name. */
export type ToolFilter = (toolName: string) => boolean;

/**
 * The filter for `--allow-tool` and `--ignore-tool` patterns, or `undefined` when there are none.
 *
 * In a pattern, `*` stands for any text, also none; everything else for itself. Upper and lower
 * case are one, as in mcp-remote. An ignored tool stays ignored when it is also allowed.
 */
export function toolFilter(patterns: ToolPatterns): ToolFilter | undefined {
  const { allow, ignore } = patterns;
  if (allow.length === 0 && ignore.length === 0) return undefined;
  return (toolName) =>
    (allow.length === 0 || allow.some((pattern) => matchesPattern(pattern, toolName))) &&
    !ignore.some((pattern) => matchesPattern(pattern, toolName));
}

/** Whether the whole name matches the pattern. Linear but for the number of stars: no regular expression. */
export function matchesPattern(pattern: string, toolName: string): boolean {
  const name = toolName.toLowerCase();
  const [first = "", ...rest] = pattern.toLowerCase().split("*");
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let position = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return name.length - last.length >= position && name.endsWith(last);
}
