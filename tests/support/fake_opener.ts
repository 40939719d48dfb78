/** A program that stands in for the desktop's browser opener and hands the URLs over to the test. */
export interface FakeOpener extends AsyncDisposable {
  /** What the bridge's environment needs, so that it finds this opener and no other program. */
  readonly environment: Readonly<Record<string, string>>;
  /** All URLs so far, in order: each is a tab. */
  tabs(): readonly string[];
  /**
   * Waits until there are that many tabs and returns the last of them.
   * @throws {Error} after `limit` milliseconds
   */
  tab(count?: number, limit?: number): Promise<string>;
  /** What the opener was started with: arguments and environment, to be searched for secrets. */
  whatItSaw(): string;
}

const POLL_PERIOD = 10;

/**
 * Puts an `xdg-open` (and `open`) into a fresh folder. It is a script of shell built-ins only: one
 * line a call, written in one piece, so that calls at the same time do not mix.
 */
export async function installFakeOpener(
  behaviour: { readonly exitCode?: number } = {},
): Promise<FakeOpener> {
  const folder = await Deno.makeTempDir({ prefix: "fake_opener_" });
  const [tabsFile, sawFile] = [`${folder}/tabs`, `${folder}/saw`];
  const script = `#!/bin/sh
printf '%s %s\\n' "$#" "$1" >> '${tabsFile}'
set >> '${sawFile}'
exit ${behaviour.exitCode ?? 0}
`;
  for (const name of ["xdg-open", "open"]) {
    await Deno.writeTextFile(`${folder}/${name}`, script, { mode: 0o755 });
  }
  const tabs = () =>
    readIfThere(tabsFile).split("\n").filter((line) => line !== "").map((line) => {
      const [count, ...url] = line.split(" ");
      if (count !== "1") throw new Error(`the opener was started with ${count} arguments`);
      return url.join(" ");
    });
  return {
    environment: { PATH: folder, DISPLAY: ":0" },
    tabs,
    async tab(count = 1, limit = 20_000) {
      const end = performance.now() + limit;
      for (;;) {
        const url = tabs()[count - 1];
        if (url !== undefined) return url;
        if (performance.now() > end) throw new Error(`no tab ${count} within ${limit} ms`);
        await new Promise((resolve) => setTimeout(resolve, POLL_PERIOD));
      }
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
