// Numbers that are recorded twice, least significant byte first and most significant byte first (ECMA-119 7.2.3, 7.3.3).

/**
 * The 32-bit number in the 8 bytes at `at`. Where the halves differ, the first one counts, unless only the second one is
 * plausible.
 */
export function both32(bytes: Buffer, at: number, plausible: (value: number) => boolean): number {
  const little = bytes.readUInt32LE(at);
  const big = bytes.readUInt32BE(at + 4);
  return little !== big && !plausible(little) && plausible(big) ? big : little;
}

/** The 16-bit number in the 4 bytes at `at`, by the same rule. */
export function both16(bytes: Buffer, at: number, plausible: (value: number) => boolean): number {
  const little = bytes.readUInt16LE(at);
  const big = bytes.readUInt16BE(at + 2);
  return little !== big && !plausible(little) && plausible(big) ? big : little;
}
