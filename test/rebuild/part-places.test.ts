import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import type { FollowingDigest } from '../../src/checksum/stream/client.js';
import { encodeDesc, encodeHeader, type StretchEntry } from '../../src/format/template.js';
import { MemoryReader } from '../../src/io/reader.js';
import { FetchedParts } from '../../src/rebuild/part-places.js';
import { Plan } from '../../src/rebuild/plan.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import { TmpFile } from '../../src/rebuild/tmp-file.js';

const MiB = 2 ** 20;
const DIGEST = { algorithm: 'md5', written: false, rsum: new Uint8Array(8) } as const;

/** An image of a short part, a large one and another short one. */
function planWith(large: number): Plan {
  const entries = [1000, large, 2000].map((length, i): StretchEntry => ({
    kind: 'part',
    length,
    digest: new Uint8Array(16).fill(i),
    ...DIGEST,
  }));
  const image = { algorithm: 'md5', length: large + 3000, digest: new Uint8Array(16), blockLength: 1024 } as const;
  const desc = encodeDesc(entries, [{ kind: 'image', ...image }]);
  return new Plan(openTemplate(new MemoryReader(Buffer.concat([encodeHeader('md5', 'test/1'), desc]))));
}

/** Notes what it is told. */
class Witness implements FollowingDigest {
  readonly told: (number | string)[] = [];
  readonly done = 0;
  readonly failure = undefined;
  readonly others = new Map();
  watch(): void {}
  digestOf(): undefined {}
  advance(frontier: number): void {
    this.told.push(frontier);
  }
  restart(frontier: number): void {
    this.told.push(`anew: ${frontier}`);
  }
  async finish(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array());
  }
  async cancel(): Promise<void> {}
}

t.test('the digest goes on within a large part, and begins anew if that is written again', async (t) => {
  const plan = planWith(100 * MiB);
  const tmp = TmpFile.create(`${t.testdir()}/x.tmp`, plan);
  t.teardown(() => tmp.close());
  const digest = new Witness();
  let filled = (): void => {};
  const places = new FetchedParts(plan, tmp, () => digest, new Promise((resolve) => (filled = resolve)));
  places.complete(0);
  places.follow(1, 70 * MiB);
  t.same(digest.told, [], 'not before the unmatched data is there');
  filled();
  await nextTurn();
  places.follow(1, 60 * MiB);
  t.same(digest.told, [], 'not before there is much of the image');
  places.follow(1, 80 * MiB);
  places.follow(1, 81 * MiB);
  t.same(digest.told.splice(0), [1000 + 80 * MiB], 'in large steps');
  places.write(1, new Uint8Array(10), 90 * MiB);
  places.follow(1, 100 * MiB);
  t.same(digest.told.splice(0), [1000 + 100 * MiB - 1], 'the last byte may be wrong');
  places.write(1, new Uint8Array(10), 5);
  t.same(digest.told.splice(0), ['anew: 1000']);
  places.write(1, new Uint8Array(10), 15);
  places.follow(1, 100 * MiB);
  places.complete(2);
  places.complete(1);
  t.same(digest.told, [1000 + 100 * MiB - 1, plan.length]);
});
