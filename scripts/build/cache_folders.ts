import { join } from "@std/path";

/** The root of the repository. */
export const ROOT: string = join(import.meta.dirname ?? ".", "..", "..");

/** Where this checkout keeps what it builds; ignored by git. */
export const BUILD_CACHE: string = join(ROOT, ".cache", "build");

/**
 * Where downloads are kept: the user's cache folder, so that all checkouts share them, or this
 * checkout's own where there is none.
 */
export function downloadCache(): string {
  const home = Deno.env.get("HOME");
  const base = Deno.build.os === "windows"
    ? Deno.env.get("LOCALAPPDATA")
    : Deno.env.get("XDG_CACHE_HOME") ?? (home === undefined ? undefined : join(home, ".cache"));
  return base ? join(base, "causeway-build") : join(ROOT, ".cache", "downloads");
}
