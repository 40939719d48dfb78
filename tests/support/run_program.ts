import { programPath } from "./bridge_process.ts";

/** What a program that ran to its end left behind. */
export interface ProgramOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the compiled program to its end, without input and with an empty environment. */
export async function runProgram(args: readonly string[]): Promise<ProgramOutput> {
  const command = new Deno.Command(programPath(), {
    args: [...args],
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
