import type { Keychain, KeychainReading } from "../../src/platform/keychain.ts";

/** A keychain in memory, which a test can lock and empty. */
export class MemoryKeychain implements Keychain {
  readonly name = "the test's keychain";
  secret: string | undefined;
  /** While locked, it can neither be read nor written. */
  locked = false;
  /** While forgetful, it takes a secret and does not keep it. */
  forgetful = false;
  reads = 0;

  read(): Promise<KeychainReading> {
    this.reads++;
    if (this.locked) return Promise.resolve({ kind: "unavailable", reason: "it is locked" });
    if (this.secret === undefined) return Promise.resolve({ kind: "absent" });
    return Promise.resolve({ kind: "found", secret: this.secret });
  }

  write(secret: string): Promise<boolean> {
    if (this.locked) return Promise.resolve(false);
    if (!this.forgetful) this.secret = secret;
    return Promise.resolve(true);
  }
}
