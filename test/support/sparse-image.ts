// An image in memory of any size: bytes where they were put, zeros elsewhere.
import type { Extent, RandomAccess } from '../../src/io/reader.js';

export class SparseImage implements RandomAccess {
  readonly name = 'sparse';
  size: number;
  /** Bytes that were read in all: what a walk cost. */
  bytesRead = 0;
  readonly #parts: { readonly offset: number; readonly bytes: Buffer }[] = [];

  constructor(size = 0) {
    this.size = size;
  }

  /** Later bytes cover earlier ones. The image grows as needed. */
  put(offset: number, bytes: Uint8Array): this {
    this.#parts.push({ offset, bytes: Buffer.from(bytes) });
    this.size = Math.max(this.size, offset + bytes.length);
    return this;
  }

  read(target: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(target.length, this.size - position));
    target.fill(0, 0, length);
    for (const { offset, bytes } of this.#parts) {
      const from = Math.max(offset, position);
      const to = Math.min(offset + bytes.length, position + length);
      if (from < to) target.set(bytes.subarray(from - offset, to - offset), from - position);
    }
    this.bytesRead += length;
    return length;
  }
}

/** All bytes of some extents, one after the other. */
export function bytesOf(image: RandomAccess, extents: readonly Extent[]): Buffer {
  return Buffer.concat(
    extents.map(({ offset, length }) => {
      const bytes = Buffer.alloc(length);
      if (image.read(bytes, offset) !== length) throw new Error('short read');
      return bytes;
    }),
  );
}
