/** How many digits the names of record files have. */
export const NAME_LENGTH = 40;

/** The SHA-256 of the text's UTF-8 form, in hexadecimal, cut to `length` characters. */
export async function digestName(text: string, length: number): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hex = Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0"));
  return hex.join("").slice(0, length);
}
