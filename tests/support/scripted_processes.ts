import type {
  LaunchOutcome,
  Processes,
  RunOptions,
  RunOutcome,
} from "../../src/platform/processes.ts";

/** A program that a test saw started. */
export interface StartedProgram {
  readonly program: string;
  readonly args: readonly string[];
  /** What it was given on standard input; "" for nothing. */
  readonly stdin: string;
}

/** Programs whose end a test decides. */
export class ScriptedProcesses implements Processes {
  readonly started: StartedProgram[] = [];
  readonly #run: (started: StartedProgram) => RunOutcome;
  readonly #launch: (started: StartedProgram) => LaunchOutcome;

  constructor(
    script: {
      readonly run?: (started: StartedProgram) => RunOutcome;
      readonly launch?: (started: StartedProgram) => LaunchOutcome;
    },
  ) {
    this.#run = script.run ?? unexpected;
    this.#launch = script.launch ?? unexpected;
  }

  run(program: string, args: readonly string[], options: RunOptions): Promise<RunOutcome> {
    const stdin = new TextDecoder().decode(options.stdin);
    return Promise.resolve(this.#run(this.#note({ program, args, stdin })));
  }

  launch(program: string, args: readonly string[], _settle: number): Promise<LaunchOutcome> {
    return Promise.resolve(this.#launch(this.#note({ program, args, stdin: "" })));
  }

  #note(started: StartedProgram): StartedProgram {
    this.started.push(started);
    return started;
  }
}

/** The outcome of a program that wrote that much and ended. */
export function exited(code: number, stdout = "", stderr = ""): RunOutcome {
  const encoder = new TextEncoder();
  return { kind: "exited", code, stdout: encoder.encode(stdout), stderr: encoder.encode(stderr) };
}

function unexpected(started: StartedProgram): never {
  throw new Error(`"${started.program}" was not to be started`);
}
