import type { Files } from "./files.ts";
import type { Keychain, KeychainReading } from "./keychain.ts";
import type { Processes } from "./processes.ts";

/** Longest wait, in milliseconds: a cold PowerShell takes seconds on a slow machine. */
const PATIENCE = 10_000;
const OUTPUT_LIMIT = 16_384;

const PROTECT = script(
  "$bytes = [Text.Encoding]::UTF8.GetBytes($text)",
  "$result = [Security.Cryptography.ProtectedData]::Protect($bytes, $null, 'CurrentUser')",
  "[Console]::Out.Write([Convert]::ToBase64String($result))",
);

const UNPROTECT = script(
  "$bytes = [Convert]::FromBase64String($text)",
  "$result = [Security.Cryptography.ProtectedData]::Unprotect($bytes, $null, 'CurrentUser')",
  "[Console]::Out.Write([Text.Encoding]::UTF8.GetString($result))",
);

/**
 * The data protection of Windows (DPAPI): the secret lies in a file that only this Windows account can
 * decrypt. The scripts are constants; secrets go through standard input and output only.
 */
export class DpapiKeychain implements Keychain {
  readonly name = "Windows data protection";
  readonly #processes: Processes;
  readonly #files: Files;
  readonly #path: string;

  /** @param path where the protected secret lies */
  constructor(processes: Processes, files: Files, path: string) {
    this.#processes = processes;
    this.#files = files;
    this.#path = path;
  }

  async read(): Promise<KeychainReading> {
    try {
      const blob = await this.#files.readText(this.#path);
      if (blob === undefined) return { kind: "absent" };
      const secret = await this.#powershell(UNPROTECT, blob);
      if (secret !== undefined) return { kind: "found", secret };
    } catch {
      // Said below.
    }
    return { kind: "unavailable", reason: `Windows did not decrypt "${this.#path}"` };
  }

  async write(secret: string): Promise<boolean> {
    const blob = await this.#powershell(PROTECT, secret);
    if (blob === undefined) return false;
    try {
      await this.#files.writePrivate(this.#path, blob);
      return true;
    } catch {
      return false;
    }
  }

  async #powershell(command: string, stdin: string): Promise<string | undefined> {
    const args = ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", command];
    const outcome = await this.#processes.run("powershell.exe", args, {
      stdin: new TextEncoder().encode(stdin),
      timeout: PATIENCE,
      outputLimit: OUTPUT_LIMIT,
    });
    if (outcome.kind !== "exited" || outcome.code !== 0) return undefined;
    const output = new TextDecoder().decode(outcome.stdout).trim();
    return output === "" ? undefined : output;
  }
}

function script(...statements: readonly string[]): string {
  return [
    "$ErrorActionPreference = 'Stop'",
    "Add-Type -AssemblyName System.Security",
    "$text = [Console]::In.ReadToEnd().Trim()",
    ...statements,
  ].join("; ");
}
