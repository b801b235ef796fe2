// Little-endian integers of the template format (docs/spec/template-format.md 0).

/** The largest value of a u48 field, in bytes of image or template: 256 TiB - 1. */
export const U48_MAX = 2 ** 48 - 1;

/** Reads an unsigned 48-bit little-endian integer at `offset`. */
export function readU48(bytes: Uint8Array, offset: number): number {
  return (
    bytes[offset] +
    bytes[offset + 1] * 0x100 +
    bytes[offset + 2] * 0x1_0000 +
    bytes[offset + 3] * 0x100_0000 +
    bytes[offset + 4] * 0x1_0000_0000 +
    bytes[offset + 5] * 0x100_0000_0000
  );
}

/**
 * Writes `value` as an unsigned 48-bit little-endian integer at `offset`.
 *
 * @throws RangeError if the value does not fit
 */
export function writeU48(bytes: Uint8Array, offset: number, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > U48_MAX) throw new RangeError(`${value} does not fit 48 bits`);
  for (let i = 0; i < 6; i++) {
    bytes[offset + i] = value % 256;
    value = Math.floor(value / 256);
  }
}
