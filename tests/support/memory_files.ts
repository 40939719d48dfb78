import type { FileInfo, Files } from "../../src/platform/files.ts";

interface MemoryFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly modifiedAt: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A file system in memory. Paths are compared as text, with `/` between folders. */
export class MemoryFiles implements Files {
  readonly #files = new Map<string, MemoryFile>();
  readonly #folders = new Set<string>();
  readonly #now: () => number;

  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  /** The paths of all files, sorted. */
  get paths(): readonly string[] {
    return [...this.#files.keys()].sort();
  }

  /** The text of a file, for assertions; "" when there is none. */
  text(path: string): string {
    return decoder.decode(this.#files.get(path)?.bytes);
  }

  /** Puts a file there, as someone else would. */
  set(path: string, content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? encoder.encode(content) : content.slice();
    this.#files.set(path, { bytes, modifiedAt: this.#now() });
  }

  readBytes(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return Promise.resolve(this.#files.get(path)?.bytes.slice());
  }

  async readText(path: string): Promise<string | undefined> {
    const bytes = await this.readBytes(path);
    return bytes === undefined ? undefined : decoder.decode(bytes);
  }

  info(path: string): Promise<FileInfo | undefined> {
    const file = this.#files.get(path);
    if (file !== undefined) {
      const { bytes, modifiedAt } = file;
      return Promise.resolve({ size: bytes.length, modifiedAt, isDirectory: false });
    }
    if (!this.#isFolder(path)) return Promise.resolve(undefined);
    return Promise.resolve({ size: 0, modifiedAt: 0, isDirectory: true });
  }

  list(path: string): Promise<readonly string[]> {
    const inside = [...this.#files.keys(), ...this.#folders]
      .filter((one) => one.startsWith(`${path}/`))
      .map((one) => one.slice(path.length + 1).split("/", 1)[0] ?? "");
    return Promise.resolve([...new Set(inside)].sort());
  }

  makePrivateFolder(path: string): Promise<void> {
    this.#folders.add(path);
    return Promise.resolve();
  }

  writePrivate(path: string, content: string | Uint8Array): Promise<void> {
    this.set(path, content);
    return Promise.resolve();
  }

  createPrivate(path: string, content: string): Promise<boolean> {
    if (this.#files.has(path)) return Promise.resolve(false);
    this.set(path, content);
    return Promise.resolve(true);
  }

  appendPrivate(path: string, content: string): void {
    this.set(path, this.text(path) + content);
  }

  remove(path: string): Promise<void> {
    this.#files.delete(path);
    return Promise.resolve();
  }

  #isFolder(path: string): boolean {
    if (this.#folders.has(path)) return true;
    return this.paths.some((one) => one.startsWith(`${path}/`));
  }
}
