// The BLOB that holds what is known of a file, bound to the file that it was computed from.
import { crc32 } from 'node:zlib';
import { ALGORITHMS, DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import type { Identity } from '../io/identity.js';
import { HEAD_PREFIX_LENGTH, type Head } from '../tree/head.js';
import type { TreeFile } from '../tree/types.js';
import type { CachedFile } from './types.js';

// u32  CRC-32 of the identity (32 bytes: size as float64, mtime, ino and ctime as int64) and of all that follows
// then for each fact:
//   u8   tag
//   u16  length of the value in bytes
//   ...  value
// All little-endian. Facts with an unknown tag are skipped, so that a later version may add some without a new schema; 4 was in use.
// Those of digests are in DIGESTS.
const HEAD_TAG = 1;

// The value of `head`: length, period and run as float64 (exact up to 2^53), lo and hi as int32, then the prefix.
const HEAD_FIXED = 3 * 8 + 2 * 4;

/** The bit of a fact in the column `kinds`, by which facts are counted. */
export function kindOf(fact: Algorithm | 'head'): number {
  return 1 << ((fact === 'head' ? HEAD_TAG : DIGESTS[fact].cacheTag) - 1);
}

/** The identity of a file as the columns have it: inodes wrap to SQLite's signed 64 bits. */
export function columnsOf({ size, mtimeNs, ctimeNs, ino }: TreeFile): Identity {
  return {
    size,
    mtimeNs: BigInt.asIntN(64, mtimeNs),
    ctimeNs: BigInt.asIntN(64, ctimeNs),
    ino: BigInt.asIntN(64, ino),
  };
}

/** A record that is not what was once written: the disk, or somebody, changed it. */
export class DamagedRecord extends Error {}

/** The facts that are there, as bits of `kindOf`. */
export function kindsOf(facts: CachedFile): number {
  let kinds = facts.head ? kindOf('head') : 0;
  for (const algorithm of ALGORITHMS) if (facts[algorithm]) kinds += kindOf(algorithm);
  return kinds;
}

export function encodeRecord(identity: Identity, facts: CachedFile): Buffer {
  const parts: Uint8Array[] = [];
  const add = (tag: number, value: Uint8Array | undefined): void => {
    if (value) parts.push(Uint8Array.of(tag, value.length & 0xff, value.length >>> 8), value);
  };
  add(HEAD_TAG, facts.head && encodeHead(facts.head));
  for (const algorithm of ALGORITHMS) add(DIGESTS[algorithm].cacheTag, facts[algorithm]);
  const record = Buffer.concat([Buffer.alloc(4), ...parts]);
  record.writeUInt32LE(check(identity, record));
  return record;
}

/** @throws DamagedRecord if it was not made by `encodeRecord` for this identity */
export function decodeRecord(identity: Identity, record: unknown): CachedFile {
  if (!Buffer.isBuffer(record) || record.length < 4 || record.readUInt32LE() !== check(identity, record)) {
    throw new DamagedRecord('a record has a wrong checksum');
  }
  const facts: { -readonly [K in keyof CachedFile]: CachedFile[K] } = {};
  for (let at = 4; at < record.length;) {
    // A checksum of 32 bits does not prove that we wrote the record.
    const length = at + 3 <= record.length ? record.readUInt16LE(at + 1) : NaN;
    const end = at + 3 + length;
    if (!(end <= record.length)) throw new DamagedRecord('a record is cut short');
    const value = new Uint8Array(record.buffer, record.byteOffset + at + 3, length);
    if (record[at] === HEAD_TAG) {
      const head = decodeHead(value);
      if (head) facts.head = head;
    }
    const algorithm = ALGORITHMS.find((each) => DIGESTS[each].cacheTag === record[at]);
    if (algorithm) facts[algorithm] = digestIn(value, algorithm);
    at = end;
  }
  return facts;
}

function digestIn(value: Uint8Array, algorithm: Algorithm): Uint8Array {
  if (value.length !== DIGESTS[algorithm].bytes) throw new DamagedRecord('a record has a digest of a wrong length');
  return value;
}

const identityBytes = Buffer.alloc(32);

function check(identity: Identity, record: Buffer): number {
  identityBytes.writeDoubleLE(identity.size, 0);
  identityBytes.writeBigInt64LE(identity.mtimeNs, 8);
  identityBytes.writeBigInt64LE(identity.ino, 16);
  identityBytes.writeBigInt64LE(identity.ctimeNs, 24);
  return crc32(record.subarray(4), crc32(identityBytes));
}

function encodeHead(head: Head): Uint8Array {
  const bytes = new Uint8Array(HEAD_FIXED + head.prefix.length);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, head.length, true);
  view.setFloat64(8, head.period, true);
  view.setFloat64(16, head.run, true);
  view.setInt32(24, head.lo, true);
  view.setInt32(28, head.hi, true);
  bytes.set(head.prefix, HEAD_FIXED);
  return bytes;
}

/** @returns undefined if the prefix has not the length that a head has today: another version of this program wrote it */
function decodeHead(bytes: Uint8Array): Head | undefined {
  if (bytes.length < HEAD_FIXED) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getFloat64(0, true);
  const prefix = bytes.subarray(HEAD_FIXED);
  if (prefix.length !== Math.min(HEAD_PREFIX_LENGTH, length)) return undefined;
  return {
    length,
    period: view.getFloat64(8, true),
    run: view.getFloat64(16, true),
    lo: view.getInt32(24, true),
    hi: view.getInt32(28, true),
    prefix,
  };
}
