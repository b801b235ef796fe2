// Digests of bytes in memory, by node:crypto.
import type { Hash } from 'node:crypto';
import type { Algorithm } from './algorithm.js';

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
