import type { Keychain, KeychainReading } from "./keychain.ts";
import type { Processes, RunOutcome } from "./processes.ts";

/** Longest wait, in milliseconds: a locked keyring asks the user, who may not be there. */
const PATIENCE = 2000;
const OUTPUT_LIMIT = 4096;
const ATTRIBUTES = ["service", "causeway", "account", "credentials-key"];

/** The Secret Service (GNOME Keyring, KWallet, KeePassXC) by libsecret's `secret-tool`. */
export class SecretServiceKeychain implements Keychain {
  readonly name = "the Secret Service";
  readonly #processes: Processes;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  async read(): Promise<KeychainReading> {
    const outcome = await this.#run(["lookup", ...ATTRIBUTES]);
    if (outcome.kind === "not_found") return unavailable("secret-tool is not installed");
    if (outcome.kind === "timed_out") return unavailable("it did not answer; it may be locked");
    if (outcome.kind !== "exited") return unavailable("secret-tool could not be run");
    const secret = new TextDecoder().decode(outcome.stdout).trim();
    if (outcome.code === 0 && secret !== "") return { kind: "found", secret };
    // Only a failure speaks: a secret that is not there is exit code 1 and silence. So is a locked
    // keyring whose question nobody could be asked; but then none can be stored either.
    if (outcome.code === 1 && outcome.stderr.length === 0) return { kind: "absent" };
    return unavailable("no such service answers in this session");
  }

  async write(secret: string): Promise<boolean> {
    const label = "--label=Causeway: key of the stored sign-ins";
    const outcome = await this.#run(["store", label, ...ATTRIBUTES], secret);
    return outcome.kind === "exited" && outcome.code === 0;
  }

  #run(args: readonly string[], stdin?: string): Promise<RunOutcome> {
    return this.#processes.run("secret-tool", args, {
      timeout: PATIENCE,
      outputLimit: OUTPUT_LIMIT,
      ...(stdin === undefined ? {} : { stdin: new TextEncoder().encode(stdin) }),
    });
  }
}

function unavailable(reason: string): KeychainReading {
  return { kind: "unavailable", reason };
}
