import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FileCredentialStore } from "../../../src/credentials/file_credential_store.ts";
import { RecordFiles } from "../../../src/credentials/record_files.ts";
import { SealingKeys } from "../../../src/credentials/sealing_keys.ts";
import type { Keychain } from "../../../src/platform/keychain.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { LocalLock } from "../../support/local_lock.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { MemoryKeychain } from "../../support/memory_keychain.ts";
import { MemoryLogger } from "../../support/memory_logger.ts";
import {
  CLIENT,
  GRANT_KEY,
  PENDING,
  SERVER,
  TOKEN_SET,
} from "../../support/stored_record_samples.ts";

interface World {
  readonly files: MemoryFiles;
  readonly logger: MemoryLogger;
  readonly store: FileCredentialStore;
}

function openStore(keychain: Keychain | undefined, files = new MemoryFiles()): World {
  const logger = new MemoryLogger();
  const keys = new SealingKeys({ keychain, clock: new FakeClock(), logger, lock: new LocalLock() });
  const records = new RecordFiles({ files, keys, logger, folder: "/auth/causeway" });
  return { files, logger, store: new FileCredentialStore(records) };
}

async function writeAll({ store }: World): Promise<void> {
  await store.writeTokens(GRANT_KEY, TOKEN_SET);
  await store.writeClient(CLIENT);
  await store.writeServer(SERVER);
  await store.writePendingSignIn(GRANT_KEY, PENDING);
}

function contents({ files }: World): string {
  return files.paths.map((path) => files.text(path)).join("\n");
}

function onlyPath({ files }: World): string {
  const [path] = files.paths;
  if (path === undefined || files.paths.length !== 1) throw new Error(files.paths.join());
  return path;
}

for (const keychain of [new MemoryKeychain(), undefined]) {
  const how = keychain === undefined ? "plain" : "sealed";

  Deno.test(`FileCredentialStore gives back every field of every record (${how})`, async () => {
    const first = openStore(keychain);
    await writeAll(first);
    const { store } = openStore(keychain, first.files);
    assertEquals(await store.readTokens(GRANT_KEY), TOKEN_SET);
    assertEquals(await store.readClient(CLIENT), CLIENT);
    assertEquals(await store.readServer(SERVER), SERVER);
    assertEquals(await store.servers(), [SERVER]);
    assertEquals(await store.readPendingSignIn(GRANT_KEY), PENDING);
  });

  Deno.test(`FileCredentialStore forgets what is removed (${how})`, async () => {
    const world = openStore(keychain);
    const { store, files } = world;
    await writeAll(world);
    await store.removeTokens(GRANT_KEY);
    await store.removeTokens(GRANT_KEY);
    await store.removeClient(CLIENT);
    await store.removeServer(SERVER);
    await store.removePendingSignIn(GRANT_KEY);
    assertEquals(files.paths, []);
    assertEquals(await store.readTokens(GRANT_KEY), undefined);
    assertEquals(await store.servers(), []);
  });
}

Deno.test("FileCredentialStore shows no secret on disk when there is a keychain", async () => {
  const world = openStore(new MemoryKeychain());
  await writeAll(world);
  assert(!contents(world).includes("canary"));
  // But whose it is can be listed without the key.
  assertStringIncludes(contents(world), GRANT_KEY.resource);
  const plain = openStore(undefined);
  await writeAll(plain);
  assertStringIncludes(contents(plain), "canary-refresh-token");
});

Deno.test("FileCredentialStore files nothing under another issuer, resource, profile or redirect", async () => {
  const { store } = openStore(undefined);
  await store.writeTokens(GRANT_KEY, TOKEN_SET);
  await store.writeClient(CLIENT);
  for (const other of ["issuer", "resource", "profile"] as const) {
    assertEquals(await store.readTokens({ ...GRANT_KEY, [other]: "https://other" }), undefined);
  }
  const swapped = { ...GRANT_KEY, issuer: GRANT_KEY.resource, resource: GRANT_KEY.issuer };
  assertEquals(await store.readTokens(swapped), undefined);
  for (const other of ["issuer", "redirectUri"] as const) {
    assertEquals(await store.readClient({ ...CLIENT, [other]: "https://other" }), undefined);
  }
});

Deno.test("FileCredentialStore refuses a sealed record that was put in another's place", async () => {
  const world = openStore(new MemoryKeychain());
  await world.store.writeTokens(GRANT_KEY, TOKEN_SET);
  const path = onlyPath(world);
  const moved = world.files.text(path);
  const other = { ...GRANT_KEY, resource: "https://evil.example/" };
  await world.store.writeTokens(other, TOKEN_SET);
  const otherPath = world.files.paths.find((one) => one !== path) ?? "";
  // As it is, and with the clear part made to fit.
  for (const content of [moved, moved.replaceAll(GRANT_KEY.resource, other.resource)]) {
    world.files.set(otherPath, content);
    assertEquals(await world.store.readTokens(other), undefined);
  }
  assertEquals(await world.store.readTokens(GRANT_KEY), TOKEN_SET);
});

