// Templates and images made of given pieces, without the code that makes templates.
import { statSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import type { Algorithm } from '../../src/checksum/algorithm.js';
import { digestOf } from '../../src/checksum/digest.js';
import { rsum64, rsum64Bytes } from '../../src/checksum/rsum64.js';
import { fromText } from '../../src/format/bytes.js';
import {
  encodeDesc,
  encodeHeader,
  encodeSectionHeader,
  type ImageEntry,
  type StretchEntry,
} from '../../src/format/template.js';
import type { TreeFile } from '../../src/tree/types.js';

/** A stretch of an image. */
export interface Piece {
  readonly kind: 'data' | 'part';
  readonly bytes: Uint8Array;
}

export const data = (bytes: Uint8Array | string): Piece => ({ kind: 'data', bytes: Buffer.from(bytes as string) });
export const part = (bytes: Uint8Array | string): Piece => ({ kind: 'part', bytes: Buffer.from(bytes as string) });

/** The image that consists of these pieces. */
export function imageOf(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(pieces.map(({ bytes }) => bytes));
}

export interface BuilderOptions {
  readonly algorithm?: Algorithm;
  /** Bytes of a head; 0 leaves out the sums, as version 1.0 does. */
  readonly blockLength?: number;
  /** What is written instead of the right rsum64 of part `i`. */
  readonly wrongSum?: (right: Uint8Array, i: number) => Uint8Array;
  /** Uncompressed bytes of a section. */
  readonly sectionLength?: number;
}

/** The entries of these pieces. */
export function entriesOf(
  pieces: readonly Piece[],
  { algorithm = 'md5', blockLength = 1024, wrongSum = (right) => right }: BuilderOptions = {},
): { entries: StretchEntry[]; image: ImageEntry } {
  let parts = 0;
  const entries = pieces.map(({ kind, bytes }): StretchEntry => {
    if (kind === 'data') return { kind, length: bytes.length };
    const rsum = wrongSum(rsum64Bytes(rsum64(bytes, 0, Math.min(bytes.length, blockLength))), parts++);
    const entry = {
      kind,
      algorithm,
      length: bytes.length,
      digest: digestOf(algorithm, bytes),
      written: false,
    } as const;
    return blockLength > 0 ? { ...entry, rsum } : entry;
  });
  const bytes = imageOf(pieces);
  const digest = digestOf(algorithm, bytes);
  return { entries, image: { kind: 'image', algorithm, length: bytes.length, digest, blockLength } };
}

/** One DATA section. */
export function sectionOf(bytes: Uint8Array): Buffer {
  const packed = deflateSync(bytes, { level: 9 });
  return Buffer.concat([encodeSectionHeader('DATA', packed.length, bytes.length), packed]);
}

/** The whole template. */
export function templateOf(pieces: readonly Piece[], options: BuilderOptions = {}): Buffer {
  const { algorithm = 'md5', sectionLength = 2 ** 20 } = options;
  const unmatched = imageOf(pieces.filter(({ kind }) => kind === 'data'));
  const sections: Buffer[] = [];
  for (let at = 0; at < unmatched.length; at += sectionLength) {
    sections.push(sectionOf(unmatched.subarray(at, at + sectionLength)));
  }
  const { entries, image } = entriesOf(pieces, options);
  return Buffer.concat([encodeHeader(algorithm, 'test/1'), ...sections, encodeDesc(entries, [image])]);
}

/** A version 1.0 template: entry types 1, 2 and 3. */
export function oldTemplateOf(pieces: readonly Piece[]): Buffer {
  const u48 = (value: number): Buffer => {
    const bytes = Buffer.alloc(6);
    bytes.writeUIntLE(value, 0, 6);
    return bytes;
  };
  const image = imageOf(pieces);
  const entries = pieces.map(({ kind, bytes }) =>
    kind === 'data'
      ? Buffer.concat([Buffer.of(2), u48(bytes.length)])
      : Buffer.concat([Buffer.of(3), u48(bytes.length), digestOf('md5', bytes)]),
  );
  entries.push(Buffer.concat([Buffer.of(1), u48(image.length), digestOf('md5', image)]));
  const length = u48(16 + entries.reduce((sum, entry) => sum + entry.length, 0));
  const unmatched = imageOf(pieces.filter(({ kind }) => kind === 'data'));
  return Buffer.concat([
    Buffer.from('JigsawDownload template 1.0 old/0.5\r\nx\r\n\r\n'),
    ...(unmatched.length > 0 ? [sectionOf(unmatched)] : []),
    Buffer.from('DESC'),
    length,
    ...entries,
    length,
  ]);
}

/** A file of the disk as the tree walk would give it. */
export function treeFile(path: string): TreeFile {
  const { size, mtimeNs, ctimeNs, ino } = statSync(path, { bigint: true });
  return { prefix: '', rest: fromText(path), size: Number(size), mtimeNs, ctimeNs, ino };
}

/** Bytes that look random and are the same on every run. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let x = (seed * 2654435761) >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x;
  }
  return bytes;
}
