import { assert, assertEquals } from "@std/assert";
import { SealingKeys } from "../../../src/credentials/sealing_keys.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { LocalLock } from "../../support/local_lock.ts";
import { MemoryKeychain } from "../../support/memory_keychain.ts";
import { MemoryLogger } from "../../support/memory_logger.ts";

interface World {
  readonly keychain: MemoryKeychain;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  keys(): SealingKeys;
}

function world(): World {
  const keychain = new MemoryKeychain();
  const [clock, logger, lock] = [new FakeClock(), new MemoryLogger(), new LocalLock()];
  return {
    keychain,
    clock,
    logger,
    keys: () => new SealingKeys({ keychain, clock, logger, lock }),
  };
}

Deno.test("SealingKeys.forSealing() makes one key, whoever asks first, and asks once", async () => {
  const { keychain, keys } = world();
  const [one, other] = [keys(), keys()];
  const made = await Promise.all([one.forSealing(), one.forSealing(), other.forSealing()]);
  assertEquals(new Set(made.map((key) => key?.id)).size, 1);
  assert(made[0] !== undefined);
  const { reads } = keychain;
  assertEquals((await one.forSealing())?.id, made[0]?.id);
  assertEquals((await one.existing(made[0]?.id ?? ""))?.id, made[0]?.id);
  assertEquals(keychain.reads, reads);
});

Deno.test("SealingKeys.existing() never makes a key", async () => {
  const { keychain, keys, logger } = world();
  assertEquals(await keys().existing("0123456789abcdef"), undefined);
  assertEquals(keychain.secret, undefined);
  assertEquals(logger.lines, []);
});

Deno.test("SealingKeys.existing() looks again when a record was sealed with a newer key", async () => {
  const { keychain, keys } = world();
  const [one, other] = [keys(), keys()];
  await one.forSealing();
  keychain.secret = undefined;
  const newer = await other.forSealing();
  assertEquals((await one.existing(newer?.id ?? ""))?.id, newer?.id);
  assertEquals(await one.existing("0123456789abcdef"), undefined);
});

Deno.test("SealingKeys does without a keychain that is locked, says so once, and tries again later", async () => {
  const { keychain, keys, logger, clock } = world();
  keychain.locked = true;
  const sealing = keys();
  assertEquals(await sealing.forSealing(), undefined);
  assertEquals(await sealing.forSealing(), undefined);
  assertEquals(keychain.reads, 1);
  assertEquals(logger.lines.length, 1);
  assert(logger.lines[0]?.includes("it is locked"));
  keychain.locked = false;
  await clock.advance(60_000);
  assert(await sealing.forSealing() !== undefined);
});

Deno.test("SealingKeys trusts only a key that the keychain gives back", async () => {
  const { keychain, keys, logger } = world();
  keychain.forgetful = true;
  assertEquals(await keys().forSealing(), undefined);
  assertEquals(logger.lines.length, 1);
  keychain.forgetful = false;
  keychain.secret = "not a key of ours";
  assertEquals(await keys().forSealing(), undefined);
  assertEquals(keychain.secret, "not a key of ours");
});

Deno.test("SealingKeys without a keychain says nothing and seals nothing", async () => {
  const { clock, logger } = world();
  const keys = new SealingKeys({ keychain: undefined, clock, logger, lock: new LocalLock() });
  assertEquals(await keys.forSealing(), undefined);
  assertEquals(await keys.existing("0123456789abcdef"), undefined);
  assertEquals(logger.lines, []);
});
