// An image has one name, whichever command deals with it.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openSite, publish, writeOld } from '../support/site.js';
import { data, imageOf, noise, part } from '../support/template-builder.js';
import { jigdo } from './jigdo.js';

const PIECES = [data('head'), part(noise(5000, 1)), data('end')];

t.test('what xorriso, genisoimage and people write into Filename=', async (t) => {
  const dir = t.testdir({ jigdo: {}, tree: {} });
  publish(dir, 'cd', PIECES);
  const path = join(dir, 'jigdo', 'cd.jigdo');
  const text = readFileSync(path, 'latin1');
  const json = (...args: string[]): string => jigdo(dir, args).stdout.toString();
  for (const filename of ['stdio:N.iso', 'stdio:/abs/path/N.iso', 'stdio:dir/N.iso', './N.iso', 'mmc:N.iso']) {
    writeOld(path, text.replace('Filename=cd.iso', `Filename=${filename}`));
    const here = await openSite(t, dir);
    t.strictSame(
      here.catalogue.images.map(({ name }) => name),
      ['N.iso'],
      filename,
    );
    here.stop();
    t.match(json('inspect', '--json', 'jigdo/cd.jigdo'), '"name":"N.iso"');
    t.match(json('verify-tree', 'tree', '--jigdo', 'jigdo/cd.jigdo', '--label', 'L=tree', '--json'), '"name":"N.iso"');
    for (const images of ['download', 'mirror']) {
      rmSync(join(dir, images), { recursive: true, force: true });
      mkdirSync(join(dir, images));
    }
    const download = jigdo(join(dir, 'download'), ['download', '../jigdo/cd.jigdo', '--scan', '../tree']);
    t.equal(download.code, 0, download.stderr);
    t.strictSame(readdirSync(join(dir, 'download')), ['N.iso']);
    const mirror = ['mirror', 'tree', '--label', 'L=tree', '--jigdo-dir', 'jigdo', '--image-dir', 'mirror'];
    t.equal(jigdo(dir, mirror).code, 0);
    t.ok(readFileSync(join(dir, 'mirror', 'N.iso')).equals(imageOf(PIECES)));
  }
});

t.test('what can be no name: the name of the .jigdo, or a refusal', async (t) => {
  const dir = t.testdir({ jigdo: {}, tree: {} });
  publish(dir, 'cd', PIECES);
  const path = join(dir, 'jigdo', 'cd.jigdo');
  const text = readFileSync(path, 'latin1');
  for (const filename of ['', 'stdio:', 'dir/', '..', 'a\x01b.iso']) {
    writeFileSync(path, text.replace('Filename=cd.iso', `Filename=${filename}`));
    const here = await openSite(t, dir);
    t.strictSame(
      here.catalogue.images.map(({ name }) => name),
      ['cd.iso'],
      JSON.stringify(filename),
    );
    here.stop();
    const mirror = jigdo(dir, ['mirror', 'tree', '--jigdo-dir', 'jigdo', '--image-dir', '.']);
    t.match(mirror, { code: 3 }, mirror.stderr);
    t.match(mirror.stdout.toString(), 'is no name for an image');
  }
});

t.test('a name that leaves room for .tmp alone', (t) => {
  const dir = t.testdir({ jigdo: {}, tree: {} });
  publish(dir, 'cd', PIECES);
  const name = 'n'.repeat(251);
  const download = jigdo(dir, ['download', 'jigdo/cd.jigdo', '--scan', 'tree', '--output', name]);
  t.equal(download.code, 0, download.stderr);
  t.ok(readFileSync(join(dir, name)).equals(imageOf(PIECES)));
  t.end();
});
