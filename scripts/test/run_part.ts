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

/** What may be chosen about a run. */
export interface RunOptions {
  /** Takes the lines that are not routine; all of them, if `verbose`. */
  readonly show: (line: string) => void;
  readonly verbose: boolean;
  /** How long no test may end, in milliseconds; then the run is ended, and tells which were pending. */
  readonly silenceLimit?: number;
}

/** Some tests take long, and the machine may be ten times slower than usual. */
const SILENCE_LIMIT = 240_000;

/** Runs one part by `deno test`. Nothing is run a second time: what fails now and then has failed. */
export async function runPart(part: TestPart, options: RunOptions): Promise<PartResult> {
  const { show, verbose, silenceLimit = SILENCE_LIMIT } = options;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...TEST_ARGUMENTS, ...(part.findsLeaks ? SANITIZERS : []), ...part.paths],
    cwd: ROOT,
    clearEnv: true,
    env: testEnvironment(),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let isSilent = false;
  const watch = (): ReturnType<typeof setTimeout> =>
    setTimeout(() => {
      isSilent = true;
      // Deno names the pending tests when it is interrupted.
      child.kill("SIGINT");
    }, silenceLimit);
  const lines: string[] = [];
  let timer = watch();
  for await (const line of linesOf(child.stdout)) {
    clearTimeout(timer);
    lines.push(line);
    if (verbose || !isRoutine(line)) show(line);
    if (!isSilent) timer = watch();
  }
  const { code } = await child.status;
  clearTimeout(timer);
  const counts = readSummary(lines.join("\n"));
  return {
    counts: counts ?? { passed: 0, failed: 1, skipped: 0 },
    fault: isSilent
      ? `no test ended for ${silenceLimit / 1000} s; the pending ones are named above`
      : verdict(counts, code),
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
