import type {
  LaunchOutcome,
  Processes,
  RunOptions,
  RunOutcome,
} from "../../../src/platform/processes.ts";

/** A run of a program that a test lets end. */
export interface FakeRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly options: RunOptions;
  end(outcome: RunOutcome): void;
}

/** Programs whose ends a test decides: at once from `outcomes`, else by {@linkcode FakeRun.end}. */
export class FakeProcesses implements Processes {
  readonly runs: FakeRun[] = [];
  readonly outcomes: RunOutcome[] = [];

  run(program: string, args: readonly string[], options: RunOptions): Promise<RunOutcome> {
    const { promise, resolve } = Promise.withResolvers<RunOutcome>();
    this.runs.push({ program, args, options, end: resolve });
    const outcome = this.outcomes.shift();
    if (outcome !== undefined) resolve(outcome);
    return promise;
  }

  launch(): Promise<LaunchOutcome> {
    throw new Error("unimplemented");
  }
}

/** A program that printed this and ended. */
export function exited(stdout: string, code = 0, stderr = ""): RunOutcome {
  const encoder = new TextEncoder();
  return { kind: "exited", code, stdout: encoder.encode(stdout), stderr: encoder.encode(stderr) };
}
