import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import type * as checksModule from '../../src/fetch/part-checks.js';
import type { PartEntry } from '../../src/format/template.js';
import { Random } from '../support/random-trees.js';
import { noise } from '../support/template-builder.js';

// Compiled: workers that load TypeScript take a second each to start.
const { PartChecks } = (await import(
  new URL('../../dist/fetch/part-checks.js', import.meta.url).href
)) as typeof checksModule;

/** A file of parts, one after the other, and their entries. */
function someParts(t: Test, lengths: readonly number[]): { parts: PartEntry[]; places: Places } {
  const bytes = noise(lengths.reduce((sum, length) => sum + length, 0));
  const offsets: number[] = [];
  let end = 0;
  const parts = lengths.map((length, i): PartEntry => {
    const offset = end;
    offsets.push(offset);
    end += length;
    const algorithm = i % 5 === 4 ? 'sha256' : 'md5';
    const digest = digestOf(algorithm, bytes.subarray(offset, end));
    return { kind: 'part', length, algorithm, digest, written: false, rsum: new Uint8Array(8) };
  });
  const path = join(t.testdir({}), 'x.tmp');
  writeFileSync(path, bytes);
  const fd = openSync(path, 'r');
  t.teardown(() => closeSync(fd));
  const placeOf = (part: number): { offset: number; length: number } => ({
    offset: offsets[part],
    length: parts[part].length,
  });
  return { parts, places: { fd, name: 'x.tmp', placeOf } };
}
type Places = ConstructorParameters<typeof checksModule.PartChecks>[1];

t.test('each part is right or wrong, whatever its company', async (t) => {
  const random = new Random(1);
  const lengths = Array.from({ length: 60 }, (_, i) => (i === 30 ? 17 << 20 : 1 + random.below(1 << 20)));
  const { parts, places } = someParts(t, lengths);
  const wrong = new Set([3, 9, 58]);
  for (const i of wrong) parts[i].digest[0] ^= 1;
  await using checks = new PartChecks(parts, places);
  const answers = parts.map(async (_, i) => checks.isRight(i));
  checks.finish();
  t.strictSame(
    await Promise.all(answers),
    parts.map((_, i) => !wrong.has(i)),
  );
  t.ok(await checks.isRight(5), 'alone, after a while');
});

t.test('what cannot be read is told, from then on', async (t) => {
  const { parts, places } = someParts(t, [1000, 1000]);
  const { placeOf } = places;
  const behind = { ...places, placeOf: (part: number) => ({ ...placeOf(part), offset: placeOf(part).offset + 500 }) };
  await using checks = new PartChecks(parts, behind);
  const answers = [0, 1].map(async (part) => checks.isRight(part));
  checks.finish();
  const message = "Error reading from `x.tmp': it was cut short meanwhile";
  await t.rejects(answers[1], { message });
  await answers[0].catch(() => {});
  await t.rejects(checks.isRight(0), { message });
});
