import { parseJsonObject } from "./network_text.ts";

/**
 * When a JWT says that it expires (RFC 7519 section 4.1.4), milliseconds since the Unix epoch;
 * `undefined` when it does not say so or is no JWT. Its signature is not checked: it is ours to show,
 * not to believe.
 */
export function expiryOfJwt(token: string): number | undefined {
  const part = token.split(".")[1];
  if (part === undefined) return undefined;
  const payload = parseJsonObject(decode(part) ?? "");
  const expiry = payload?.["exp"];
  return typeof expiry === "number" && Number.isFinite(expiry) && expiry > 0
    ? expiry * 1000
    : undefined;
}

function decode(part: string): string | undefined {
  try {
    const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
