import { BridgeProcess } from "./bridge_process.ts";
import type { FakeAuthorizationServer } from "./fake_authorization_server/fake_authorization_server.ts";
import { type FakeOpener, installFakeOpener } from "./fake_opener.ts";
import { ScriptedBrowser } from "./scripted_browser.ts";
import { until } from "./until.ts";

/** How a machine differs from a desktop with a working browser. */
export interface UserMachineOptions {
  /** Without one no browser can be opened. */
  readonly display?: boolean;
}

/** How one bridge is started. */
export interface StartOptions {
  readonly args?: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The test kills it, or lets it be killed. */
  readonly mayBeKilled?: boolean;
}

/** Lets the client wait for the sign-in, so that a slow machine does not change what a test sees. */
export const WAIT: readonly string[] = ["--wait-for-auth"];

/**
 * What the bridges of one user have in common: the credential folder, the program that opens browsers
 * and the browser profile. Disposing of it ends its bridges.
 */
export class UserMachine implements AsyncDisposable {
  readonly opener: FakeOpener;
  readonly browser = new ScriptedBrowser();
  /** `MCP_REMOTE_CONFIG_DIR`. */
  readonly configFolder: string;
  readonly #display: boolean;
  readonly #bridges: BridgeProcess[] = [];

  private constructor(opener: FakeOpener, options: UserMachineOptions) {
    this.opener = opener;
    this.#display = options.display ?? true;
    this.configFolder = Deno.makeTempDirSync({ prefix: "causeway-test-config-" });
  }

  /** A fresh machine. */
  static async make(options: UserMachineOptions = {}): Promise<UserMachine> {
    return new UserMachine(await installFakeOpener(), options);
  }

  /** Starts a bridge to `url`. */
  start(url: string, options: StartOptions = {}): BridgeProcess {
    const { DISPLAY, ...rest } = this.opener.environment;
    const bridge = BridgeProcess.start([url, ...options.args ?? []], {
      env: {
        HOME: this.configFolder,
        MCP_REMOTE_CONFIG_DIR: this.configFolder,
        ...rest,
        ...(this.#display && DISPLAY !== undefined ? { DISPLAY } : {}),
        ...options.env,
      },
      ...(options.mayBeKilled === undefined ? {} : { mayBeKilled: options.mayBeKilled }),
    });
    this.#bridges.push(bridge);
    return bridge;
  }

  /** From now on until it is disposed of, the user signs in in every tab that opens. */
  followTabs(): AsyncDisposable {
    let seen = this.opener.tabs().length;
    let stopped = false;
    const following = (async () => {
      while (!stopped) {
        for (const tab of this.opener.tabs().slice(seen)) {
          seen++;
          // What the page says is for other tests to look at.
          await this.browser.signIn(tab).catch(() => {});
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    return {
      [Symbol.asyncDispose]: () => {
        stopped = true;
        return following;
      },
    };
  }

  /** Starts a bridge that waits for the sign-in, signs in in every tab, and initializes it. */
  async startSignedIn(url: string, options: StartOptions = {}): Promise<BridgeProcess> {
    await using _following = this.followTabs();
    const bridge = this.start(url, { ...options, args: [...options.args ?? [], ...WAIT] });
    const answer = await bridge.peer.initialize().catch((error: Error) => error.message);
    if (typeof answer === "string" || !("result" in answer)) {
      throw new Error(`initialize failed: ${JSON.stringify(answer)}\n${bridge.stderr}`);
    }
    return bridge;
  }

  /** Everything for people that its bridges said. */
  get stderr(): string {
    return this.#bridges.map((bridge) => bridge.stderr).join("\n");
  }

  /** The files below the credential folder. */
  files(): readonly StoredFile[] {
    return [...walk(this.configFolder)];
  }

  /**
   * Where any of the secrets stands in the clear: in what bridges said, in what the opener was started
   * with, or in a file that is not a private record of the store. Empty when all is well.
   */
  leaks(secrets: Iterable<string>): readonly string[] {
    const places = [
      { name: "stderr", text: this.stderr },
      { name: "the opener", text: this.opener.whatItSaw() },
      ...this.files()
        .filter((file) => !file.isPrivate || /log/i.test(file.path))
        .map((file) => ({ name: file.path, text: file.text })),
    ];
    return [...secrets].filter((secret) => secret !== "").flatMap((secret) =>
      places.filter((place) => place.text.includes(secret))
        .map((place) => `${secret} in ${place.name}`)
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ends = await Promise.allSettled(
      this.#bridges.map((bridge) => bridge[Symbol.asyncDispose]()),
    );
    await this.opener[Symbol.asyncDispose]();
    await Deno.remove(this.configFolder, { recursive: true });
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }
}

/** A file as it lies on the disk. */
export interface StoredFile {
  readonly path: string;
  readonly text: string;
  /** Nobody but the user may read it: its mode is 0600 and its folder's 0700. */
  readonly isPrivate: boolean;
}

function* walk(folder: string): Generator<StoredFile> {
  const folderMode = (Deno.statSync(folder).mode ?? 0) & 0o777;
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    const file = entry.isFile ? readIfThere(path) : undefined;
    if (file === undefined) continue;
    yield { path, text: file.text, isPrivate: file.mode === 0o600 && folderMode === 0o700 };
  }
}

/** A file that a running bridge may be about to replace or to remove. */
function readIfThere(path: string): { readonly text: string; readonly mode: number } | undefined {
  try {
    using file = Deno.openSync(path);
    const mode = (file.statSync().mode ?? 0) & 0o777;
    return { text: Deno.readTextFileSync(path), mode };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Waits until that many bridges have asked for their stream. From then on none of them sends anything
 * until it is asked to, so that what becomes of a token is noticed by the next call and by nothing else.
 */
export async function untilListening(
  server: Pick<FakeAuthorizationServer, "mcpUrl" | "requestsTo">,
  count = 1,
): Promise<void> {
  const { pathname } = new URL(server.mcpUrl);
  const streams = () => server.requestsTo(pathname).filter(({ method }) => method === "GET");
  await until(`${count} bridge(s) to listen`, () => streams().length >= count);
}

/** Sends `initialize` without waiting for the answer; that it fails matters only to who awaits it. */
export function startOpening(
  bridge: BridgeProcess,
): ReturnType<BridgeProcess["peer"]["initialize"]> {
  const opening = bridge.peer.initialize();
  opening.catch(() => {});
  return opening;
}

/** The text of a tool's result; the error as JSON when there is none. */
export async function callText(
  bridge: BridgeProcess,
  name: string,
  given: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = await bridge.peer.call(name, given);
  if (!("result" in answer)) return JSON.stringify(answer);
  const { content } = answer["result"] as { content: readonly { text: string }[] };
  return content.map((part) => part.text).join("");
}

/** The error of an answer, as far as tests look at it. */
export function errorOf(answer: unknown): { readonly code: number; readonly message: string } {
  const { error } = answer as { error?: { code: number; message: string } };
  if (error === undefined) throw new Error(`no error: ${JSON.stringify(answer)}`);
  return error;
}
