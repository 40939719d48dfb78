import { PATIENCE, until } from "./until.ts";

/** A program that stands in for the desktop's browser opener and hands the URLs over to the test. */
export interface FakeOpener extends AsyncDisposable {
  /** What the bridge's environment needs, so that it finds this opener and no other program. */
  readonly environment: Readonly<Record<string, string>>;
  /** All URLs so far, in order: each is a tab. */
  tabs(): readonly string[];
  /**
   * Waits until there are that many tabs and returns the last of them.
   * @throws {Error} after `patience` milliseconds
   */
  tab(count?: number, patience?: number): Promise<string>;
  /** What the opener was started with: arguments and environment, to be searched for secrets. */
  whatItSaw(): string;
}

/**
 * Puts an `xdg-open` (and `open`) into a fresh folder. It is a script of shell built-ins only: one
 * line a call, written in one piece, so that calls at the same time do not mix. The line comes last:
 * whoever has seen a tab may take everything else as written, and remove the folder.
 */
export async function installFakeOpener(
  behaviour: { readonly exitCode?: number } = {},
): Promise<FakeOpener> {
  const folder = await Deno.makeTempDir({ prefix: "fake_opener_" });
  const [tabsFile, sawFile] = [`${folder}/tabs`, `${folder}/saw`];
  const script = `#!/bin/sh
set >> '${sawFile}'
printf '%s %s\\n' "$#" "$1" >> '${tabsFile}'
exit ${behaviour.exitCode ?? 0}
`;
  for (const name of ["xdg-open", "open"]) {
    await Deno.writeTextFile(`${folder}/${name}`, script, { mode: 0o755 });
  }
  const tabs = () =>
    readIfThere(tabsFile).split("\n").slice(0, -1).map((line) => {
      const [count, ...url] = line.split(" ");
      if (count !== "1") throw new Error(`the opener was started with ${count} arguments`);
      return url.join(" ");
    });
  return {
    environment: { PATH: folder, DISPLAY: ":0" },
    tabs,
    async tab(count = 1, patience = PATIENCE) {
      await until(`tab ${count}`, () => tabs().length >= count, patience);
      return tabs()[count - 1] ?? "";
    },
    whatItSaw: () => readIfThere(tabsFile) + readIfThere(sawFile),
    async [Symbol.asyncDispose]() {
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
