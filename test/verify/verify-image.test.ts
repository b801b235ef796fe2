import { createReadStream, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import t, { type Test } from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { encodeDesc } from '../../src/format/template.js';
import { verifyImage, type VerifyImageOptions, type VerifyImageResult } from '../../src/verify/verify-image.js';
import { Log } from '../support/log.js';
import { data, entriesOf, imageOf, noise, part, templateOf } from '../support/template-builder.js';

const F1 = noise(1100);
const F2 = noise(1500, 2);
const PIECES = [data('HEAD'), part(F1), data('middle'), part(F2), part(F1), data('TAIL!')];
const IMAGE = imageOf(PIECES);

async function verify(
  t: Test,
  image: Uint8Array,
  template: Uint8Array = templateOf(PIECES),
  options: Partial<VerifyImageOptions> = {},
): Promise<{ result: VerifyImageResult; log: Log }> {
  const dir = t.testdir();
  writeFileSync(`${dir}/x.iso`, image);
  writeFileSync(`${dir}/x.template`, template);
  const log = new Log();
  const result = await verifyImage({ image: `${dir}/x.iso`, template: `${dir}/x.template`, reporter: log, ...options });
  return { result, log };
}

/** The image with some bytes changed. */
function changed(...offsets: number[]): Buffer {
  const bytes = Buffer.from(IMAGE);
  for (const offset of offsets) bytes[offset] ^= 0xff;
  return bytes;
}

t.test('good', async (t) => {
  const { result, log } = await verify(t, IMAGE);
  const digest = digestOf('md5', IMAGE);
  t.same(result, {
    ok: true,
    exitCode: 0,
    algorithm: 'md5',
    expectedDigest: digest,
    actualDigest: digest,
    expectedLength: 3715,
    actualLength: 3715,
    damage: [],
  });
  const text = Buffer.from(digest).toString('base64url');
  t.same(log.infos, [
    `MD5 from template: ${text}`,
    `MD5 from image:    ${text}`,
    'OK: MD5 Checksums match, image is good!',
    'WARNING: MD5 is not considered a secure hash!',
    'WARNING: It is recommended to verify your image in other ways too!',
  ]);
  t.same(log.warnings, []);
});

t.test('good, SHA-256, alone and preferred', async (t) => {
  const { result, log } = await verify(t, IMAGE, templateOf(PIECES, { algorithm: 'sha256' }));
  t.match(result, { ok: true, algorithm: 'sha256' });
  t.equal(log.infos.length, 3);
  t.equal(log.infos[2], 'OK: SHA256 Checksums match, image is good!');

  const { entries, image } = entriesOf(PIECES);
  const both = [
    { ...image, digest: new Uint8Array(16) },
    { ...image, algorithm: 'sha256', digest: digestOf('sha256', IMAGE) },
  ] as const;
  const template = Buffer.concat([templateOf(PIECES).subarray(0, -157), encodeDesc(entries, both)]);
  t.match((await verify(t, IMAGE, template)).result, { ok: true, algorithm: 'sha256' });
});

t.test('wrong bytes are located', async (t) => {
  const { result, log } = await verify(t, changed(1, 2, 1105, 1108, 2000, 3714));
  t.match(result, { ok: false, exitCode: 2, actualLength: 3715 });
  t.same(result.damage, [
    { offset: 1, length: 2, kind: 'data' },
    { offset: 1105, length: 4, kind: 'data' },
    { offset: 1110, length: 1500, kind: 'part', algorithm: 'md5', digest: digestOf('md5', F2) },
    { offset: 3714, length: 1, kind: 'data' },
  ]);
  t.equal(log.infos.length, 2, 'both digests');
  t.same(log.warnings, [
    'ERROR: Checksums do not match, image might be corrupted!',
    'Wrong: 2 bytes at offset 1, data of the template',
    'Wrong: 4 bytes at offset 1105, data of the template',
    `Wrong: 1500 bytes at offset 1110, the file with MD5Sum ${Buffer.from(digestOf('md5', F2)).toString('base64url')}`,
    'Wrong: 1 bytes at offset 3714, data of the template',
  ]);
});

t.test('wrong length', async (t) => {
  const short = await verify(t, IMAGE.subarray(0, 3000));
  t.match(short.result, { ok: false, exitCode: 2, actualLength: 3000, actualDigest: undefined });
  t.same(
    short.result.damage.map(({ offset, length, kind }) => [offset, length, kind]),
    [
      [2610, 1100, 'part'],
      [3710, 5, 'data'],
    ],
  );
  t.same(short.log.warnings.slice(0, 2), [
    'ERROR: Checksums do not match, image might be corrupted!',
    'The image is too short: 3000 of 3715 bytes',
  ]);
  t.same(short.log.infos, []);

  const long = await verify(t, Buffer.concat([IMAGE, Buffer.of(0)]));
  t.match(long.result, { ok: false, exitCode: 2, actualLength: 3716, actualDigest: undefined });
  t.same(long.result.damage, []);
  t.equal(long.log.warnings[1], 'The image is too long: 3716 instead of 3715 bytes');
  t.match((await verify(t, Buffer.alloc(0))).result, { ok: false, damage: { length: 6 } });
  t.match((await verify(t, Buffer.alloc(0), templateOf([]))).result, { ok: true });
});

t.test('many wrong places', async (t) => {
  const pieces = Array.from({ length: 50 }, (_, i) => part(noise(1024, i + 1)));
  const { result, log } = await verify(t, Buffer.alloc(50 * 1024), templateOf(pieces));
  t.equal(result.damage.length, 50);
  t.equal(log.warnings.length, 22);
  t.equal(log.warnings.at(-1), 'Wrong: 30 more places');
});

t.test('from a stream', async (t) => {
  const from = async (...chunks: Uint8Array[]): Promise<VerifyImageResult> =>
    (await verify(t, IMAGE, templateOf(PIECES), { image: '-', input: Readable.from(chunks) })).result;
  t.match(await from(IMAGE.subarray(0, 1000), IMAGE.subarray(1000)), { ok: true, actualLength: 3715 });
  t.match(await from(changed(7)), { ok: false, exitCode: 2, actualLength: 3715, damage: [] });
  t.match(await from(IMAGE.subarray(1)), { ok: false, actualLength: 3714 });
  t.match(await from(IMAGE, IMAGE), { ok: false, actualLength: undefined });
  const zero = createReadStream('/dev/zero');
  const { result } = await verify(t, IMAGE, templateOf(PIECES), { image: '-', input: zero });
  t.match(result, { ok: false, actualLength: undefined }, 'endless');
});

t.test('damaged templates', async (t) => {
  const template = templateOf(PIECES);
  const header = Buffer.from(template);
  header[0]++;
  const noHeader = await verify(t, IMAGE, header);
  t.match(noHeader.result, { ok: true });
  t.same(noHeader.log.warnings, ['Warning: This does not seem to be a template file']);
  const wrong = await verify(t, changed(1, 2000), header);
  t.same(
    wrong.result.damage.map(({ offset }) => offset),
    [1110],
    'data cannot be compared',
  );

  const body = Buffer.from(template);
  body[135] ^= 0x40;
  const damaged = await verify(t, changed(1, 2000), body);
  t.same(
    damaged.result.damage.map(({ offset }) => offset),
    [1110],
    'data cannot be compared',
  );
  t.match(damaged.log.warnings[1], /byte 114: damaged DATA section/);

  await t.rejects(verify(t, IMAGE, template.subarray(0, -1)), { message: /x\.template: byte \d+: / });
  await t.rejects(verify(t, IMAGE, template, { image: '/none' }), {
    message: "Could not open `/none' for input: No such file or directory",
  });
  await t.rejects(verify(t, IMAGE, template, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});
