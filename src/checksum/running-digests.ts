// Several digests of the same bytes at once.
import type { Hash } from 'node:crypto';
import type { Algorithm } from './algorithm.js';
import { newDigest, newHash } from './digest.js';
import type { NamedDigests } from './stream/protocol.js';

/** A running digest of the format, and others. */
export class RunningDigests {
  readonly #hash: Hash;
  readonly #others: readonly { readonly name: string; readonly hash: Hash }[];

  /** @param others names of node:crypto */
  constructor(algorithm: Algorithm, others: readonly string[]) {
    this.#hash = newDigest(algorithm);
    this.#others = others.map((name) => ({ name, hash: newHash(name) }));
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    for (const { hash } of this.#others) hash.update(bytes);
  }

  /** Ends the digest of the format. */
  digest(): Uint8Array {
    return new Uint8Array(this.#hash.digest());
  }

  /** Ends the others. */
  others(): NamedDigests {
    return new Map(this.#others.map(({ name, hash }) => [name, new Uint8Array(hash.digest())]));
  }
}
