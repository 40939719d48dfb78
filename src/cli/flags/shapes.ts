import { isLoopback } from "../../http/addresses.ts";

/**
 * Judges the text of a flag's value without looking at anything else: `undefined` when it is fine,
 * else what is the case with it, as the end of a sentence. It does not quote the value.
 */
export type Shape = (value: string) => string | undefined;

/** The characters of an HTTP token (RFC 9110 section 5.6.2). */
export const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const DECIMAL = /^[0-9]+(?:\.[0-9]+)?$/;

/** The largest size of a message that can be asked for, in MiB. */
export const MAX_MEBIBYTES = 4095;

/** At least one character that is no space. */
export function someText(value: string): string | undefined {
  return value.trim() === "" ? "it is empty" : undefined;
}

/** One of the words. */
export function oneOf(...words: readonly string[]): Shape {
  return (value) => words.includes(value) ? undefined : `it is none of ${words.join(", ")}`;
}

/** A positive number of seconds; fractions are fine. */
export function positiveSeconds(value: string): string | undefined {
  return DECIMAL.test(value) && Number(value) > 0
    ? undefined
    : "it is not a positive number of seconds";
}

/** A number of seconds, where 0 has a meaning of its own; fractions are fine. */
export function seconds(value: string): string | undefined {
  return DECIMAL.test(value) ? undefined : "it is not a number of seconds";
}

/** A size in MiB; fractions are fine. */
export function mebibytes(value: string): string | undefined {
  return DECIMAL.test(value) && Number(value) > 0 && Number(value) <= MAX_MEBIBYTES
    ? undefined
    : `it is not a size in MiB between 0 and ${MAX_MEBIBYTES}`;
}

/** A TCP port. */
export function port(value: string): string | undefined {
  return /^[0-9]{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65535
    ? undefined
    : "it is not a port from 1 to 65535";
}

/** `Name:value`, the name an HTTP token. The value is judged after its variables are filled in. */
export function headerField(value: string): string | undefined {
  const colon = value.indexOf(":");
  if (colon < 0) return "it has no colon between name and value";
  return TOKEN.test(value.slice(0, colon).trimStart())
    ? undefined
    : "what stands before the colon is not the name of a header";
}

/** `NAME=VAR`: a header's name and the name of an environment variable. */
export function headerVariable(value: string): string | undefined {
  return headerAssignment(value, "VAR") ?? variableName(value.slice(value.indexOf("=") + 1));
}

/** `NAME=PROGRAM ARG...`: a header's name and a command. */
export function headerCommand(value: string): string | undefined {
  return headerAssignment(value, "PROGRAM");
}

function headerAssignment(value: string, rest: string): string | undefined {
  const equals = value.indexOf("=");
  if (equals < 0 || equals === value.length - 1) return `it is not written as NAME=${rest}`;
  return TOKEN.test(value.slice(0, equals)) ? undefined : "NAME is not the name of a header";
}

/** The name of an environment variable. */
export function variableName(value: string): string | undefined {
  return /^[^=\s\0{}]+$/.test(value) ? undefined : "that is no name of an environment variable";
}

/** An absolute URI. */
export function absoluteUri(value: string): string | undefined {
  return URL.canParse(value.trim()) ? undefined : "it is not an absolute URI";
}

/** An absolute URI, or nothing at all. */
export function absoluteUriOrEmpty(value: string): string | undefined {
  return value.trim() === "" ? undefined : absoluteUri(value);
}

/** An `http` or `https` URL without user information. */
export function webUrl(value: string): string | undefined {
  const url = URL.parse(value.trim());
  if (url === null || !/^https?:$/.test(url.protocol)) return "it is not an http or https URL";
  return url.username === "" && url.password === "" ? undefined : "it holds a user name";
}

/** A web URL without query and fragment. */
export function bareWebUrl(value: string): string | undefined {
  return webUrl(value) ?? (/[?#]/.test(value) ? "it has a query or a fragment" : undefined);
}

/** A web URL to which secrets are sent: `https`, or `http` to this machine; no fragment. */
export function secureUrl(value: string): string | undefined {
  const problem = webUrl(value) ?? (value.includes("#") ? "it has a fragment" : undefined);
  if (problem !== undefined) return problem;
  const url = new URL(value.trim());
  return url.protocol === "https:" || isLoopback(url)
    ? undefined
    : "it is plain http to another machine, where others can read what is sent";
}

/** The `https` URL of a client ID metadata document: it has a path and no fragment (SEP-991). */
export function documentUrl(value: string): string | undefined {
  const url = URL.parse(value.trim());
  if (url === null || url.protocol !== "https:" || url.pathname === "/") {
    return "it is not an https URL with a path";
  }
  return webUrl(value) ?? (value.includes("#") ? "it has a fragment" : undefined);
}

/** A JSON object, or `@` and the path of a file that holds one. */
export function jsonOrFile(value: string): string | undefined {
  if (value.startsWith("@")) return value.length > 1 ? undefined : "there is no path after the @";
  return /^(?:\{|\$\{)/.test(value.trim())
    ? undefined
    : "it is neither a JSON object nor @ and a file's path";
}

/** A host name or address, an IPv6 address in brackets, for the redirect URI. */
export function hostName(value: string): string | undefined {
  const bracketed = /^\[[^\]]+\]$/.test(value);
  const url = value === "" ? null : URL.parse(`http://${value}/`);
  const isHost = url !== null && url.username === "" && !/[/?#@\\]/.test(value);
  return isHost && (bracketed || !value.includes(":"))
    ? undefined
    : "it is not a host name or address";
}

/** An IP address to listen on. */
export function ipAddress(value: string): string | undefined {
  const isIpv4 = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.test(value) && URL.canParse(`http://${value}/`);
  const bare = value.replace(/^\[(.*)\]$/, "$1");
  const isIpv6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*$/.test(bare) && URL.canParse(`http://[${bare}]/`);
  return isIpv4 || isIpv6 ? undefined : "it is not an IP address";
}

const RESERVED_PATHS: readonly string[] = ["/wait-for-auth", "/.mcp-remote/id"];

/** The path of the redirect URI. */
export function callbackPath(value: string): string | undefined {
  if (!value.startsWith("/") || /[?#\s\\]/.test(value)) {
    return "it is not a path that begins with /";
  }
  return RESERVED_PATHS.includes(value) ? "that path is reserved" : undefined;
}

/** `key=value` for the authorization request. Which keys may not be set is judged later. */
export function authorizeParameter(value: string): string | undefined {
  return value.slice(0, Math.max(0, value.indexOf("="))).trim() === ""
    ? "it is not written as key=value"
    : undefined;
}

/** A name for a folder of credentials. */
export function profileName(value: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value)
    ? undefined
    : "it is not a name of letters, digits, dots, dashes and underscores";
}

/** Scopes with spaces between them (RFC 6749 section 3.3). */
export function scopes(value: string): string | undefined {
  return /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(value)
    ? undefined
    : "it is not a list of scopes with one space between them";
}
