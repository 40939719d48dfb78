/** What a program is started with: the names and values of its environment. */
export type ChildEnvironment = Readonly<Record<string, string>>;

/**
 * The loader's variables change which code a program runs: the runtime starts nothing with them
 * unless it may run everything. Bundled clients set them for themselves, and mean no browser.
 */
const LOADER = /^(?:LD|DYLD)_/i;

/**
 * Without these no program finds its files, its user or its screen. They are no secrets, even where a
 * header quotes one (`X-User: ${USER}`).
 */
const INDISPENSABLE =
  /^(?:PATH|HOME|USER|USERNAME|USERPROFILE|LOGNAME|SHELL|LANG|TMPDIR|TEMP|TMP|HOSTNAME|COMPUTERNAME|BROWSER|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|DBUS_SESSION_BUS_ADDRESS|SYSTEMROOT|WINDIR|APPDATA|LOCALAPPDATA|XDG_\w+|LC_\w+|WSL\w*)$/i;

/**
 * The environment of a program that is started: all of ours but the loader's variables and `withheld`.
 * Everything else goes along, because what a browser needs differs from desktop to desktop.
 *
 * @param withheld Names of variables with secrets that the program has no business with, in any case
 */
export function childEnvironment(
  own: ChildEnvironment,
  withheld: ReadonlySet<string>,
): Record<string, string> {
  const secret = new Set([...withheld].map((name) => name.toUpperCase()));
  return Object.fromEntries(
    Object.entries(own).filter(([name]) =>
      !LOADER.test(name) && (!secret.has(name.toUpperCase()) || INDISPENSABLE.test(name))
    ),
  );
}
