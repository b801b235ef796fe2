import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { WORKER_MIN, followDigest } from '../../src/checksum/following-digest.js';
import { noise } from '../support/template-builder.js';

t.test('a small file, digested when it is complete', async (t) => {
  const fd = openSync(`${t.testdir()}/x`, 'w+');
  const bytes = noise(3_000_000);
  const digest = followDigest(fd, bytes.length, 'md5');
  digest.advance(1000);
  writeSync(fd, bytes);
  writeSync(fd, 'more, which does not belong to it');
  const seen: number[] = [];
  t.same(await digest.finish((done) => seen.push(done)), digestOf('md5', bytes));
  t.equal(seen.at(-1), 3_000_000);
  t.same(digest.others, new Map());
  const more = followDigest(fd, bytes.length, 'md5', ['sha512']);
  await more.finish();
  t.same(more.others, new Map([['sha512', createHash('sha512').update(bytes).digest()]]), 'another in the same pass');
  t.same(await followDigest(fd, 0, 'sha256').finish(), digestOf('sha256', new Uint8Array()));
  await t.rejects(followDigest(fd, 2 ** 23, 'md5').finish(), /the file shrinks while it is read/);

  const given = followDigest(fd, bytes.length, 'md5');
  const result = given.finish();
  await given.cancel();
  await t.rejects(result, /given up/);
  closeSync(fd);
});

t.test('a large file, digested while it grows', async (t) => {
  if (availableParallelism() < 2) return t.comment('skipped: one core');
  const fd = openSync(`${t.testdir()}/x`, 'w+');
  const bytes = noise(WORKER_MIN + 5);
  const digest = followDigest(fd, bytes.length, 'sha256', ['md5']);
  writeSync(fd, noise(2_000_000, 2), 0, 2_000_000, 0);
  digest.advance(2_000_000);
  while (digest.done < 1_000_000) await setTimeout(1);
  digest.restart(0);
  for (let done = 0; done < bytes.length; done += 1_000_003) {
    writeSync(fd, bytes, done, Math.min(1_000_003, bytes.length - done), done);
    digest.advance(done + 1000);
  }
  t.same(await digest.finish(), digestOf('sha256', bytes), 'what it had taken in before it began anew is forgotten');
  t.same(digest.others, new Map([['md5', digestOf('md5', bytes)]]));
  await digest.cancel();

  const tooLong = followDigest(fd, bytes.length + 1, 'md5');
  const cancelled = followDigest(fd, bytes.length, 'md5');
  const result = cancelled.finish.bind(cancelled);
  await cancelled.cancel();
  await t.rejects(result(), /given up/);
  await t.rejects(tooLong.finish(), /the file shrinks while it is read/);
  closeSync(fd);
});
