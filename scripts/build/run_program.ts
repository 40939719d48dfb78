/** How a program is run by {@linkcode runProgram}. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the program is ended; the default is ten minutes. */
  readonly timeoutMs?: number;
}

/** How a program ended. */
export interface RunResult {
  readonly success: boolean;
  /** What it wrote to both of its outputs, standard error last. */
  readonly output: string;
}

/** Runs a program to its end; a program that is missing counts as one that failed. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const signal = AbortSignal.timeout(options.timeoutMs ?? 600_000);
  try {
    const command = new Deno.Command(onThisSystem(program), {
      args: [...args],
      stdin: "null",
      signal,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: { ...options.env } }),
    });
    const result = await command.output();
    const text = new TextDecoder();
    const late = signal.aborted ? "\n(ended, because it took too long)" : "";
    return {
      success: result.success,
      output: `${text.decode(result.stdout)}${text.decode(result.stderr)}${late}`,
    };
  } catch (error) {
    return { success: false, output: error instanceof Error ? error.message : String(error) };
  }
}

/** Windows starts npm by a command file, which must be named in full. */
function onThisSystem(program: string): string {
  return Deno.build.os === "windows" && (program === "npm" || program === "npx")
    ? `${program}.cmd`
    : program;
}
