// Templates with two image informations.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import t, { type Test } from 'tap';
import type { Algorithm } from '../../src/checksum/algorithm.js';
import { digestOf } from '../../src/checksum/digest.js';
import { fromText, toBase64 } from '../../src/format/bytes.js';
import { encodeDesc, encodeHeader, type ImageEntry } from '../../src/format/template.js';
import { FileReader } from '../../src/io/reader.js';
import { makeImage } from '../../src/rebuild/make-image.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import { verifyImage } from '../../src/verify/verify-image.js';
import { jigdo } from '../cli/jigdo.js';
import { Log } from '../support/log.js';
import { data, entriesOf, imageOf, noise, part, sectionOf, treeFile } from '../support/template-builder.js';

const FILE = noise(5000);
const PIECES = [data('HEAD'), part(FILE), data('TAIL')];
const IMAGE = imageOf(PIECES);

/** An image information with the right digest, or a wrong one. */
function info(algorithm: Algorithm, isRight = true): ImageEntry {
  const digest = digestOf(algorithm, isRight ? IMAGE : Buffer.from('another image'));
  return { kind: 'image', algorithm, length: IMAGE.length, digest, blockLength: 1024 };
}

function prepare(t: Test, images: readonly ImageEntry[]): string {
  const { entries } = entriesOf(PIECES);
  const template = Buffer.concat([
    encodeHeader('md5', 'test/1'),
    sectionOf(Buffer.from('HEADTAIL')),
    encodeDesc(entries, images),
  ]);
  const jigdo = `[Jigdo]\nVersion=1.2\n[Image]\nFilename=made\nTemplate=x.template\n[Parts]\n${toBase64(digestOf('md5', FILE))}=tree/f\n`;
  return t.testdir({ 'x.template': template, 'x.jigdo': jigdo, image: IMAGE, tree: { f: FILE } });
}

const WORDS = /contradicts itself: the image has the SHA256 that it tells, which counts, but not the MD5$/;

t.test('SHA-256 counts, and what contradicts it is told', async (t) => {
  for (const [images, doubts] of [
    [[info('md5', false), info('sha256')], 1],
    [[info('sha256'), info('md5', false)], 1],
    [[info('md5'), info('sha256')], 0],
    [[info('md5'), info('md5')], 0],
  ] as const) {
    const dir = prepare(t, images);
    const options = { template: fromText(join(dir, 'x.template')), files: [treeFile(join(dir, 'tree/f'))] };
    const told = async (work: (reporter: Log) => Promise<{ exitCode: number }>, what: string): Promise<void> => {
      const log = new Log();
      t.equal((await work(log)).exitCode, 0, what);
      t.equal(log.warnings.filter((line) => WORDS.test(line)).length, doubts, what);
    };
    await told((reporter) => makeImage({ ...options, image: fromText(join(dir, 'made')), reporter }), 'to a file');
    const output = new Writable({ write: (_bytes, _encoding, done) => done() });
    await told((reporter) => makeImage({ ...options, image: '-', output, reporter }), 'to a stream');
    const image = fromText(join(dir, 'image'));
    await told((reporter) => verifyImage({ ...options, image, reporter }), 'verify');
    const input = Readable.from([IMAGE]);
    await told((reporter) => verifyImage({ ...options, image: '-', input, reporter }), 'verify a stream');
  }
});

t.test('an image without the SHA-256 of its template is wrong, whatever its MD5 is', async (t) => {
  const dir = prepare(t, [info('md5'), info('sha256', false)]);
  const options = { template: fromText(join(dir, 'x.template')), files: [treeFile(join(dir, 'tree/f'))] };
  await t.rejects(makeImage({ ...options, image: fromText(join(dir, 'made')) }), { message: /SHA256/, exitCode: 2 });
  t.match(await verifyImage({ ...options, image: fromText(join(dir, 'image')) }), { ok: false, exitCode: 2 });
});

t.test('two of one family that contradict one another are refused', async (t) => {
  const dir = prepare(t, [info('sha256'), info('sha256', false)]);
  using reader = new FileReader(fromText(join(dir, 'x.template')));
  const message = /x\.template: byte \d+: the two image informations contradict one another$/;
  t.throws(() => openTemplate(reader), { message });
});

t.test('what a template says of its MD5 proves nothing to a list of them', async (t) => {
  const dir = prepare(t, [info('md5', false), info('sha256')]);
  const hex = Buffer.from(info('md5', false).digest).toString('hex');
  writeFileSync(join(dir, 'MD5SUMS'), `${hex}  made\n`);
  const { code, stderr } = jigdo(dir, ['download', 'x.jigdo', '--sums', 'MD5SUMS', '--scan', 'tree']);
  t.equal(code, 2, stderr);
  t.match(stderr, /the image is kept as `.*made\.bad'/);
});
