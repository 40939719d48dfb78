/** One measured case. Values are medians; a column that was not measured is absent. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly direct?: number;
  readonly causeway: number;
  readonly mcpRemote?: number;
  readonly targets: readonly Target[];
}

/** What the case should reach. */
export interface Target {
  readonly words: string;
  /** What was reached, as a number that the words speak of. */
  readonly reached: number;
  readonly met: boolean;
}

/** A target of at least so much. */
export function atLeast(reached: number, limit: number, words: string): Target {
  return { words, reached, met: reached >= limit };
}

/** A target of at most so much. */
export function atMost(reached: number, limit: number, words: string): Target {
  return { words, reached, met: reached <= limit };
}

/** The rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const head = ["case", "direct", "causeway", "mcp-remote", "target", "reached"];
  const lines = rows.map((row) => [
    `${row.name} (${row.unit})`,
    shown(row.direct),
    shown(row.causeway),
    shown(row.mcpRemote),
    row.targets.map((target) => target.words).join("; "),
    row.targets.map((target) => `${shown(target.reached)} ${target.met ? "ok" : "MISSED"}`)
      .join("; "),
  ]);
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const format = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [format(head), rule, ...lines.map(format)].join("\n");
}

function shown(value: number | undefined): string {
  if (value === undefined) return "-";
  if (Number.isNaN(value)) return "unknown";
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
