import { openCredentials } from "../../src/credentials/open_credentials.ts";
import { SILENT_LOGGER } from "../../src/log/logger.ts";
import { LoopbackReceiver } from "../../src/oauth/loopback_receiver.ts";
import { SYSTEM_CLOCK } from "../../src/platform/system_clock.ts";
import { SystemFileLocks } from "../../src/platform/system_file_locks.ts";
import { SystemFiles } from "../../src/platform/system_files.ts";
import { SystemLoopbackListeners } from "../../src/platform/system_loopback_listener.ts";
import { SystemProcesses } from "../../src/platform/system_processes.ts";
import { environmentOf } from "./environment_of.ts";
import { GRANT_KEY, PENDING, TOKEN_SET } from "./stored_record_samples.ts";

// A bridge that only signs in: `sign_in_process.ts FOLDER PATH PORT`. Whoever has the lock listens: with a
// redirect URI of its own if no sign-in is pending ("opened REDIRECT_URI"), else on the pending one
// ("adopted REDIRECT_URI"). It writes tokens for the code that comes ("redeemed CODE"). Whoever gets
// the lock when there are tokens says so ("granted ACCESS_TOKEN").
const [folder = "", path = "", port = ""] = Deno.args;
const shared = { logger: SILENT_LOGGER, clock: SYSTEM_CLOCK };
const { store, lock } = openCredentials({
  ...shared,
  environment: environmentOf("linux", { MCP_REMOTE_CONFIG_DIR: folder }),
  files: new SystemFiles(),
  fileLocks: new SystemFileLocks(),
  processes: new SystemProcesses(SYSTEM_CLOCK, { environment: { PATH: path } }),
}, "keychain");
const receiver = new LoopbackReceiver({
  ...shared,
  listeners: new SystemLoopbackListeners(SYSTEM_CLOCK),
  settings: {
    defaultPort: Number(port),
    fixedPort: false,
    host: "127.0.0.1",
    path: "/oauth/callback",
  },
});

async function say(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
}

async function signIn(): Promise<void> {
  const tokens = await store.readTokens(GRANT_KEY);
  if (tokens !== undefined) return await say(`granted ${tokens.accessToken}`);
  const pending = await store.readPendingSignIn(GRANT_KEY);
  const listening = await receiver.listen(
    pending === undefined ? undefined : { redirectUri: pending.redirectUri, strict: true },
  );
  const { redirectUri } = listening;
  await store.writePendingSignIn(GRANT_KEY, { ...PENDING, redirectUri });
  await say(`${pending === undefined ? "opened" : "adopted"} ${redirectUri}`);
  const received = await listening.receive((parameters) => {
    if (parameters.get("state") !== PENDING.state) return { kind: "stray" };
    return { kind: "answer", answer: `${parameters.get("code")}` };
  }, new AbortController().signal);
  await store.writeTokens(GRANT_KEY, { ...TOKEN_SET, accessToken: received.answer });
  await store.removePendingSignIn(GRANT_KEY);
  await received.showSuccess();
  await listening.close();
  await say(`redeemed ${received.answer}`);
}

await lock.withLock("sign-in", signIn);
