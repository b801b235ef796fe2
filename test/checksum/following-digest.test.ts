import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { WORKER_MIN, followDigest } from '../../src/checksum/stream/client.js';
import type * as compiledModule from '../../src/checksum/stream/client.js';
import { Random } from '../support/random-trees.js';
import { noise } from '../support/template-builder.js';

// Compiled: workers that load TypeScript take a second each to start.
const compiled = (await import(
  new URL('../../dist/checksum/stream/client.js', import.meta.url).href
)) as typeof compiledModule;

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
  writeSync(fd, noise(3_000_000, 2), 0, 3_000_000, 0);
  digest.advance(3_000_000);
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

t.test('whenever bytes come or change, and ranges are asked for', async (t) => {
  if (availableParallelism() < 2) return t.comment('skipped: one core');
  const folder = t.testdir();
  for (let round = 0; round < 12; round++) {
    const random = new Random(round);
    const bytes = noise(WORKER_MIN + random.below(6 << 20), round);
    const { length } = bytes;
    const fd = openSync(`${folder}/${round}`, 'w+');
    const digest = compiled.followDigest(fd, length, 'md5');
    const stretches = Array.from({ length: 16 }, (_, i) => ({ offset: i << 20, length: 1 + random.below(1 << 20) }));
    const watchAt = random.below(length);
    let watched = false;
    let restarts = random.below(3);
    for (let position = 0; position < length;) {
      if (!watched && position >= watchAt) {
        digest.watch(stretches);
        watched = true;
      }
      const end = Math.min(length, position + random.below(3 << 20));
      writeSync(fd, bytes, position, end - position, position);
      digest.advance(end);
      position = end;
      if (random.below(2) === 0) await setTimeout(random.below(3));
      if (restarts > 0 && position < length && random.below(4) === 0) {
        restarts--;
        const changed = random.below(position);
        digest.restart(changed);
        bytes[changed] ^= 1;
        position = changed;
      }
    }
    const found = stretches.map(async (stretch) => digest.digestOf(stretch.offset, stretch.length));
    t.same(await digest.finish(), digestOf('md5', bytes), `round ${round}`);
    for (const [i, range] of (await Promise.all(found)).entries()) {
      const { offset, length } = stretches[i];
      if (range) t.same(range, digestOf('md5', bytes.subarray(offset, offset + length)));
    }
    closeSync(fd);
  }
});
