// Images large enough to be digested by a thread, which checks the parts on its way: right parts, wrong ones, interruptions.
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { LateChecks } from '../../src/rebuild/late-checks.js';
import { makeImage } from '../../src/rebuild/make-image.js';
import { Log } from '../support/log.js';
import { Random } from '../support/random-trees.js';
import { data, imageOf, noise, part, templateOf, treeFile, type Piece } from '../support/template-builder.js';

const ROUNDS = Number(process.env.JIGDO_ROUNDS ?? 3);

/** Parts, most of them at multiples of 64, and some bytes between them: 17 MB or more. */
function randomPieces(random: Random): Piece[] {
  const pieces: Piece[] = [];
  let length = 0;
  const add = (piece: Piece): void => {
    pieces.push(piece);
    length += piece.bytes.length;
  };
  for (let i = 0; length < 17 << 20; i++) {
    const again = pieces.filter(({ kind }) => kind === 'part')[random.below(20)];
    add(random.below(8) === 0 && again ? again : part(noise(1100 + random.below(3 << 20), 1000 + i)));
    const gap = (64 - (length % 64)) % 64;
    if (gap > 0 && random.below(5) > 0) add(data(Buffer.alloc(gap, i + 1)));
  }
  // Sometimes a part is the last thing.
  if (random.below(2) === 0) add(data('the end'));
  return pieces;
}

const different = (pieces: readonly Piece[]): Uint8Array[] => [
  ...new Set(pieces.filter(({ kind }) => kind === 'part').map(({ bytes }) => bytes)),
];

t.test('wrong files beside right ones, or instead of them, and interruptions', async (t) => {
  const random = new Random(11);
  for (let round = 0; round < ROUNDS; round++) {
    const dir = `${t.testdirName}/${round}`;
    mkdirSync(dir, { recursive: true });
    const pieces = randomPieces(random);
    const whole = imageOf(pieces);
    const image = `${dir}/image`;
    writeFileSync(`${image}.template`, templateOf(pieces));
    const right: string[] = [];
    const offered: string[] = [];
    let lacking = 0;
    for (const [i, bytes] of different(pieces).entries()) {
      const path = `${dir}/f${i}`;
      writeFileSync(path, bytes);
      right.push(path);
      const kind = round === 0 ? 9 : random.below(10);
      if (kind < 3) {
        // In front of the right one, or alone.
        const wrong = Buffer.from(bytes);
        wrong[1024 + random.below(wrong.length - 1024)] ^= 1;
        writeFileSync(`${path}-wrong`, wrong);
        offered.push(`${path}-wrong`);
      }
      if (kind === 0) lacking++;
      else offered.push(path);
    }
    const make = async (paths: readonly string[], reporter = new Log(), signal?: AbortSignal) => {
      const files = paths.map((path) => treeFile(path));
      const result = await makeImage({ image, template: `${image}.template`, files, reporter, signal });
      t.strictSame(reporter.warnings, [], 'nothing has to be mended');
      return result;
    };
    if (round % 2 === 1) {
      const controller = new AbortController();
      const stopAt = random.below(whole.length);
      const reporter = new Log((_, done) => {
        if (done >= stopAt) controller.abort();
      });
      await t.rejects(make(offered, reporter, controller.signal), { name: 'AbortError' });
      t.notOk(existsSync(image));
    }
    const first = await make(offered);
    t.equal(first.missing.length, lacking, 'what is missing');
    if (lacking > 0) t.equal((await make(right)).status, 'created');
    t.ok(readFileSync(image).equals(whole), `the image of round ${round}`);
    rmSync(dir, { recursive: true });
  }
});

/** Writes a template and files, in the order in which they are offered. */
function write(dir: string, pieces: readonly Piece[], offered: Record<string, Uint8Array>) {
  const [image, template] = [`${dir}/image`, `${dir}/template`];
  writeFileSync(template, templateOf(pieces));
  for (const [name, bytes] of Object.entries(offered)) writeFileSync(`${dir}/${name}`, bytes);
  return { image, template, files: Object.keys(offered).map((name) => treeFile(`${dir}/${name}`)) };
}

t.test('a wrong file at two places, which are checked at the same time', async (t) => {
  const dir = t.testdir({});
  const right = noise(64 << 10, 5);
  const wrong = Buffer.from(right);
  wrong[5000] ^= 1;
  const big = noise(17 << 20, 6);
  const gap = data(Buffer.alloc(1 << 20));
  const pieces = [part(right), gap, part(right), gap, part(big)];
  const given = write(dir, pieces, { wrong, right, big });
  const reporter = new Log();
  t.match(await makeImage({ ...given, reporter }), { status: 'created' });
  t.strictSame(reporter.warnings, []);
  t.ok(readFileSync(given.image).equals(imageOf(pieces)));
});

t.test('a file that becomes shorter, after the digest was told of its first bytes', async (t) => {
  const dir = t.testdir({});
  const right = noise(3 << 20, 7);
  const cut = Buffer.from(right);
  cut[5000] ^= 1;
  const big = noise(17 << 20, 8);
  const pieces = [part(right), part(big)];
  const given = write(dir, pieces, { cut, right, big });
  const reporter = new Log();
  const info = reporter.info.bind(reporter);
  reporter.info = (line) => {
    info(line);
    if (/^Found/.test(line)) truncateSync(`${dir}/cut`, 2 << 20);
  };
  t.match(await makeImage({ ...given, reporter }), { status: 'created' });
  t.strictSame(reporter.warnings, [`Error reading from \`${dir}/cut' (file is too short)`]);
  t.ok(readFileSync(given.image).equals(imageOf(pieces)));
});

t.test('checks that come, do not come, or cannot come any more', async (t) => {
  const checks = new LateChecks();
  const settled: string[] = [];
  const slice = (entry: number) => ({ entry, offset: 10 * entry, length: 10, part: 0, from: 0 });
  const settle = (entry: number) => (digest: Uint8Array | undefined) =>
    settled.push(`${entry} ${digest ? 'has come' : 'does not come'}`);
  checks.add(slice(0), Promise.resolve(Uint8Array.of(1)), settle(0));
  checks.add(slice(1), Promise.resolve(undefined), settle(1));
  checks.add(slice(2), new Promise(() => {}), settle(2));
  t.ok(checks.has(2) && !checks.has(3) && !checks.isEmpty);
  await checks.settle(20);
  t.strictSame(settled, ['0 has come', '1 does not come', '2 does not come']);
  t.ok(checks.isEmpty);
  const failing = (): void => {
    throw new Error('the disk is full');
  };
  checks.add(slice(3), Promise.resolve(undefined), failing);
  await t.rejects(checks.settle(100), { message: 'the disk is full' });
});
