import type { Logger } from "../log/logger.ts";
import type { CredentialStore, CrossProcessLock } from "../oauth/ports.ts";
import type { Clock } from "../platform/clock.ts";
import type { Environment } from "../platform/environment.ts";
import type { FileLocks } from "../platform/file_locks.ts";
import type { Files } from "../platform/files.ts";
import type { Processes } from "../platform/processes.ts";
import { systemKeychain } from "../platform/system_keychain.ts";
import { FileCredentialStore } from "./file_credential_store.ts";
import { FileCrossProcessLock } from "./file_cross_process_lock.ts";
import { RecordFiles } from "./record_files.ts";
import { SealingKeys } from "./sealing_keys.ts";
import { type StoreFolders, storeFolders } from "./store_folders.ts";

/** What credentials are kept with. */
export interface CredentialPorts {
  readonly environment: Environment;
  readonly files: Files;
  readonly fileLocks: FileLocks;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The store and the locks of the user's credentials. */
export interface Credentials {
  readonly folders: StoreFolders;
  readonly store: CredentialStore;
  readonly lock: CrossProcessLock;
}

/** Lies in the store from then on that the user was told. */
const NO_KEYCHAIN =
  "Causeway found no keychain: what lies here is protected by the permissions of its files.\n";

/**
 * Puts the credential store together; nothing is read or made before it is used.
 * @param protection `keychain`: sealed with a key in the system's keychain, where there is one; `file`
 * (`--store file`): protected by file permissions only, and no keychain is ever asked
 * @throws {CausewayError} `local-file` when nothing says where credentials lie
 */
export function openCredentials(
  ports: CredentialPorts,
  protection: "keychain" | "file",
): Credentials {
  const { environment, files, fileLocks, clock, logger } = ports;
  const folders = storeFolders(environment);
  const folder = folders.own;
  const lock = new FileCrossProcessLock({ files, fileLocks, folder });
  const keychain = protection === "file" ? undefined : systemKeychain(ports, folder);
  const isNews = async () => {
    await files.makePrivateFolder(folder);
    return await files.createPrivate(`${folder}/no-keychain.txt`, NO_KEYCHAIN);
  };
  const keys = new SealingKeys({ keychain, lock, clock, logger, isNews });
  const records = new RecordFiles({ files, keys, logger, folder });
  return { folders, store: new FileCredentialStore(records), lock };
}
