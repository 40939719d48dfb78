import type { Logger } from "../log/logger.ts";
import type { Files } from "../platform/files.ts";
import { digestName, NAME_LENGTH } from "./digest.ts";
import {
  canonicalName,
  keyOf,
  parse,
  readEnvelope,
  type RecordKind,
  type RecordName,
  writeEnvelope,
} from "./record_envelope.ts";
import { DamagedRecord, RecordFields } from "./record_fields.ts";
import { seal, type SealedText, unseal } from "./sealing.ts";
import type { SealingKeys } from "./sealing_keys.ts";
import type { RecordReader } from "./stored_records.ts";

/** Far more than any record; a file beyond it is not ours. */
const LARGEST_FILE = 1_048_576;

/** What the files are kept with. */
export interface RecordFilesOptions {
  readonly files: Files;
  readonly keys: SealingKeys;
  readonly logger: Logger;
  /** Causeway's own folder. */
  readonly folder: string;
}

/** Records as files, one each, named by a digest of their key, which they hold in clear to be listed. */
export class RecordFiles {
  readonly #options: RecordFilesOptions;
  /** Paths that were complained about. */
  readonly #reported = new Set<string>();

  constructor(options: RecordFilesOptions) {
    this.#options = options;
  }

  /**
   * The record of that name; `undefined` when there is none, when it is damaged (it is then copied
   * aside), of another version, or sealed with a key that is not to be had.
   * @throws {CausewayError} `local-file` when the file is there but cannot be read
   */
  async read<T>(name: RecordName, reader: RecordReader<T>): Promise<T | undefined> {
    const path = await this.#path(name);
    const content = await this.#content(path);
    return content === undefined ? undefined : await this.#decode(name, { path, content, reader });
  }

  /** Every readable record of a kind. */
  async readAll<T>(kind: RecordKind, reader: RecordReader<T>): Promise<readonly T[]> {
    const folder = `${this.#options.folder}/${kind}`;
    const records: T[] = [];
    for (const file of await this.#options.files.list(folder)) {
      if (!file.endsWith(".json")) continue;
      const path = `${folder}/${file}`;
      const content = await this.#content(path);
      if (content === undefined) continue;
      const key = await this.#guarded(path, content, () => Promise.resolve(keyOf(content)));
      if (key === undefined) continue;
      const record = await this.#decode({ kind, key }, { path, content, reader });
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  /** Writes the record, whole; sealed when it is secret and there is a keychain. */
  async write(name: RecordName, record: unknown, options: { secret: boolean }): Promise<void> {
    const { files, keys, folder } = this.#options;
    const path = await this.#path(name);
    const key = options.secret ? await keys.forSealing() : undefined;
    const content = key === undefined
      ? { record }
      : { sealed: await seal(key, JSON.stringify(record), canonicalName(name)) };
    await files.makePrivateFolder(`${folder}/${name.kind}`);
    await files.writePrivate(path, writeEnvelope(name, content));
  }

  async remove(name: RecordName): Promise<void> {
    await this.#options.files.remove(await this.#path(name));
  }

  async #path(name: RecordName): Promise<string> {
    const digest = await digestName(canonicalName(name), NAME_LENGTH);
    return `${this.#options.folder}/${name.kind}/${digest}.json`;
  }

  async #content(path: string): Promise<string | undefined> {
    const { files } = this.#options;
    const info = await files.info(path);
    if (info === undefined) return undefined;
    if (info.size > LARGEST_FILE) {
      this.#report(path, "it is too large");
      return undefined;
    }
    return await files.readText(path);
  }

  #decode<T>(
    name: RecordName,
    file: { readonly path: string; readonly content: string; readonly reader: RecordReader<T> },
  ): Promise<T | undefined> {
    return this.#guarded(file.path, file.content, async () => {
      const envelope = readEnvelope(name, file.content);
      if (envelope.kind === "unknown") return undefined;
      const record = envelope.kind === "plain"
        ? envelope.record
        : await this.#open(name, envelope.sealed, file.path);
      if (record === undefined) return undefined;
      const fields = new RecordFields(record);
      return fields.number("version") === 1 ? file.reader(fields) : undefined;
    });
  }

  async #open(name: RecordName, sealed: SealedText, path: string): Promise<unknown> {
    const key = await this.#options.keys.existing(sealed.keyId);
    if (key === undefined) {
      this.#report(path, "the keychain does not hold the key that it was sealed with");
      return undefined;
    }
    const text = await unseal(key, sealed, canonicalName(name));
    if (text === undefined) throw new DamagedRecord("its seal is broken");
    return parse(text);
  }

  /** Runs `decode`; what is damaged is reported, copied aside and `undefined`. */
  async #guarded<T>(
    path: string,
    content: string,
    decode: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await decode();
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      if (this.#report(path, error.message)) {
        // Copied, not moved: another process may be writing a good one in its place right now.
        await this.#options.files.writePrivate(`${path}.damaged`, content).catch(() => {});
      }
      return undefined;
    }
  }

  /** Says once per file that it is not used; returns whether this was the first time. */
  #report(path: string, reason: string): boolean {
    if (this.#reported.has(path)) return false;
    this.#reported.add(path);
    this.#options.logger.warn(`Cannot use the stored credentials in "${path}": ${reason}`);
    return true;
  }
}
