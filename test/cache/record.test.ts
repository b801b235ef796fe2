import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { columnsOf, DamagedRecord, decodeRecord, encodeRecord, kindsOf } from '../../src/cache/record.js';
import type { CachedFile } from '../../src/cache/types.js';
import { HEAD_PREFIX_LENGTH } from '../../src/tree/head.js';
import { factsFor, fileAt } from '../support/cache.js';

const DAMAGED = { message: 'a record has a wrong checksum' };

const identity = columnsOf(fileAt('/x//f'));

t.test('identities fit SQLite', (t) => {
  t.strictSame(identity, {
    size: 5_000_000_001,
    mtimeNs: 1_600_000_000_123_456_789n,
    ctimeNs: 1_600_000_000_987_654_321n,
    ino: -1n,
  });
  t.end();
});

t.test('a record comes back as it was', (t) => {
  const facts = factsFor('f');
  t.strictSame(decodeRecord(identity, encodeRecord(identity, facts)), facts);
  t.strictSame(decodeRecord(identity, encodeRecord(identity, {})), {});
  t.strictSame(decodeRecord(identity, encodeRecord(identity, { sha256: facts.sha256 })), { sha256: facts.sha256 });
  t.equal(kindsOf(facts), 7);
  t.equal(kindsOf({ md5: facts.md5 }), 2);

  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const length = fc.integer({ min: HEAD_PREFIX_LENGTH, max: 2 ** 48 });
  const head = fc.record(
    { length, period: length, run: length, lo: int32, hi: int32, prefix: bytes(HEAD_PREFIX_LENGTH) },
    { noNullPrototype: true },
  );
  const any = fc.record({ head, md5: bytes(16), sha256: bytes(32) }, { requiredKeys: [], noNullPrototype: true });
  fc.assert(
    fc.property(any, (facts) =>
      isDeepStrictEqual(decodeRecord(identity, encodeRecord(identity, facts as CachedFile)), facts),
    ),
  );
  t.end();
});

t.test('a record is good for its file only, and any change is noticed', (t) => {
  const record = encodeRecord(identity, factsFor('f'));
  t.throws(() => decodeRecord({ ...identity, size: 1 }, record), DAMAGED);
  t.throws(() => decodeRecord({ ...identity, mtimeNs: 1n }, record), DAMAGED);
  t.throws(() => decodeRecord({ ...identity, ctimeNs: 1n }, record), DAMAGED);
  t.throws(() => decodeRecord({ ...identity, ino: 1n }, record), DAMAGED);
  for (let i = 0; i < record.length; i++) {
    const changed = Buffer.from(record);
    changed[i] ^= 0x10;
    t.throws(() => decodeRecord(identity, changed), DAMAGED, `byte ${i}`);
  }
  for (const other of [record.subarray(0, 3), record.subarray(0, -1), Buffer.alloc(0), null, 5, 'text']) {
    t.throws(() => decodeRecord(identity, other), DAMAGED);
  }
  t.end();
});

t.test('a head with a prefix of another length is unknown', (t) => {
  const { head, md5 } = factsFor('f');
  const stored = (prefix: Uint8Array, length: number): unknown =>
    decodeRecord(identity, encodeRecord(identity, { head: { ...head, prefix, length }, md5 }));
  t.strictSame(stored(head.prefix.subarray(1), 1024), { md5 });
  t.strictSame(stored(new Uint8Array(HEAD_PREFIX_LENGTH + 1), 1024), { md5 });
  t.match(stored(new Uint8Array(5), 5), { head: { length: 5 }, md5 });
  t.end();
});

/** A record of the given fields, with the checksum that it must have. */
function recordOf(fields: Buffer): Buffer {
  const bound = Buffer.alloc(32);
  bound.writeDoubleLE(identity.size, 0);
  bound.writeBigInt64LE(identity.mtimeNs, 8);
  bound.writeBigInt64LE(identity.ino, 16);
  bound.writeBigInt64LE(identity.ctimeNs, 24);
  const check = Buffer.alloc(4);
  check.writeUInt32LE(crc32(fields, crc32(bound)));
  return Buffer.concat([check, fields]);
}

t.test('unknown facts are skipped', (t) => {
  const { md5 } = factsFor('f');
  const fields = Buffer.concat([Buffer.from([99, 3, 0, 1, 2, 3]), Buffer.from([2, 16, 0]), md5]);
  t.strictSame(decodeRecord(identity, recordOf(fields)), { md5 });
  t.end();
});

t.test('a record with a good checksum may still be damaged', (t) => {
  const damaged = (...fields: number[]): void => {
    const error = t.throws(() => decodeRecord(identity, recordOf(Buffer.from(fields))), String(fields));
    t.ok(error instanceof DamagedRecord, String(fields));
  };
  damaged(2);
  damaged(2, 16);
  damaged(99, 255, 255, 0);
  damaged(2, 3, 0, 1, 2, 3);
  damaged(3, 0, 0);
  t.strictSame(
    decodeRecord(identity, recordOf(Buffer.from([1, 2, 0, 0, 0]))),
    {},
    'a head that is too short is unknown',
  );
  t.end();
});
