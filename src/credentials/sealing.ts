import { decodeBase64, encodeBase64 } from "./base64.ts";
import { digestName } from "./digest.ts";

const KEY_BYTES = 32;
/** The nonce size that AES-GCM is defined for (NIST SP 800-38D section 8.2). */
const NONCE_BYTES = 12;

/** A key that records are sealed with, and a name for it that gives nothing away. */
export interface SealingKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/** A text sealed with AES-256-GCM; nonce and ciphertext in base64. */
export interface SealedText {
  readonly keyId: string;
  readonly nonce: string;
  readonly ciphertext: string;
}

/** A new random key, as the text under which a keychain holds it. */
export function newKeyText(): string {
  const text = encodeBase64(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
  // Keychain tools get it in a command line of their own: nothing in it may need quoting.
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The key that a keychain's text stands for, or `undefined` when it is no key of ours. */
export async function sealingKeyFrom(text: string): Promise<SealingKey | undefined> {
  const bytes = decodeBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  if (bytes?.length !== KEY_BYTES) return undefined;
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { id: await digestName(`causeway key\n${text}`, 16), key };
}

/** Seals the text; it opens only beside the same `context`. */
export async function seal(
  sealingKey: SealingKey,
  text: string,
  context: string,
): Promise<SealedText> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(context) },
    sealingKey.key,
    new TextEncoder().encode(text),
  );
  return {
    keyId: sealingKey.id,
    nonce: encodeBase64(nonce),
    ciphertext: encodeBase64(new Uint8Array(sealed)),
  };
}

/** Opens a sealed text; `undefined` when the key or the context is another, or when it was changed. */
export async function unseal(
  sealingKey: SealingKey,
  sealed: SealedText,
  context: string,
): Promise<string | undefined> {
  const nonce = decodeBase64(sealed.nonce);
  const ciphertext = decodeBase64(sealed.ciphertext);
  if (nonce?.length !== NONCE_BYTES || ciphertext === undefined) return undefined;
  try {
    const text = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: nonce, additionalData: new TextEncoder().encode(context) },
      sealingKey.key,
      ciphertext,
    );
    return new TextDecoder().decode(text);
  } catch {
    return undefined;
  }
}
