import { CausewayError } from "../errors.ts";
import { unblockedPort } from "./blocked_ports.ts";
import type { OperatingSystem } from "../platform/environment.ts";

/** The path of the redirect URI unless `--callback-path` gives another; the same as mcp-remote's. */
export const DEFAULT_CALLBACK_PATH = "/oauth/callback";

/** How the redirect URI is made and listened on. Everything is checked; see {@linkcode callbackSettings}. */
export interface CallbackSettings {
  /** The port of this server when none is given; 0 for any free one. */
  readonly defaultPort: number;
  /** The port that the user gave: this one or none. */
  readonly port?: number;
  /** Whether only `defaultPort` will do when no port is given. */
  readonly fixedPort: boolean;
  /** The host in the redirect URI, with brackets if it is an IPv6 address. */
  readonly host: string;
  readonly path: string;
  /** The IP address to listen on instead of this machine's loopback addresses. */
  readonly bindAddress?: string;
  /** The redirect URI as the outside sees it, byte for byte. */
  readonly publicUrl?: string;
  /** Where the browser is sent after success, instead of our page. */
  readonly successUrl?: string;
}

/** What the user gave; the names of the flags are in the messages. */
export interface CallbackFlags {
  /** The stable port of this server (`mcpRemotePort()`). */
  readonly defaultPort: number;
  /**
   * Whether the client is registered in advance or has a metadata document: it then lists the redirect
   * URI with that very port.
   */
  readonly preRegistered?: boolean;
  readonly port?: number;
  readonly host?: string;
  readonly callbackPath?: string;
  readonly callbackBind?: string;
  readonly callbackUrl?: string;
  readonly authSuccessUrl?: string;
  /** `--allow-http`: plain http is trusted for `authSuccessUrl`, too. */
  readonly allowHttp?: boolean;
}

/**
 * Checks the flags and fills in the defaults.
 * @throws {CausewayError} `usage`
 */
export function callbackSettings(
  flags: CallbackFlags,
  operatingSystem: OperatingSystem,
): CallbackSettings {
  const { port, callbackBind, callbackUrl, authSuccessUrl } = flags;
  if (port !== undefined) checkPort(port);
  if (callbackBind !== undefined) checkBindAddress(callbackBind);
  if (callbackUrl !== undefined) checkCallbackUrl(callbackUrl);
  return {
    defaultPort: unblockedPort(flags.defaultPort),
    fixedPort: flags.preRegistered ?? false,
    host: hostOf(flags.host ?? defaultHost(operatingSystem)),
    path: pathOf(flags.callbackPath ?? DEFAULT_CALLBACK_PATH),
    ...(port === undefined ? {} : { port }),
    ...(callbackBind === undefined ? {} : { bindAddress: callbackBind.replace(/^\[|\]$/g, "") }),
    ...(callbackUrl === undefined ? {} : { publicUrl: callbackUrl }),
    ...(authSuccessUrl === undefined
      ? {}
      : { successUrl: successUrlOf(authSuccessUrl, flags.allowHttp ?? false) }),
  };
}

/** The host in the redirect URI unless `--host` gives another; the same as mcp-remote's. */
function defaultHost(operatingSystem: OperatingSystem): string {
  return operatingSystem === "windows" ? "127.0.0.1" : "localhost";
}

function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return;
  throw usage("port", String(port), "it is not a whole number from 1 to 65535");
}

function hostOf(host: string): string {
  const bracketed = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const url = URL.canParse(`http://${bracketed}`) ? new URL(`http://${bracketed}`) : undefined;
  if (url?.hostname === bracketed.toLowerCase() && url.port === "") return bracketed;
  throw usage("--host", host, "it is not a host name or an IP address");
}

function pathOf(path: string): string {
  const url = URL.canParse(path, "http://localhost")
    ? new URL(path, "http://localhost")
    : undefined;
  if (path.startsWith("/") && url?.pathname === path && url.host === "localhost") return path;
  throw usage("--callback-path", path, "it is not a path like /oauth/callback");
}

function checkBindAddress(address: string): void {
  const isIpv4 = /^\d{1,3}(\.\d{1,3}){3}$/.test(address) && URL.canParse(`http://${address}`);
  const bare = address.replace(/^\[|\]$/g, "");
  if (isIpv4 || (bare.includes(":") && URL.canParse(`http://[${bare}]`))) return;
  throw usage("--callback-bind", address, "it is not an IP address");
}

function checkCallbackUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.username === "" && url.password === "" &&
    !/[?#\s]/.test(text);
  if (isPlain && (url.protocol === "https:" || url.protocol === "http:")) return;
  throw usage(
    "--callback-url",
    withoutQuery(text),
    "it is not an http(s) URL without credentials, query and fragment",
  );
}

function successUrlOf(text: string, allowHttp: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && url.username === "" && url.password === "" &&
    !/[?#]/.test(text);
  if (isPlain && (url.protocol === "https:" || isTrustedHttp(url, allowHttp))) return url.href;
  throw usage(
    "--auth-success-url",
    withoutQuery(text),
    "it is not an https URL (or http on this computer) without credentials, query and fragment",
  );
}

function isTrustedHttp(url: URL, allowHttp: boolean): boolean {
  if (url.protocol !== "http:") return false;
  return allowHttp || ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
}

/** What may be a secret in a URL that was mistyped is not repeated. */
function withoutQuery(text: string): string {
  return text.replace(/\/\/[^/?#]*@/, "//...@").replace(/[?#].*$/s, "?...");
}

function usage(flag: string, value: string, reason: string): CausewayError {
  return new CausewayError("usage", `Cannot use ${flag} "${value}": ${reason}`);
}
