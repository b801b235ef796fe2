// The hash functions of checksum lists, and how they are told apart.
import type { ByteString } from '../format/bytes.js';
import { leafOf } from '../format/paths.js';

/** A hash function, by the name that node:crypto has for it. */
export type HashName = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | 'blake2b512';

/** Hex digits of a digest. */
export const HEX_LENGTH: Record<HashName, number> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
  blake2b512: 128,
};

/** Hash functions for which two files of one digest can be made: they tell damage, not forgery. */
export const WEAK: ReadonlySet<HashName> = new Set(['md5', 'sha1']);

/** The name as people write it. */
export const HASH_LABEL: Record<HashName, string> = {
  md5: 'MD5',
  sha1: 'SHA1',
  sha224: 'SHA224',
  sha256: 'SHA256',
  sha384: 'SHA384',
  sha512: 'SHA512',
  blake2b512: 'BLAKE2b',
};

const HASH_NAMES = Object.keys(HASH_LABEL) as HashName[];

/** The hash function of this name: `SHA256`, `sha-256`, `SHA2-256` (OpenSSL), `BLAKE2b`. */
export function hashNamed(name: string): HashName | undefined {
  const plain = name
    .toLowerCase()
    .replace(/^sha2-/, 'sha')
    .replace(/[-_]/, '');
  return HASH_NAMES.find((hash) => HASH_LABEL[hash].toLowerCase() === plain || hash === plain);
}

/** The hash function that the name of a list tells: `SHA256SUMS`, `image.iso.sha512`, `MD5SUMS.txt`. */
export function hashOfListName(name: ByteString): HashName | undefined {
  const leaf = leafOf(name);
  if (/(?:^|[^a-z0-9])b2sums?(?:$|[^a-z0-9])/i.test(leaf)) return 'blake2b512';
  const match = /(?:^|[^a-z0-9])(md5|sha-?(?:1|224|256|384|512))(?:sums?)?(?:$|[^a-z0-9])/i.exec(leaf);
  return match ? hashNamed(match[1]) : undefined;
}

/** The hash function that this many hex digits are usually of. */
export function hashOfLength(digits: number): HashName | undefined {
  return HASH_NAMES.find((hash) => HEX_LENGTH[hash] === digits);
}
