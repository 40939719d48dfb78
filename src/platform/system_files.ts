import { CausewayError } from "../errors.ts";
import type { FileInfo, Files } from "./files.ts";

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** The file system of the operating system. */
export class SystemFiles implements Files {
  readBytes(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return ifExists("read", path, () => Deno.readFile(path));
  }

  readText(path: string): Promise<string | undefined> {
    return ifExists("read", path, () => Deno.readTextFile(path));
  }

  info(path: string): Promise<FileInfo | undefined> {
    return ifExists("look at", path, async () => {
      const info = await Deno.stat(path);
      return {
        size: info.size,
        modifiedAt: info.mtime?.getTime() ?? 0,
        isDirectory: info.isDirectory,
      };
    });
  }

  async list(path: string): Promise<readonly string[]> {
    const names = await ifExists("list", path, async () => {
      const found: string[] = [];
      for await (const entry of Deno.readDir(path)) found.push(entry.name);
      return found;
    });
    return names ?? [];
  }

  makePrivateFolder(path: string): Promise<void> {
    return named("make folder", path, () => {
      return Deno.mkdir(path, { recursive: true, mode: PRIVATE_FOLDER });
    });
  }

  writePrivate(path: string, content: string | Uint8Array): Promise<void> {
    return named("write", path, async () => {
      const temporary = `${path}.${Deno.pid}.${crypto.randomUUID().slice(0, 8)}.tmp`;
      try {
        await writeNew(temporary, content);
        await Deno.rename(temporary, path);
      } catch (error) {
        await Deno.remove(temporary).catch(() => {});
        throw error;
      }
    });
  }

  createPrivate(path: string, content: string): Promise<boolean> {
    return named("create", path, async () => {
      try {
        await writeNew(path, content);
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.AlreadyExists) return false;
        throw error;
      }
    });
  }

  appendPrivate(path: string, content: string): void {
    try {
      Deno.writeTextFileSync(path, content, { append: true, mode: PRIVATE_FILE });
    } catch (error) {
      throw localFileError("write", path, error);
    }
  }

  async remove(path: string): Promise<void> {
    await ifExists("remove", path, () => Deno.remove(path));
  }
}

/** Writes a file that must not exist yet and sees that its content has reached the disk. */
async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: PRIVATE_FILE });
  let rest = typeof content === "string" ? new TextEncoder().encode(content) : content;
  while (rest.length > 0) rest = rest.subarray(await file.write(rest));
  // Without this a power cut after the rename can leave an empty file in place of the old one.
  await file.syncData();
}

async function named<T>(action: string, path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw localFileError(action, path, error);
  }
}

async function ifExists<T>(
  action: string,
  path: string,
  act: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw localFileError(action, path, error);
  }
}

function localFileError(action: string, path: string, error: unknown): CausewayError {
  const reason = reasonOf(error);
  return new CausewayError("local-file", `Cannot ${action} "${path}": ${reason}`, {
    clause: `"${path}" on this machine cannot be used: ${reason}`,
    hint: "see to it that you may read and write there and that the disk is not full",
    cause: error,
  });
}

/** What the operating system said, without the path and the call that the runtime adds. */
function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.NotFound) return "no such file or folder";
  if (error instanceof Deno.errors.NotCapable) return "this program was built without leave to";
  if (!(error instanceof Error)) return String(error);
  const reason = error.message.split(" (os error ", 1)[0] ?? "";
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}
