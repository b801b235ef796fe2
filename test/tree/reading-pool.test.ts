import t from 'tap';
import { mkdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../src/checksum/digest.js';
import { pick } from '../../src/io/identity.js';
import { BIT } from '../../src/tree/file-batch.js';
import type { ReadOutcome, ReadTask } from '../../src/tree/reading-pool.js';
import type * as library from '../../src/tree/reading-pool.js';
import { treeFile, type TreeFile } from '../../src/tree/types.js';

// Workers of the compiled code start without the tests' TypeScript loader, 0.2 s sooner.
const { ReadingPool } = (await import(
  new URL('../../dist/tree/reading-pool.js', import.meta.url).href
)) as typeof library;

/** Files of some bytes each, larger than what one thread reads alone. */
function manyFiles(folder: string, count: number): TreeFile[] {
  mkdirSync(folder);
  return Array.from({ length: count }, (_, i) => {
    writeFileSync(join(folder, `${i}`), `${i}`.repeat(10));
    const path = join(folder, `${i}`);
    return treeFile(path, pick(statSync(path, { bigint: true })));
  });
}

for (const jobs of [1, 2]) {
  t.test(`${jobs} at a time: each file is read once, and has its own digests`, async (t) => {
    const files = manyFiles(join(t.testdir({}), 'many'), 700);
    unlinkSync(files[3].rest);
    writeFileSync(files[650].rest, 'changed');
    const outcomes = new Map<TreeFile, ReadOutcome>();
    let told = 0;
    await using pool = new ReadingPool({
      jobs,
      headLength: 0,
      done: ({ file }, outcome) => outcomes.set(file, outcome),
      progress: () => told++,
    });
    for (const file of files) await pool.add({ file, wanted: BIT.md5 | BIT.sha256 });
    await pool.finish();
    t.equal(outcomes.size, files.length);
    t.match(outcomes.get(files[3]), { failure: 'open', reason: 'No such file or directory' });
    t.match(outcomes.get(files[650]), { failure: 'read' });
    const wrong = files.filter((file, i) => {
      const outcome = outcomes.get(file) as { md5: Uint8Array; sha256: Uint8Array };
      const text = Buffer.from(`${i}`.repeat(10));
      if (i === 3 || i === 650) return false;
      return ['md5', 'sha256'].some((family) => {
        const algorithm = family as 'md5' | 'sha256';
        return Buffer.compare(outcome[algorithm], digestOf(algorithm, text)) !== 0;
      });
    });
    t.strictSame(wrong, []);
    t.equal(
      pool.bytesRead,
      files.reduce((sum, { size }, i) => sum + (i === 3 || i === 650 ? 0 : size), 0),
    );
  });
}

t.test('it stops when it is told to, and when whoever takes the outcomes fails', async (t) => {
  const files = manyFiles(join(t.testdir({}), 'many'), 700);
  const run = async (done: (task: ReadTask) => void, signal?: AbortSignal): Promise<void> => {
    await using pool = new ReadingPool({ jobs: 2, headLength: 0, done, signal });
    for (const file of files) await pool.add({ file, wanted: BIT.md5 });
    await pool.finish();
  };
  const controller = new AbortController();
  await t.rejects(
    run(() => controller.abort(new Error('stop')), controller.signal),
    /stop/,
  );
  await t.rejects(
    run(() => {
      throw new Error('full');
    }),
    /full/,
  );
});
