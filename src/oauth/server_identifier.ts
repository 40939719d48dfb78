import type { SignInSettings } from "./sign_in.ts";

/**
 * What a server is remembered under: its URL, query kept. Where the user names the resource, that
 * follows as a fragment: the same URL with two resources is two tenants.
 */
export function serverIdentifier(
  settings: Pick<SignInSettings, "server" | "resource">,
): string {
  const { server, resource } = settings;
  return resource === undefined ? serverUrl(server) : `${serverUrl(server)}#${resource}`;
}

/** The server's URL without its fragment. */
export function serverUrl(server: URL): string {
  return server.href.replace(/#.*$/s, "");
}
