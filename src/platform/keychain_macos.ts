import type { Keychain, KeychainReading } from "./keychain.ts";
import type { Processes } from "./processes.ts";

/** Longest wait, in milliseconds: a locked keychain asks the user, who may not be there. */
const PATIENCE = 2000;
const OUTPUT_LIMIT = 4096;
const PROGRAM = "/usr/bin/security";
const ACCOUNT = "credentials-key";
const SERVICE = "causeway";
/** `errSecItemNotFound`, as `security` turns it into an exit code. */
const ITEM_NOT_FOUND = 44;

/** The login keychain of macOS, by `security`. */
export class MacosKeychain implements Keychain {
  readonly name = "the macOS keychain";
  readonly #processes: Processes;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  async read(): Promise<KeychainReading> {
    const args = ["find-generic-password", "-a", ACCOUNT, "-s", SERVICE, "-w"];
    const limits = { timeout: PATIENCE, outputLimit: OUTPUT_LIMIT };
    const outcome = await this.#processes.run(PROGRAM, args, limits);
    if (outcome.kind === "timed_out") return unavailable("it did not answer; it may be locked");
    if (outcome.kind !== "exited") return unavailable(`${PROGRAM} could not be run`);
    const secret = new TextDecoder().decode(outcome.stdout).trim();
    if (outcome.code === 0 && secret !== "") return { kind: "found", secret };
    if (outcome.code === ITEM_NOT_FOUND) return { kind: "absent" };
    return unavailable(`${PROGRAM} ended with exit code ${outcome.code}`);
  }

  async write(secret: string): Promise<boolean> {
    // By a command on standard input, where the process list does not show it. The tool cuts such a
    // line at 4096 bytes; this one has some 120.
    const command = `add-generic-password -U -a "${ACCOUNT}" -s "${SERVICE}" -w "${secret}"\n`;
    const outcome = await this.#processes.run(PROGRAM, ["-i"], {
      stdin: new TextEncoder().encode(command),
      timeout: PATIENCE,
      outputLimit: OUTPUT_LIMIT,
    });
    return outcome.kind === "exited" && outcome.code === 0;
  }
}

function unavailable(reason: string): KeychainReading {
  return { kind: "unavailable", reason };
}
