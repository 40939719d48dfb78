import type { ServerKey } from "../oauth/ports.ts";
import type { Files } from "../platform/files.ts";
import { digestName, NAME_LENGTH } from "./digest.ts";
import { canonicalName } from "./record_envelope.ts";

/**
 * Whether anything is stored for the server, found out without the store: a bridge to a server that
 * nobody signs in to must not pay for it.
 * @param folder Causeway's own folder
 */
export async function hasStoredServer(
  files: Files,
  folder: string,
  key: ServerKey,
): Promise<boolean> {
  if (await files.info(`${folder}/servers`) === undefined) return false;
  const name = canonicalName({ kind: "servers", key: [key.server, key.profile] });
  const path = `${folder}/servers/${await digestName(name, NAME_LENGTH)}.json`;
  return await files.info(path) !== undefined;
}