Deno.test("FileCredentialStore reads a record whose key is lost as absent, says so and leaves it", async () => {
  const keychain = new MemoryKeychain();
  const first = openStore(keychain);
  await first.store.writeTokens(GRANT_KEY, TOKEN_SET);
  const before = contents(first);
  keychain.secret = undefined;
  const lost = openStore(keychain, first.files);
  assertEquals(await lost.store.readTokens(GRANT_KEY), undefined);
  assertEquals(await lost.store.readTokens(GRANT_KEY), undefined);
  assertEquals(lost.logger.lines.length, 1);
  assertEquals(contents(lost), before);
  await lost.store.writeTokens(GRANT_KEY, TOKEN_SET);
  assertEquals(await lost.store.readTokens(GRANT_KEY), TOKEN_SET);
});

Deno.test("FileCredentialStore reads sealed records again when the keychain is unlocked", async () => {
  const keychain = new MemoryKeychain();
  const first = openStore(keychain);
  await first.store.writeTokens(GRANT_KEY, TOKEN_SET);
  keychain.locked = true;
  assertEquals(await openStore(keychain, first.files).store.readTokens(GRANT_KEY), undefined);
  keychain.locked = false;
  assertEquals(await openStore(keychain, first.files).store.readTokens(GRANT_KEY), TOKEN_SET);
});

Deno.test("FileCredentialStore reads plain records after a keychain came, and seals them when written", async () => {
  const plain = openStore(undefined);
  await plain.store.writeTokens(GRANT_KEY, TOKEN_SET);
  const sealing = openStore(new MemoryKeychain(), plain.files);
  assertEquals(await sealing.store.readTokens(GRANT_KEY), TOKEN_SET);
  await sealing.store.writeTokens(GRANT_KEY, TOKEN_SET);
  assert(!contents(sealing).includes("canary"));
});

Deno.test("FileCredentialStore keeps a damaged file aside and takes it for absent", async () => {
  const world = openStore(undefined);
  await world.store.writeTokens(GRANT_KEY, TOKEN_SET);
  const path = onlyPath(world);
  const good = world.files.text(path);
  const bad = [
    "",
    "{",
    "null",
    "[]",
    '"text"',
    good.slice(0, good.length / 2),
    "\0".repeat(500),
    '{"__proto__":{"format":1}}',
    good.replace('"format":1', '"format":"1"'),
    good.replace('"kind":"tokens"', '"kind":"clients"'),
    good.replace('"default"', '"other"'),
    good.replace('"canary-access-token"', "7"),
    good.replace('"canary-access-token"', '""'),
    good.replace('"canary-refresh-token"', "{}"),
    good.replace('"issuedAt":1780000000000', '"issuedAt":"soon"'),
    good.replace('"issParameterSupported":true', '"issParameterSupported":"yes"'),
    good.replace('["client_secret_basic","none"]', "[1]"),
    good.replace('"authorizationServer":', '"gone":'),
    good.replace(/"record":.*/, '"sealed":{"keyId":7}}'),
    good.replace(/"record":.*/, '"record":"text"}'),
  ];
  for (const content of bad) {
    assert(content !== good);
    const { store, files, logger } = openStore(undefined);
    files.set(path, content);
    assertEquals(await store.readTokens(GRANT_KEY), undefined, content);
    assertEquals(await store.readTokens(GRANT_KEY), undefined);
    assertEquals(files.text(`${path}.damaged`), content);
    assertEquals(logger.lines.length, 1, content);
    assert(!logger.lines.join().includes("canary"));
    await store.writeTokens(GRANT_KEY, TOKEN_SET);
    assertEquals(await store.readTokens(GRANT_KEY), TOKEN_SET);
  }
});

Deno.test("FileCredentialStore leaves alone what a later version wrote", async () => {
  const world = openStore(undefined);
  await world.store.writeTokens(GRANT_KEY, TOKEN_SET);
  const path = onlyPath(world);
  const good = world.files.text(path);
  for (
    const later of [
      good.replace('"format":1', '"format":2'),
      good.replace('"version":1', '"version":2'),
    ]
  ) {
    assert(later !== good);
    world.files.set(path, later);
    assertEquals(await world.store.readTokens(GRANT_KEY), undefined);
    assertEquals(world.files.paths, [path]);
  }
  assertEquals(world.logger.lines, []);
});

Deno.test("FileCredentialStore reads no file that is too large to be its own", async () => {
  const world = openStore(undefined);
  await world.store.writeServer(SERVER);
  const path = onlyPath(world);
  world.files.set(path, `${" ".repeat(1_100_000)}${world.files.text(path)}`);
  assertEquals(await world.store.readServer(SERVER), undefined);
  assertEquals(await world.store.servers(), []);
  assertEquals(world.logger.lines.length, 1);
});

Deno.test("FileCredentialStore.servers() lists every server and skips what is none", async () => {
  const world = openStore(undefined);
  const other = { ...SERVER, server: "https://b.example/mcp", profile: "work" };
  await world.store.writeServer(SERVER);
  await world.store.writeServer(other);
  world.files.set("/auth/causeway/servers/broken.json", "{");
  world.files.set("/auth/causeway/servers/note.txt", "mine");
  world.files.set("/auth/causeway/servers/x.json.4711.tmp", "{");
  const listed = await world.store.servers();
  assertEquals(new Set(listed.map(({ server }) => server)), new Set([SERVER.server, other.server]));
  assertEquals(listed.length, 2);
});
