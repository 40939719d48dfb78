const CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----\s*([A-Za-z0-9+/=\s]+?)-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** The certificates of a PEM bundle (RFC 7468), DER; text around them and what is no base64 is left out. */
export function certificatesOf(pem: string): readonly Uint8Array<ArrayBuffer>[] {
  const found: Uint8Array<ArrayBuffer>[] = [];
  for (const [, content = ""] of pem.matchAll(CERTIFICATE)) {
    const der = decodeBase64(content.replace(/\s+/g, ""));
    const certificate = der === undefined ? undefined : firstElement(der);
    if (certificate !== undefined) found.push(certificate);
  }
  return found;
}

/** One PEM text for each certificate of a bundle, without anything around it. */
export function splitPem(pem: string): readonly string[] {
  return certificatesOf(pem).map((der) => {
    const lines = encodeBase64(der).replace(/.{64}/g, "$&\n").trimEnd();
    return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  });
}

/**
 * The outermost DER element alone: OpenSSL's "trusted" form has its own settings after it. Nothing
 * when the bytes do not begin with a whole sequence.
 */
function firstElement(der: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | undefined {
  const [tag, first] = der;
  if (tag !== 0x30 || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4) return undefined;
  let length = first < 0x80 ? first : 0;
  for (const byte of der.subarray(2, 2 + lengthBytes)) length = length * 256 + byte;
  const end = 2 + lengthBytes + length;
  return end > der.length ? undefined : der.subarray(0, end);
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function encodeBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
