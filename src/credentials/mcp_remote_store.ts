import type { ForeignCredentials, ForeignCredentialStore } from "../oauth/ports.ts";
import type { Files } from "../platform/files.ts";
import { mcpRemoteHash, type McpRemoteIdentity } from "./mcp_remote_hash.ts";
import { parse } from "./record_envelope.ts";
import { DamagedRecord, RecordFields } from "./record_fields.ts";

/** Far more than any of mcp-remote's records. */
const LARGEST_FILE = 1_048_576;
/** The folder of today's layout, whatever the version. */
const CURRENT_FOLDER = "mcp-remote-v1";
/** The folders of the layout before: one for each version. */
const VERSION_FOLDER = /^mcp-remote-(\d+)\.(\d+)\.(\d+)$/;

/** What mcp-remote's files say beyond what every other program could. */
export interface McpRemoteCredentials extends ForeignCredentials {
  /** The issuer that recent versions recorded beside the tokens or the client. */
  readonly issuer?: string;
}

/** Where mcp-remote's credentials are looked for. */
export interface McpRemoteStoreOptions {
  readonly files: Files;
  /** The folder that is shared with mcp-remote (see `storeFolders()`). */
  readonly folder: string;
  /** Settings that are part of the name of its files; `server` also counts as typed. */
  readonly identity: McpRemoteIdentity;
  /** The client that the user gave (`--static-oauth-client-info`): mcp-remote then stored none. */
  readonly preRegistered?: { readonly clientId: string; readonly clientSecret?: string };
}

/** The credentials that mcp-remote stored. They are only read: mcp-remote may still be in use. */
export class McpRemoteStore implements ForeignCredentialStore {
  readonly #options: McpRemoteStoreOptions;

  constructor(options: McpRemoteStoreOptions) {
    this.#options = options;
  }

  async read(server: URL): Promise<McpRemoteCredentials | undefined> {
    try {
      const hashes = spellings(this.#options.identity.server, server)
        .map((spelling) => mcpRemoteHash({ ...this.#options.identity, server: spelling }));
      for (const folder of await this.#folders()) {
        for (const hash of hashes) {
          const found = await this.#readPair(`${folder}/${hash}`);
          if (found !== undefined) return found;
        }
      }
    } catch {
      // What cannot be read is not there.
    }
    return undefined;
  }

  /** The folders to look into, the latest layout first. */
  async #folders(): Promise<readonly string[]> {
    const { files, folder } = this.#options;
    const versions = (await files.list(folder))
      .flatMap((name) => {
        const match = VERSION_FOLDER.exec(name);
        return match === null ? [] : [{ name, order: match.slice(1).map(Number) }];
      })
      .sort((one, other) => compareVersions(other.order, one.order))
      .map(({ name }) => name);
    return [CURRENT_FOLDER, ...versions].map((name) => `${folder}/${name}`);
  }

  async #readPair(prefix: string): Promise<McpRemoteCredentials | undefined> {
    const client = this.#givenClient() ??
      await this.#readFile(`${prefix}_client_info.json`, readClient);
    // Tokens whose client is not known cannot be renewed, nor told apart from another client's.
    if (client === undefined) return undefined;
    const writtenAt = (await this.#options.files.info(`${prefix}_tokens.json`))?.modifiedAt ?? 0;
    const tokens = await this.#readFile(`${prefix}_tokens.json`, (fields) => {
      return readTokens(fields, writtenAt);
    });
    return tokens === undefined ? undefined : { ...client, ...tokens };
  }

  #givenClient(): StoredClient | undefined {
    const { preRegistered, identity } = this.#options;
    if (preRegistered !== undefined) return preRegistered;
    return identity.clientMetadataUrl === undefined
      ? undefined
      : { clientId: identity.clientMetadataUrl };
  }

  async #readFile<T>(path: string, reader: (fields: RecordFields) => T): Promise<T | undefined> {
    try {
      const info = await this.#options.files.info(path);
      if (info === undefined || info.size > LARGEST_FILE) return undefined;
      const text = await this.#options.files.readText(path);
      return text === undefined ? undefined : reader(new RecordFields(parse(text)));
    } catch {
      return undefined;
    }
  }
}

type StoredClient = Pick<
  McpRemoteCredentials,
  "clientId" | "clientSecret" | "tokenEndpointAuthMethod" | "redirectUri" | "issuer"
>;

function readClient(fields: RecordFields): StoredClient {
  const redirectUri = fields.optionalTextList("redirect_uris")?.[0];
  const { client_secret: clientSecret, token_endpoint_auth_method: method, issuer } = fields
    .optionalTexts("client_secret", "token_endpoint_auth_method", "issuer");
  return {
    clientId: fields.text("client_id"),
    ...(redirectUri === undefined ? {} : { redirectUri }),
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(method === undefined ? {} : { tokenEndpointAuthMethod: method }),
    ...(issuer === undefined ? {} : { issuer }),
  };
}

/** What may stand in a header field (RFC 6750 section 2.1, somewhat wider). */
const TOKEN = /^[\x21-\x7e]+$/;

type StoredTokens = Pick<
  McpRemoteCredentials,
  "accessToken" | "refreshToken" | "expiresAt" | "scope" | "issuer"
>;

function readTokens(fields: RecordFields, writtenAt: number): StoredTokens {
  const { refresh_token: refreshToken, scope, issuer } = fields
    .optionalTexts("refresh_token", "scope", "issuer");
  const { expires_at: stated, expires_in: lifetime } = fields
    .optionalNumbers("expires_at", "expires_in");
  // Older versions wrote no `expires_at`: the lifetime then counts from when the file was written.
  const expiresAt = stated ?? (lifetime === undefined ? undefined : writtenAt + lifetime * 1000);
  const accessToken = fields.text("access_token");
  if (!TOKEN.test(accessToken)) throw new DamagedRecord("its access token is none");
  return {
    accessToken,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(scope === undefined ? {} : { scope }),
    ...(issuer === undefined ? {} : { issuer }),
  };
}

/** The ways in which the same server may have been typed. */
function spellings(typed: string, server: URL): readonly string[] {
  const withoutSlash = server.href.replace(/\/$/, "");
  return [...new Set([typed, server.href, withoutSlash, `${withoutSlash}/`])];
}

function compareVersions(one: readonly number[], other: readonly number[]): number {
  for (const [index, part] of one.entries()) {
    const difference = part - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
