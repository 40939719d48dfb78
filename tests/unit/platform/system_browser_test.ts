import { assert, assertEquals } from "@std/assert";
import type { LaunchOutcome } from "../../../src/platform/processes.ts";
import {
  hasDisplay,
  isOpenableUrl,
  openerCommands,
  SystemBrowser,
} from "../../../src/platform/system_browser.ts";
import { environmentOf } from "../../support/environment_of.ts";
import { ScriptedProcesses } from "../../support/scripted_processes.ts";

const URL_TEXT = "https://as.example.com/authorize?client_id=a&redirect_uri=http%3A%2F%2Flocalhost";

const LINUX = environmentOf("linux", { DISPLAY: ":0" });

function browserWith(outcomes: Readonly<Record<string, LaunchOutcome>>, environment = LINUX) {
  const processes = new ScriptedProcesses({
    launch: ({ program }) => outcomes[program] ?? { kind: "not_found" },
  });
  return { browser: new SystemBrowser(environment, processes), processes };
}

Deno.test("openerCommands() hands the URL over as one argument, its bytes unchanged", () => {
  const wsl = environmentOf("linux", { WSL_DISTRO_NAME: "Debian" });
  const rundll32 = { program: "rundll32.exe", args: ["url.dll,FileProtocolHandler", URL_TEXT] };
  const xdgOpen = { program: "xdg-open", args: [URL_TEXT] };
  const cases = [
    [LINUX, [xdgOpen]],
    [environmentOf("linux", { WAYLAND_DISPLAY: "wayland-0" }), [xdgOpen]],
    [environmentOf("linux", { BROWSER: "/x", VSCODE_IPC_HOOK_CLI: "/run/s" }), [xdgOpen]],
    [environmentOf("linux"), []],
    [environmentOf("linux", { DISPLAY: "" }), []],
    [environmentOf("linux", { BROWSER: "w3m" }), []],
    [wsl, [{ program: "wslview", args: [URL_TEXT] }, rundll32, xdgOpen]],
    [environmentOf("macos"), [{ program: "/usr/bin/open", args: [URL_TEXT] }]],
    [environmentOf("windows"), [rundll32]],
  ] as const;
  for (const [environment, commands] of cases) {
    assertEquals(openerCommands(environment, URL_TEXT), commands);
    assertEquals(hasDisplay(environment), commands.length > 0);
  }
});

Deno.test("isOpenableUrl() refuses everything but plain http(s) URLs", () => {
  const good = [
    URL_TEXT,
    "http://127.0.0.1:3000/a?b=%E2%80%AE&c=%22%0a;$(id)|x'{}&d=\u00e9",
    "HTTPS://as.example.com",
    "https://[::1]:8443/authorize",
  ];
  const bad = [
    "",
    "--help",
    "-a Calculator https://as.example.com",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "ms-settings:privacy",
    "smb://host/share",
    "https:as.example.com",
    "https:///as.example.com",
    "https://",
    "http:\\\\host\\share",
    "https://as.example.com\\@evil.example",
    " https://as.example.com",
    "https://as.example.com/a b",
    "https://as.example.com/\n--flag",
    'https://as.example.com/" & calc.exe & "',
    "https://as.example.com/`id`",
    "https://as.example.com/<script>",
    "https://as.example.com/\0",
    "https://as.example.com/\u0085",
    "https://as.example.com/\u2028",
    "https://as.example.com:99999/",
    "\\\\host\\share",
    "C:\\Windows\\System32\\calc.exe",
  ];
  for (const url of good) assert(isOpenableUrl(url), url);
  for (const url of bad) assert(!isOpenableUrl(url), url);
});

Deno.test("SystemBrowser.open() is done with an opener that runs on or ends well", async () => {
  for (const outcome of [{ kind: "running" }, { kind: "exited", code: 0 }] as const) {
    const { browser, processes } = browserWith({ "xdg-open": outcome });
    assert(await browser.open(URL_TEXT));
    assertEquals(processes.started, [{ program: "xdg-open", args: [URL_TEXT], stdin: "" }]);
  }
});

Deno.test("SystemBrowser.open() goes on to the next opener, and says when none is left", async () => {
  const wsl = environmentOf("linux", { WSL_INTEROP: "/run/WSL/1_interop" });
  const second = browserWith({ "rundll32.exe": { kind: "running" } }, wsl);
  assert(await second.browser.open(URL_TEXT));
  assertEquals(second.processes.started.map((one) => one.program), ["wslview", "rundll32.exe"]);

  const failing = { "xdg-open": { kind: "exited", code: 3 } } as const;
  assert(!await browserWith(failing).browser.open(URL_TEXT));
  assert(!await browserWith({ "xdg-open": { kind: "refused" } }).browser.open(URL_TEXT));
  assert(!await browserWith({}, environmentOf("linux")).browser.open(URL_TEXT));
});

Deno.test("SystemBrowser.open() starts nothing for a URL that is not to be opened", async () => {
  const { browser, processes } = browserWith({ "xdg-open": { kind: "running" } });
  assert(!await browser.open("file:///etc/passwd"));
  assertEquals(processes.started, []);
});
