import type { BrowserOpener } from "./browser.ts";
import type { Environment } from "./environment.ts";
import type { Processes } from "./processes.ts";

/** A program that opens URLs, and its arguments. */
export interface OpenerCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** Within this time (milliseconds) an opener that fails says so; one that still runs is the browser. */
const SETTLE = 1000;

/**
 * White space, control characters, and what RFC 3986 allows in no URL and some opener might take for
 * quoting. A URL that an authorization request was built from holds none of them.
 */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\u0000-\u0020\u007f-\u009f"<>\\`\u2028\u2029]/;

/** The browser of the operating system. */
export class SystemBrowser implements BrowserOpener {
  readonly #environment: Environment;
  readonly #processes: Processes;

  constructor(environment: Environment, processes: Processes) {
    this.#environment = environment;
    this.#processes = processes;
  }

  async open(url: string): Promise<boolean> {
    if (!isOpenableUrl(url)) return false;
    for (const { program, args } of openerCommands(this.#environment, url)) {
      const outcome = await this.#processes.launch(program, args, SETTLE);
      if (outcome.kind === "running") return true;
      if (outcome.kind === "exited" && outcome.code === 0) return true;
    }
    return false;
  }
}

/** Whether a URL may be handed to the operating system: http or https with a host, nothing unsafe in it. */
export function isOpenableUrl(url: string): boolean {
  return /^https?:\/\/[^/]/i.test(url) && !UNSAFE.test(url) && URL.canParse(url);
}

/** Whether this session can show a browser's window. */
export function hasDisplay(environment: Environment): boolean {
  if (environment.operatingSystem !== "linux") return true;
  return isSet(environment, "DISPLAY") || isSet(environment, "WAYLAND_DISPLAY") ||
    isWsl(environment) || hasEditorBrowser(environment);
}

/** The programs to try, in order; none when there is no display. */
export function openerCommands(environment: Environment, url: string): readonly OpenerCommand[] {
  const rundll32 = { program: "rundll32.exe", args: ["url.dll,FileProtocolHandler", url] };
  switch (environment.operatingSystem) {
    case "windows":
      return [rundll32];
    case "macos":
      return [{ program: "/usr/bin/open", args: [url] }];
    case "linux":
      break;
  }
  if (!hasDisplay(environment)) return [];
  const xdgOpen = { program: "xdg-open", args: [url] };
  // The Windows browser is the one that people in WSL use, even with a display of its own.
  if (isWsl(environment)) return [{ program: "wslview", args: [url] }, rundll32, xdgOpen];
  return [xdgOpen];
}

function isWsl(environment: Environment): boolean {
  return isSet(environment, "WSL_DISTRO_NAME") || isSet(environment, "WSL_INTEROP");
}

/** In a remote editor's terminal `BROWSER` names a helper that opens the URL on the user's own machine. */
function hasEditorBrowser(environment: Environment): boolean {
  return isSet(environment, "BROWSER") && isSet(environment, "VSCODE_IPC_HOOK_CLI");
}

function isSet(environment: Environment, name: string): boolean {
  const value = environment.get(name);
  return value !== undefined && value !== "";
}
