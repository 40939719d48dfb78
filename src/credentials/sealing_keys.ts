import type { Logger } from "../log/logger.ts";
import type { CrossProcessLock } from "../oauth/ports.ts";
import type { Clock } from "../platform/clock.ts";
import type { Keychain } from "../platform/keychain.ts";
import { newKeyText, type SealingKey, sealingKeyFrom } from "./sealing.ts";

/** How long, in milliseconds, a keychain that did not answer is left alone. */
const PAUSE = 60_000;

/** What the keys come from. */
export interface SealingKeysOptions {
  /** `undefined` when the user wants plain files (`--store file`). */
  readonly keychain: Keychain | undefined;
  readonly lock: CrossProcessLock;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the user was not told before, by no process, that there is no keychain; asked once. */
  readonly isNews?: () => Promise<boolean>;
}

type Lookup =
  | { readonly kind: "found"; readonly key: SealingKey }
  | { readonly kind: "absent" }
  | Unavailable;

interface Unavailable {
  readonly kind: "unavailable";
  readonly reason: string;
}

/** The key of the store, kept in the keychain; asked for as late and as seldom as can be. */
export class SealingKeys {
  readonly #options: SealingKeysOptions;
  #lookup: Promise<Lookup> | undefined;
  #making: Promise<SealingKey | undefined> | undefined;
  #pausedUntil = -Infinity;
  #said = false;

  constructor(options: SealingKeysOptions) {
    this.#options = options;
  }

  /** The key of that name, which a record was sealed with; `undefined` when it is not to be had now. */
  async existing(id: string): Promise<SealingKey | undefined> {
    const known = await this.#find();
    if (known.kind !== "found") return undefined;
    if (known.key.id === id) return known.key;
    // Another process may have found the keychain emptied and made a new key.
    this.#lookup = undefined;
    const current = await this.#find();
    return current.kind === "found" && current.key.id === id ? current.key : undefined;
  }

  /**
   * The key to seal with, made when there is none yet; `undefined` when there is no keychain, which is
   * said once.
   */
  async forSealing(): Promise<SealingKey | undefined> {
    const found = await this.#find();
    if (found.kind === "found") return found.key;
    if (found.kind === "absent") {
      this.#making ??= this.#make().finally(() => this.#making = undefined);
      return await this.#making;
    }
    await this.#sayOnce(found.reason);
    return undefined;
  }

  #find(): Promise<Lookup> {
    const { keychain, clock } = this.#options;
    if (keychain === undefined) {
      return Promise.resolve({ kind: "unavailable", reason: "it is not to be used" });
    }
    if (this.#lookup === undefined || clock.now() >= this.#pausedUntil) {
      // Only a key that was found stays; everything else is looked at again.
      this.#pausedUntil = Infinity;
      this.#lookup = readKey(keychain).then((lookup) => {
        if (lookup.kind === "absent") this.#lookup = undefined;
        if (lookup.kind === "unavailable") this.#pausedUntil = clock.now() + PAUSE;
        return lookup;
      });
    }
    return this.#lookup;
  }

  async #make(): Promise<SealingKey | undefined> {
    const { keychain, lock } = this.#options;
    if (keychain === undefined) return undefined;
    return await lock.withLock("sealing key", async () => {
      const before = await readKey(keychain);
      const lookup = before.kind === "absent" ? await storeNewKey(keychain) : before;
      this.#lookup = Promise.resolve(lookup);
      if (lookup.kind === "found") return lookup.key;
      this.#pausedUntil = this.#options.clock.now() + PAUSE;
      await this.#sayOnce(lookup.reason);
      return undefined;
    });
  }

  async #sayOnce(reason: string): Promise<void> {
    const { keychain, logger, isNews } = this.#options;
    if (this.#said || keychain === undefined) return;
    this.#said = true;
    if (isNews !== undefined && !await isNews()) return;
    logger.info(
      "No keychain is used: stored sign-ins are protected by the permissions of their files",
      { keychain: keychain.name, reason },
    );
  }
}

async function readKey(keychain: Keychain): Promise<Lookup> {
  const reading = await keychain.read();
  if (reading.kind !== "found") return reading;
  const key = await sealingKeyFrom(reading.secret);
  if (key !== undefined) return { kind: "found", key };
  return { kind: "unavailable", reason: `${keychain.name} holds something else under our name` };
}

async function storeNewKey(keychain: Keychain): Promise<Exclude<Lookup, { kind: "absent" }>> {
  // What counts is what the keychain gives back, not what it was given.
  const written = await keychain.write(newKeyText()) ? await readKey(keychain) : undefined;
  if (written !== undefined && written.kind !== "absent") return written;
  return { kind: "unavailable", reason: `${keychain.name} did not keep a new key` };
}
