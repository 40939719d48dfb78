import { assert, assertEquals } from "@std/assert";
import { openCredentials } from "../../../src/credentials/open_credentials.ts";
import type { RunOutcome } from "../../../src/platform/processes.ts";
import { environmentOf } from "../../support/environment_of.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { MemoryLogger } from "../../support/memory_logger.ts";
import { exited, ScriptedProcesses } from "../../support/scripted_processes.ts";
import { GRANT_KEY, TOKEN_SET } from "../../support/stored_record_samples.ts";

function open(
  protection: "keychain" | "file",
  run: () => RunOutcome,
  files: MemoryFiles = new MemoryFiles(),
) {
  const logger = new MemoryLogger();
  const processes = new ScriptedProcesses({ run });
  const credentials = openCredentials({
    environment: environmentOf("linux", { MCP_REMOTE_CONFIG_DIR: "/auth" }),
    files,
    fileLocks: { acquire: () => Promise.resolve({ release: () => {} }) },
    processes,
    clock: new FakeClock(),
    logger,
  }, protection);
  return { ...credentials, files, logger, processes };
}

Deno.test("openCredentials() does nothing before it must", () => {
  const { files, processes, folders } = open("keychain", () => exited(1));
  assertEquals([files.paths, processes.started], [[], []]);
  assertEquals(folders, { shared: "/auth", own: "/auth/causeway" });
});

Deno.test("openCredentials() asks no keychain and says nothing with --store file", async () => {
  const { store, files, logger, processes } = open("file", () => exited(1));
  await store.writeTokens(GRANT_KEY, TOKEN_SET);
  assertEquals(await store.readTokens(GRANT_KEY), TOKEN_SET);
  assertEquals([processes.started, logger.lines], [[], []]);
  assert(files.paths.every((path) => path.startsWith("/auth/causeway/tokens/")));
});

Deno.test("openCredentials() says once that there is no keychain, and goes on", async () => {
  const absent = () => ({ kind: "not_found" }) as const;
  const { store, files, logger, processes } = open("keychain", absent);
  await store.writeTokens(GRANT_KEY, TOKEN_SET);
  await store.writeTokens(GRANT_KEY, TOKEN_SET);
  assertEquals(await store.readTokens(GRANT_KEY), TOKEN_SET);
  assertEquals([processes.started.length, logger.lines.length], [1, 1]);
  assert(logger.lines[0]?.startsWith("info: No keychain is used"));
  const next = open("keychain", absent, files);
  await next.store.writeTokens(GRANT_KEY, TOKEN_SET);
  assertEquals(next.logger.lines, []);
});
