const ELF_MAGIC = 0x7f454c46;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const HEADER_BYTES = 64;

/**
 * The length in bytes of an ELF image: up to the end of its section header table, which linkers put
 * last. What follows was appended later; in a program made by `deno compile` for Linux that is the
 * program's own code, so that the image is the base executable.
 *
 * @throws {RangeError} when the bytes are no 64-bit little-endian ELF image or are shorter than it
 */
export function elfImageLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < HEADER_BYTES || view.getUint32(0) !== ELF_MAGIC) {
    throw new RangeError("Cannot cut the base executable: the file is no ELF image");
  }
  if (view.getUint8(4) !== CLASS_64 || view.getUint8(5) !== LITTLE_ENDIAN) {
    throw new RangeError("Cannot cut the base executable: the image is not 64-bit little-endian");
  }
  const tableOffset = Number(view.getBigUint64(0x28, true));
  const length = tableOffset + view.getUint16(0x3a, true) * view.getUint16(0x3c, true);
  if (tableOffset < HEADER_BYTES || length === tableOffset || length > bytes.byteLength) {
    throw new RangeError("Cannot cut the base executable: its section header table is missing");
  }
  return length;
}
