// Every kind of worker, ended while it is at work, before and after: the job ends, too, and says so, or has the right result.
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import t from 'tap';
import { NO_CACHE } from '../../src/cache/types.js';
import type * as followingModule from '../../src/checksum/stream/client.js';
import { digestOf } from '../../src/checksum/digest.js';
import type * as checksModule from '../../src/fetch/part-checks.js';
import { fromText } from '../../src/format/bytes.js';
import type { PartEntry } from '../../src/format/template.js';
import { SILENT } from '../../src/io/reporter.js';
import type * as makeModule from '../../src/make/make-template.js';
import type * as imagesModule from '../../src/mirror/make-images.js';
import { BIT } from '../../src/tree/file-batch.js';
import type * as poolModule from '../../src/tree/reading-pool.js';
import { walkTree } from '../../src/tree/walk.js';
import { Random } from '../support/random-trees.js';
import { noise } from '../support/template-builder.js';

/** Compiled: workers that load TypeScript take a second each to start. */
async function compiled<T>(module: string): Promise<T> {
  return (await import(new URL(`../../dist/${module}.js`, import.meta.url).href)) as T;
}
const { ReadingPool } = await compiled<typeof poolModule>('tree/reading-pool');
const { makeTemplate } = await compiled<typeof makeModule>('make/make-template');
const { PartChecks } = await compiled<typeof checksModule>('fetch/part-checks');
const { imageMaker } = await compiled<typeof imagesModule>('mirror/make-images');
const { followDigest } = await compiled<typeof followingModule>('checksum/stream/client');

type Way = 'ends' | 'throws';

/** Ends each worker that a job starts, some milliseconds later. */
async function disturbed(job: Job, way: Way, delay: () => number): Promise<string | undefined> {
  const end = async (worker: Worker): Promise<void> => {
    await setTimeout(delay());
    // No program of ours takes this for a message.
    if (way === 'throws') worker.postMessage(null);
    else await worker.terminate();
  };
  const started = (worker: Worker): void => void end(worker);
  process.on('worker', started);
  try {
    return await fault(job);
  } finally {
    process.off('worker', started);
  }
}

/** Tells whether the result is right; may throw. */
type Job = () => Promise<boolean>;

const MiB = 1 << 20;
const dir = t.testdir({ tree: {} });
const path = (name: string): string => fromText(join(dir, name));
const files = Array.from({ length: 60 }, (_, i) => noise(200_000 + i, i + 3));
files.forEach((bytes, i) => writeFileSync(join(dir, 'tree', `f${i}`), bytes));
const small = Buffer.concat([noise(150_000, 1), ...files.slice(0, 5)]);
const large = Buffer.concat([noise(6 * MiB, 2), ...files]);
writeFileSync(join(dir, 'small'), small);
writeFileSync(join(dir, 'large'), large);
const tree = await walkTree([`${path('tree')}//`], { reporter: SILENT });
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

function makesTemplate(image: string, compression: 'gzip' | 'bzip2' | 'zopfli'): Job {
  return async () => {
    const result = await makeTemplate({
      image: path(image),
      jigdo: path('o.jigdo'),
      template: path('o.template'),
      files: tree,
      compression,
      level: 1,
      cache: NO_CACHE,
      jobs: 4,
      force: true,
      reporter: SILENT,
    });
    return result.parts === (image === 'small' ? 5 : files.length);
  };
}

