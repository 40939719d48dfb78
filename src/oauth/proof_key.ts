/** A code verifier and its S256 challenge (RFC 7636 section 4). The verifier is a secret. */
export interface ProofKey {
  readonly codeVerifier: string;
  readonly codeChallenge: string;
}

/** Bytes as base64url without padding (RFC 4648 section 5). */
export function base64Url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** 256 random bits as 43 characters: for `state`, code verifiers and JWT ids. */
export function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** Makes a new proof key. */
export async function createProofKey(): Promise<ProofKey> {
  const codeVerifier = randomText();
  return { codeVerifier, codeChallenge: await s256(codeVerifier) };
}

/** The S256 challenge of a verifier (RFC 7636 section 4.2). */
export async function s256(codeVerifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
  return base64Url(new Uint8Array(digest));
}
