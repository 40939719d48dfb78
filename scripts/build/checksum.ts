import { createHash } from "node:crypto";

/** The SHA-256 of bytes, in lower-case hexadecimal. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Refuses bytes that are not the pinned ones.
 *
 * @param name what the bytes are, for the message
 * @throws {Error} when the SHA-256 differs
 */
export function requireSha256(bytes: Uint8Array, expected: string, name: string): void {
  const actual = sha256Of(bytes);
  if (actual === expected) return;
  throw new Error(
    `Cannot use "${name}": its SHA-256 is ${actual}, but ${expected} is pinned`,
  );
}