const jobs: Record<string, Job> = {
  'reads files': async () => {
    const outcomes = new Map<string, unknown>();
    await using pool = new ReadingPool({
      jobs: 3,
      headLength: 0,
      done: ({ file }, outcome) => outcomes.set(file.rest, outcome),
    });
    for (let again = 0; again < 4; again++) {
      for (const file of tree) await pool.add({ file, wanted: BIT.md5 });
      // Others that nobody waits for.
      await setTimeout(5);
    }
    await pool.finish();
    return files.every((bytes, i) => {
      const { md5: digest } = outcomes.get(`f${i}`) as { md5: Uint8Array };
      return Buffer.from(digest).toString('hex') === md5(bytes);
    });
  },
  'searches and digests an image': makesTemplate('large', 'gzip'),
  'compresses with bzip2': makesTemplate('small', 'bzip2'),
  'compresses with Zopfli': makesTemplate('small', 'zopfli'),
  'digests a file': async () => {
    const fd = openSync(join(dir, 'large'), 'r');
    try {
      const digest = followDigest(fd, large.length, 'md5');
      await setTimeout(20);
      digest.watch([{ offset: 0, length: MiB }]);
      const first = digest.digestOf(0, MiB);
      const whole = await digest.finish();
      const range = await first;
      return (
        Buffer.from(whole).toString('hex') === md5(large) &&
        (!range || Buffer.from(range).equals(digestOf('md5', large.subarray(0, MiB))))
      );
    } finally {
      closeSync(fd);
    }
  },
  'checks parts': async () => {
    const fd = openSync(join(dir, 'large'), 'r');
    try {
      const parts = Array.from({ length: 16 }, (_, i): PartEntry => {
        const digest = digestOf('md5', large.subarray(i * MiB, (i + 1) * MiB));
        return { kind: 'part', length: MiB, algorithm: 'md5', digest, written: false, rsum: new Uint8Array(8) };
      });
      const placeOf = (part: number): { offset: number; length: number } => ({ offset: part * MiB, length: MiB });
      await using checks = new PartChecks(parts, { fd, name: 'x.tmp', placeOf });
      const right: boolean[] = [];
      for (let i = 0; i < parts.length; i++) right.push(await checks.isRight(i));
      return right.every((each) => each);
    } finally {
      closeSync(fd);
    }
  },
};

const LONGEST = 20_000;

/** What became of a job, in words; undefined if all is as it should be. */
async function fault(job: Job): Promise<string | undefined> {
  const stop = new AbortController();
  const outcome = job().then(
    (isRight) => (isRight ? undefined : 'a wrong result'),
    (error: unknown) => {
      const { message } = error as Error;
      return error instanceof Error && /^[^\n]+$/.test(message) ? undefined : `it threw: ${message}`;
    },
  );
  const hangs = setTimeout(LONGEST, 'it hangs', { signal: stop.signal }).catch(() => undefined);
  const result = await Promise.race([outcome, hangs]);
  stop.abort();
  return result;
}

for (const [what, job] of Object.entries(jobs)) {
  t.test(`a thread that ${what}`, async (t) => {
    t.equal(await job(), true, 'nobody disturbs it');
    const random = new Random(what.length);
    for (const way of ['ends', 'throws'] as const) {
      for (const longest of [0, 30, 150]) {
        const delay = (): number => random.below(longest + 1);
        t.equal(await disturbed(job, way, delay), undefined, `${way} within ${longest} ms`);
      }
    }
  });
}

t.test('a thread that makes an image', async (t) => {
  const make = imageMaker(2);
  const job: Job = async () => {
    const result = await make({ image: path('made'), template: path('o.template'), files: tree, force: true });
    return result.status === 'created' && readFileSync(join(dir, 'made')).equals(large);
  };
  await jobs['searches and digests an image']();
  t.equal(await job(), true, 'nobody disturbs it');
  const random = new Random(1);
  for (const longest of [0, 100, 300]) {
    t.equal(await disturbed(job, 'ends', () => random.below(longest + 1)), undefined, `ends within ${longest} ms`);
  }
});

t.test('a worker that ended before anybody wanted it', async (t) => {
  const { expectDigest } = await compiled<typeof followingModule>('checksum/stream/client');
  const ended = new Promise<void>((resolve) =>
    process.once('worker', (worker: Worker) => {
      worker.once('exit', () => resolve());
      void worker.terminate();
    }),
  );
  expectDigest(large.length);
  await ended;
  await t.rejects(jobs['digests a file'](), { message: 'The thread that computes a digest ended unexpectedly' });
});
