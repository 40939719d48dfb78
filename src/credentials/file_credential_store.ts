import type {
  ClientInformation,
  ClientKey,
  CredentialStore,
  GrantKey,
  PendingSignIn,
  ServerKey,
  ServerRecord,
  TokenSet,
} from "../oauth/ports.ts";
import type { RecordName } from "./record_envelope.ts";
import type { RecordFiles } from "./record_files.ts";
import {
  readClientInformation,
  readPendingSignIn,
  readServerRecord,
  readTokenSet,
} from "./stored_records.ts";

const SECRET = { secret: true };
const NOT_SECRET = { secret: false };

/** The credential store on disk. */
export class FileCredentialStore implements CredentialStore {
  readonly #records: RecordFiles;

  constructor(records: RecordFiles) {
    this.#records = records;
  }

  readTokens(key: GrantKey): Promise<TokenSet | undefined> {
    return this.#records.read(grantName("tokens", key), readTokenSet);
  }

  writeTokens(key: GrantKey, tokens: TokenSet): Promise<void> {
    return this.#records.write(grantName("tokens", key), tokens, SECRET);
  }

  removeTokens(key: GrantKey): Promise<void> {
    return this.#records.remove(grantName("tokens", key));
  }

  readClient(key: ClientKey): Promise<ClientInformation | undefined> {
    return this.#records.read(clientName(key), readClientInformation);
  }

  writeClient(client: ClientInformation): Promise<void> {
    return this.#records.write(clientName(client), client, SECRET);
  }

  removeClient(key: ClientKey): Promise<void> {
    return this.#records.remove(clientName(key));
  }

  readServer(key: ServerKey): Promise<ServerRecord | undefined> {
    return this.#records.read(serverName(key), readServerRecord);
  }

  writeServer(record: ServerRecord): Promise<void> {
    return this.#records.write(serverName(record), record, NOT_SECRET);
  }

  removeServer(key: ServerKey): Promise<void> {
    return this.#records.remove(serverName(key));
  }

  servers(): Promise<readonly ServerRecord[]> {
    return this.#records.readAll("servers", readServerRecord);
  }

  readPendingSignIn(key: GrantKey): Promise<PendingSignIn | undefined> {
    return this.#records.read(grantName("pending", key), readPendingSignIn);
  }

  writePendingSignIn(key: GrantKey, pending: PendingSignIn): Promise<void> {
    return this.#records.write(grantName("pending", key), pending, SECRET);
  }

  removePendingSignIn(key: GrantKey): Promise<void> {
    return this.#records.remove(grantName("pending", key));
  }
}

function grantName(kind: "tokens" | "pending", key: GrantKey): RecordName {
  return { kind, key: [key.issuer, key.resource, key.profile] };
}

function clientName(key: ClientKey): RecordName {
  return { kind: "clients", key: [key.issuer, key.redirectUri] };
}

function serverName(key: ServerKey): RecordName {
  return { kind: "servers", key: [key.server, key.profile] };
}
