import { assert, assertEquals, assertMatch } from "@std/assert";
import { mcpRemoteHash } from "../../../src/credentials/mcp_remote_hash.ts";
import { McpRemoteStore } from "../../../src/credentials/mcp_remote_store.ts";
import { type Credentials, openCredentials } from "../../../src/credentials/open_credentials.ts";
import { SILENT_LOGGER } from "../../../src/log/logger.ts";
import { callbackSettings } from "../../../src/oauth/callback_settings.ts";
import { LoopbackReceiver } from "../../../src/oauth/loopback_receiver.ts";
import { SystemBrowser } from "../../../src/platform/system_browser.ts";
import { SYSTEM_CLOCK } from "../../../src/platform/system_clock.ts";
import { SystemFileLocks } from "../../../src/platform/system_file_locks.ts";
import { SystemFiles } from "../../../src/platform/system_files.ts";
import { SystemLoopbackListeners } from "../../../src/platform/system_loopback_listener.ts";
import { SystemProcesses } from "../../../src/platform/system_processes.ts";
import { environmentOf } from "../../support/environment_of.ts";
import {
  type FakeAuthorizationServer,
  startFakeAuthorizationServer,
} from "../../support/fake_authorization_server/fake_authorization_server.ts";
import { type FakeOpener, installFakeOpener } from "../../support/fake_opener.ts";
import { installFakeSecretTool } from "../../support/fake_secret_tool.ts";
import { ScriptedBrowser } from "../../support/scripted_browser.ts";
import { initialize, newMachine, startBridge, type TestBridge } from "../oauth/bridges.ts";

interface RealMachine {
  readonly root: string;
  readonly opener: FakeOpener;
  readonly credentials: Credentials;
  /** A bridge with everything real but the opener, the keychain and the browser. */
  start(server: FakeAuthorizationServer): TestBridge;
}

async function withMachine(test: (machine: RealMachine) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "causeway_machine_" });
  await using opener = await installFakeOpener();
  try {
    await installFakeSecretTool(root);
    const environment = environmentOf("linux", {
      MCP_REMOTE_CONFIG_DIR: `${root}/auth`,
      DISPLAY: ":99",
    });
    const path = `${root}:${opener.environment["PATH"]}:/usr/bin:/bin`;
    const processes = new SystemProcesses(SYSTEM_CLOCK, { environment: { PATH: path } });
    const shared = { environment, processes, clock: SYSTEM_CLOCK, logger: SILENT_LOGGER };
    const files = new SystemFiles();
    const fileLocks = new SystemFileLocks();
    const open = () => openCredentials({ ...shared, files, fileLocks }, "keychain");
    const start = (server: FakeAuthorizationServer): TestBridge => {
      const { store, lock, folders } = open();
      const identity = { server: server.mcpUrl };
      const receiver = new LoopbackReceiver({
        ...shared,
        listeners: new SystemLoopbackListeners(SYSTEM_CLOCK),
        settings: callbackSettings({ defaultPort: 0 }, "linux"),
      });
      const foreign = new McpRemoteStore({ files, folder: folders.shared, identity });
      const browser = new SystemBrowser(environment, processes);
      const ports = { ...shared, store, lock, receiver, foreign, browser };
      return startBridge(newMachine(), server.mcpUrl, {}, ports);
    };
    await test({ root, opener, credentials: open(), start });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function signIn(machine: RealMachine, server: FakeAuthorizationServer): Promise<void> {
  using bridge = machine.start(server);
  const opening = initialize(bridge);
  const tab = await machine.opener.tab();
  assertMatch(
    new URL(tab).searchParams.get("redirect_uri") ?? "",
    /^http:\/\/localhost:\d+\/oauth/,
  );
  const page = await new ScriptedBrowser().signIn(tab);
  assertEquals(page.status, 200, page.body);
  assertEquals((await opening).status, 200);
}

/** Everything that lies in a folder and below. */
async function contents(folder: string): Promise<string> {
  let all = "";
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    all += isDirectory ? await contents(path) : await Deno.readTextFile(path);
  }
  return all;
}

Deno.test("a sign-in in one tab serves every bridge on the machine, and leaves no secret readable", async () => {
  await using server = await startFakeAuthorizationServer();
  await withMachine(async (machine) => {
    const { opener, credentials } = machine;
    await signIn(machine, server);
    for (let count = 0; count < 3; count++) {
      using bridge = machine.start(server);
      assertEquals((await initialize(bridge)).status, 200);
    }
    assertEquals(opener.tabs().length, 1);
    const [record] = await credentials.store.servers();
    if (record === undefined) throw new Error("no server is remembered");
    const tokens = await credentials.store.readTokens(record);
    const disk = await contents(credentials.folders.own);
    const secrets = [tokens?.accessToken ?? "", tokens?.refreshToken ?? ""];
    for (const secret of secrets) {
      assert(secret.length > 5);
      assert(!disk.includes(secret));
      assert(!opener.whatItSaw().includes(secret));
    }
  });
});

Deno.test("who signed in with mcp-remote need not sign in again", async () => {
  await using server = await startFakeAuthorizationServer();
  await withMachine(async (before) => {
    await signIn(before, server);
    const [record] = await before.credentials.store.servers();
    const tokens = record && await before.credentials.store.readTokens(record);
    const client = tokens && await before.credentials.store.readClient({
      issuer: tokens.authorizationServer.issuer,
      redirectUri: tokens.redirectUri ?? "",
    });
    if (tokens === undefined || client === undefined) throw new Error("nothing is stored");
    await withMachine(async (machine) => {
      const folder = `${machine.root}/auth/mcp-remote-v1`;
      const prefix = `${folder}/${mcpRemoteHash({ server: server.mcpUrl })}`;
      await Deno.mkdir(folder, { recursive: true });
      const files = {
        tokens: { access_token: tokens.accessToken, refresh_token: tokens.refreshToken },
        client_info: {
          client_id: client.clientId,
          client_secret: client.clientSecret,
          redirect_uris: [client.redirectUri],
        },
      };
      for (const [name, content] of Object.entries(files)) {
        await Deno.writeTextFile(`${prefix}_${name}.json`, JSON.stringify(content));
      }
      using bridge = machine.start(server);
      assertEquals((await initialize(bridge)).status, 200);
      assertEquals(machine.opener.tabs(), []);
      assertEquals((await machine.credentials.store.servers()).length, 1);
    });
  });
});
