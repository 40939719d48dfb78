import { CausewayError } from "../../../src/errors.ts";
import type { Environment, OperatingSystem } from "../../../src/platform/environment.ts";
import type { FileInfo, Files } from "../../../src/platform/files.ts";
import type { Platform } from "../../../src/platform/platform.ts";

/** Files in memory. A path whose content is an Error fails with it. */
export class FakeFiles implements Files {
  readonly content: Map<string, string | Error>;

  constructor(content: Readonly<Record<string, string | Error>> = {}) {
    this.content = new Map(Object.entries(content));
  }

  readText(path: string): Promise<string | undefined> {
    const found = this.content.get(path);
    return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
  }

  async readBytes(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const text = await this.readText(path);
    return text === undefined ? undefined : new TextEncoder().encode(text);
  }

  async info(path: string): Promise<FileInfo | undefined> {
    const text = await this.readText(path);
    return text === undefined
      ? undefined
      : { size: text.length, modifiedAt: 0, isDirectory: false };
  }

  list(): Promise<readonly string[]> {
    throw new Error("unimplemented");
  }

  makePrivateFolder(path: string): Promise<void> {
    const found = this.content.get(path);
    return found instanceof Error ? Promise.reject(found) : Promise.resolve();
  }

  writePrivate(path: string, content: string | Uint8Array): Promise<void> {
    this.content.set(
      path,
      typeof content === "string" ? content : new TextDecoder().decode(content),
    );
    return Promise.resolve();
  }

  createPrivate(): Promise<boolean> {
    throw new Error("unimplemented");
  }

  appendPrivate(path: string, content: string): void {
    const found = this.content.get(path) ?? "";
    if (found instanceof Error) throw found;
    this.content.set(path, found + content);
  }

  remove(path: string): Promise<void> {
    this.content.delete(path);
    return Promise.resolve();
  }
}

/** An environment of these variables. */
export function fakeEnvironment(
  variables: Readonly<Record<string, string>> = {},
  overrides: { operatingSystem?: OperatingSystem; homeDirectory?: string | undefined } = {},
): Environment {
  const get = (name: string) => Object.hasOwn(variables, name) ? variables[name] : undefined;
  return {
    get,
    secret: get,
    secretNames: new Set(),
    operatingSystem: overrides.operatingSystem ?? "linux",
    homeDirectory: "homeDirectory" in overrides ? overrides.homeDirectory : "/home/ada",
    processId: 4711,
  };
}

/** A platform whose streams are remembered; it has no standard input and no network. */
export interface FakePlatform {
  readonly platform: Platform;
  readonly files: FakeFiles;
  stdout(): string;
  stderr(): string;
}

/** A platform of these variables and files. */
export function fakePlatform(
  given: {
    readonly variables?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string | Error>>;
    readonly homeDirectory?: string | undefined;
  } = {},
): FakePlatform {
  const files = new FakeFiles(given.files);
  const written = { stdout: "", stderr: "" };
  const unimplemented = (): never => {
    throw new Error("unimplemented");
  };
  return {
    files,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    platform: {
      files,
      environment: fakeEnvironment(
        given.variables,
        "homeDirectory" in given ? { homeDirectory: given.homeDirectory } : {},
      ),
      clock: {
        now: unimplemented,
        wallTime: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678),
        after: unimplemented,
        every: unimplemented,
        sleep: unimplemented,
      },
      streams: {
        readStdin: unimplemented,
        writeStdout: (bytes) => {
          written.stdout += new TextDecoder().decode(bytes);
          return Promise.resolve();
        },
        writeStderr: (text) => {
          written.stderr += text;
        },
        stdinIsTerminal: false,
        stderrIsTerminal: false,
      },
      signals: { onEnding: unimplemented },
      openHttpClient: unimplemented,
      loadSignIn: unimplemented,
    },
  };
}

/** Runs `act` and returns the CausewayError that it ends with; anything else is thrown on. */
export async function causewayError(act: () => unknown): Promise<CausewayError> {
  try {
    await act();
  } catch (error) {
    if (error instanceof CausewayError) return error;
    throw error;
  }
  throw new Error("There was no error");
}
