/** What is known of a file without reading it. */
export interface FileInfo {
  /** Size in bytes. */
  readonly size: number;
  /** Last modification, milliseconds since the Unix epoch; 0 where the file system has none. */
  readonly modifiedAt: number;
  readonly isDirectory: boolean;
}

/**
 * The file system, as a port. A path that does not exist reads as `undefined`; every other failure
 * is a `CausewayError` with code `local-file` that names the path.
 */
export interface Files {
  readBytes(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  readText(path: string): Promise<string | undefined>;
  info(path: string): Promise<FileInfo | undefined>;
  /** The names (not paths) in a folder; empty when it does not exist. */
  list(path: string): Promise<readonly string[]>;
  /** Makes the folder and its parents, mode 0700 where they are new. */
  makePrivateFolder(path: string): Promise<void>;
  /** Writes the whole file, mode 0600, by a temporary file beside it and a rename. */
  writePrivate(path: string, content: string | Uint8Array): Promise<void>;
  /** Creates the file, mode 0600; `false` when it exists already (an atomic test-and-set). */
  createPrivate(path: string, content: string): Promise<boolean>;
  /** Appends to the file, made with mode 0600 when it is new. Synchronous: for the debug log. */
  appendPrivate(path: string, content: string): void;
  /** Removes the file; it is no error when it does not exist. */
  remove(path: string): Promise<void>;
}
