/** What reading the keychain came to. The secret is a secret: never log it. */
export type KeychainReading =
  | { readonly kind: "found"; readonly secret: string }
  /** The keychain works and holds nothing of ours: only then a new secret may be made. */
  | { readonly kind: "absent" }
  /** There is no keychain, or it is locked, or too slow. The reason is for people. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** The one secret of Causeway in the keychain of the operating system, as a port. */
export interface Keychain {
  /** How people call it. */
  readonly name: string;
  /** Never throws. */
  read(): Promise<KeychainReading>;
  /** Stores the secret (letters, digits, `-` and `_` only). Resolves with whether it did. Never throws. */
  write(secret: string): Promise<boolean>;
}
