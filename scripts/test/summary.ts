/** What `deno test` counted. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** Tests that were ignored or filtered out, so that nothing is known of them. */
  readonly skipped: number;
}

/**
 * The counts of one run of `deno test`, from its output without colours.
 *
 * @returns `undefined` when it holds no summary, because the run broke down
 */
export function readSummary(output: string): TestCounts | undefined {
  const summary = output.split("\n").findLast((line) => /^(ok|FAILED) \| \d+ passed/.test(line));
  if (summary === undefined) return undefined;
  const count = (word: string): number =>
    Number(new RegExp(`(\\d+) ${word}\\b`).exec(summary)?.[1] ?? 0);
  return {
    passed: count("passed"),
    failed: count("failed"),
    skipped: count("ignored") + count("filtered out"),
  };
}

/** Whether a line only says that something went as it should, and so need not be shown. */
export function isRoutine(line: string): boolean {
  return line.trim() === "" || / \.\.\. ok \(.*\)$/.test(line) ||
    /^running \d+ tests? from /.test(line) || /^ok \| \d+ passed/.test(line);
}

/** Why a part counts as failed, or `undefined` when all is well. */
export function verdict(counts: TestCounts | undefined, exitCode: number): string | undefined {
  if (counts === undefined) return `the run broke down (exit code ${exitCode})`;
  if (counts.failed > 0) return `${counts.failed} failed`;
  if (counts.skipped > 0) return `${counts.skipped} were skipped`;
  if (counts.passed === 0) return "no test ran";
  return exitCode === 0 ? undefined : `the run ended with exit code ${exitCode}`;
}
