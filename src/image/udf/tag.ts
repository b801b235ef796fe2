// Descriptor tags, with which every UDF structure begins (ECMA-167 3/7.2, 4/7.2).

/** Bytes of a tag. */
export const TAG_LENGTH = 16;

/** Tag identifiers (ECMA-167 3/7.2.1, 4/7.2.1). */
export const TAG = {
  anchor: 2,
  volumePointer: 3,
  partition: 5,
  logicalVolume: 6,
  terminating: 8,
  fileSet: 256,
  fileIdentifier: 257,
  allocationExtent: 258,
  indirectEntry: 259,
  fileEntry: 261,
  extendedFileEntry: 266,
} as const;

/** CRC-ITU-T of each byte: polynomial 0x1021, most significant bit first. */
const CRC = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0);
  return crc;
});

/**
 * The identifier in the tag at the start of a structure.
 *
 * @returns undefined if the tag's checksum is wrong: this is no structure
 */
export function tagOf(bytes: Buffer): number | undefined {
  // 0 identifier, 2 version, 4 checksum, 5 reserved, 6 serial number, 8 CRC, 10 CRC length, 12 location
  if (bytes.length < TAG_LENGTH) return undefined;
  let sum = 0;
  for (let i = 0; i < TAG_LENGTH; i++) if (i !== 4) sum += bytes[i];
  const identifier = bytes.readUInt16LE(0);
  // Zeros have a right checksum.
  return identifier !== 0 && sum % 256 === bytes[4] ? identifier : undefined;
}

/** The block that the tag says it is in. */
export function tagLocation(bytes: Buffer): number {
  return bytes.readUInt32LE(12);
}

/**
 * Whether a structure with a good tag has the CRC that the tag says.
 *
 * @param bytes the structure, or the block that it begins
 */
export function isIntact(bytes: Buffer): boolean {
  const length = bytes.readUInt16LE(10);
  if (TAG_LENGTH + length > bytes.length) return false;
  let crc = 0;
  for (let i = TAG_LENGTH; i < TAG_LENGTH + length; i++) crc = ((crc << 8) & 0xffff) ^ CRC[(crc >>> 8) ^ bytes[i]];
  return crc === bytes.readUInt16LE(8);
}
