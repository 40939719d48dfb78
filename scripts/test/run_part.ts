import { ROOT } from "../build/cache_folders.ts";
import { linesOf } from "./lines.ts";
import { isRoutine, readSummary, type TestCounts, verdict } from "./summary.ts";

/** A part of the tests and where it stands. */
export interface TestPart {
  readonly name: string;
  readonly paths: readonly string[];
  /** Whether a test fails that leaves timers or files open; foreign clients in a test may do so. */
  readonly findsLeaks: boolean;
}

/** How a part ended. */
export interface PartResult {
  readonly counts: TestCounts;
  /** Why the part counts as failed, or `undefined`. */
  readonly fault: string | undefined;
}

const PROXY_VARIABLES = /^(https?|all|no)_proxy$/i;

/** Runs one part by `deno test`, showing what is not routine (everything, if `verbose`). */
export async function runPart(part: TestPart, verbose: boolean): Promise<PartResult> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...TEST_ARGUMENTS, ...(part.findsLeaks ? SANITIZERS : []), ...part.paths],
    cwd: ROOT,
    clearEnv: true,
    env: testEnvironment(),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines: string[] = [];
  for await (const line of linesOf(child.stdout)) {
    lines.push(line);
    if (verbose || !isRoutine(line)) console.log(line);
  }
  const { code } = await child.status;
  const counts = readSummary(lines.join("\n"));
  return {
    counts: counts ?? { passed: 0, failed: 1, skipped: 0 },
    fault: verdict(counts, code),
  };
}

/** Types are checked by `deno task check`, not again here. */
const TEST_ARGUMENTS = ["--allow-all", "--no-check", "--parallel"];

const SANITIZERS = ["--sanitize-ops", "--sanitize-resources"];

/** The tests' servers are on the loopback, which no proxy of the user can reach. */
function testEnvironment(): Record<string, string> {
  const kept = Object.entries(Deno.env.toObject()).filter(([name]) => !PROXY_VARIABLES.test(name));
  return { ...Object.fromEntries(kept), NO_COLOR: "1" };
}
