import type { Environment } from "./environment.ts";
import type { Files } from "./files.ts";
import type { Keychain } from "./keychain.ts";
import { DpapiKeychain } from "./keychain_dpapi.ts";
import { MacosKeychain } from "./keychain_macos.ts";
import { SecretServiceKeychain } from "./keychain_secret_service.ts";
import type { Processes } from "./processes.ts";

/** What the keychains are reached by. */
export interface KeychainPorts {
  readonly environment: Environment;
  readonly processes: Processes;
  readonly files: Files;
}

/**
 * The keychain of the operating system; nothing is run before it is used.
 * @param folder an existing folder, for what a keychain must keep on disk
 */
export function systemKeychain(ports: KeychainPorts, folder: string): Keychain {
  switch (ports.environment.operatingSystem) {
    case "macos":
      return new MacosKeychain(ports.processes);
    case "windows":
      return new DpapiKeychain(ports.processes, ports.files, `${folder}/key.dpapi`);
    case "linux":
      return new SecretServiceKeychain(ports.processes);
  }
}
