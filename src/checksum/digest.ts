// The two digest families of the format.
import type { Hash } from 'node:crypto';

/** A digest family of the format: MD5 (template versions up to 1.2) or SHA-256 (version 2.0). */
export type Algorithm = 'md5' | 'sha256';

/** Length of a digest in bytes. */
export const DIGEST_LENGTH: Record<Algorithm, number> = { md5: 16, sha256: 32 };

/** A new running digest. */
export function newDigest(algorithm: Algorithm): Hash {
  return newHash(algorithm);
}

/**
 * A new running digest of any kind, by node:crypto's names. Loading that module takes 7 ms, for which the first digest is soon
 * enough: make-template's pass begins before, and needs none.
 */
export function newHash(name: string): Hash {
  return process.getBuiltinModule('node:crypto').createHash(name);
}

/** The digest of bytes in memory. */
export function digestOf(algorithm: Algorithm, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(newDigest(algorithm).update(bytes).digest());
}
