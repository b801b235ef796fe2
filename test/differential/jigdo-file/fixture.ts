// The little world in which both programs are put: trees, images, and what the original made of them.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  readdirSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Random } from '../../support/random-trees.js';

/** Names that some program might stumble over, as bytes. */
const ODD_NAMES = [
  'sp ace',
  'hash#x',
  "sq'uote",
  'dq"uote',
  'b\'oth"q',
  'back\\slash',
  'eq=ual',
  'co:lon',
  'tab\tname',
  'trail ',
  'br[ack]et',
  '$dollar',
  '-dash',
  '*star?',
  '.hidden',
  '\xc3\xbcn\xc3\xafcode',
  'inv\xff\xfe',
];

/** A fixed time, so that nothing depends on when the world was made. */
const LONG_AGO = new Date('2011-05-20T12:00:00Z');

/**
 * Makes the world in the empty folder `root`. All contents are random and unlike one another, so that there is one way only to
 * find them in the images.
 *
 * @param original the program jigdo-file, which makes the templates
 */
export function makeFixture(root: string, original: string): void {
  const random = new Random(20);
  const path = (name: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]);
  const contents: Buffer[] = [];
  const file = (name: string, length: number): void => {
    const content = random.bytes(length);
    writeFileSync(path(name), content);
    contents.push(content);
  };
  for (const folder of ['src', 'src/sub', 'src/sub/deep', 'src/empty', 'other', 'odd', 'twin', 'same', 'feed', 'out'])
    mkdirSync(join(root, folder));
  file('src/one', 3000);
  file('src/two', 1024);
  file('src/sub/three', 5000);
  file('src/sub/deep/four', 140_000);
  file('src/sub/s300', 300);
  file('src/sub/s1023', 1023);
  file('other/five', 4096);
  file('other/six', 2500);
  for (const name of ODD_NAMES) file(`odd/${name}`, 1500 + random.below(1500));
  const found = contents.splice(0);
  file('feed/line\nfeed', 2000);
  writeFileSync(join(root, 'feed.iso'), contents[0]);
  writeFileSync(join(root, 'same/a'), found[0]);
  writeFileSync(join(root, 'same/b'), found[0]);
  file('src/unused', 2222);
  file('src/tiny', 10);
  file('src/zero', 0);
  linkSync(join(root, 'src/one'), join(root, 'twin/one'));
  symlinkSync('../unused', join(root, 'src/sub/to-unused'));
  symlinkSync('../other', join(root, 'src/to-other'));
  symlinkSync('.', join(root, 'src/sub/loop'));

  const gap = (): Buffer => random.bytes(1 + random.below(3000));
  writeFileSync(join(root, 'img.iso'), Buffer.concat(found.flatMap((content) => [gap(), content]).concat(gap())));
  writeFileSync(join(root, 'twice.iso'), Buffer.concat([found[0], gap(), found[0], found[2], found[0]]));
  writeFileSync(join(root, 'none.iso'), random.bytes(7000));
  writeFileSync(join(root, 'zero.iso'), '');
  const image = readFileSync(join(root, 'img.iso'));
  image[100_000] ^= 1;
  writeFileSync(join(root, 'wrong.iso'), image);
  writeFileSync(join(root, 'short.iso'), image.subarray(0, -1));
  writeFileSync(join(root, 'long.iso'), Buffer.concat([image, Buffer.from('x')]));

  writeFileSync(join(root, 'list'), 'src/one\nsrc/nosuch\nother\n\nsrc/two\n');
  writeFileSync(join(root, 'all.list'), 'src//\nother//\nodd//\n');
  jigdos(root);
  for (const name of readdirSync(root, { encoding: 'latin1', recursive: true })) {
    try {
      utimesSync(path(name), LONG_AGO, LONG_AGO);
    } catch {
      // A link that leads nowhere.
    }
  }
  const make = (args: string): void =>
    void execFileSync(original, [...args.split(' '), '-r', 'quiet'], { cwd: root, stdio: 'ignore' });
  const tree = 'src// other// odd//';
  make(`mt -i img.iso -j o.jigdo -t o.template ${tree}`);
  make(`mt -i img.iso -j o256.jigdo -t o256.template -C sha256 --bzip2 ${tree}`);
  make('mt -i img.iso -j part.jigdo -t part.template src');
  make('mt -i twice.iso src//');
  make('mt -i none.iso');
  // Nothing but a file.
  make('mt -i feed.iso -j feed.jigdo -t full.template feed');
  for (const name of ['half.iso', 'half256.iso']) {
    try {
      make(`mi -i ${name} -t ${name === 'half.iso' ? 'o' : 'o256'}.template src/one odd`);
    } catch {
      // Exit code 1: that is what we want, a .tmp.
    }
  }
  const template = readFileSync(join(root, 'o.template'));
  writeFileSync(join(root, 'cut.template'), template.subarray(0, -20));
  appendFileSync(join(root, 'bad.iso.tmp'), 'not a temporary file of ours');
  writeFileSync(join(root, 'o.jigdo.gz'), gzipSync(readFileSync(join(root, 'o.jigdo'))));
}

/** Files of jigdo text: to merge into, and to look parts up in. */
function jigdos(root: string): void {
  const write = (name: string, ...lines: string[]): void => writeFileSync(join(root, name), lines.join('\n') + '\n');
  write('empty.jigdo');
  writeFileSync(join(root, 'nothing.jigdo'), '');
  write(
    'merge.jigdo',
    '# JigsawDownload',
    '# a comment of mine',
    '',
    '[Jigdo]',
    'Version=1.1',
    'Generator=by hand',
    '',
    '[Image]',
    'Filename=first.iso',
    'Template=http://host/first.template',
    'Template-MD5Sum= # to be filled in',
    'ShortInfo=An image',
    '',
    '[Servers]',
    'A=http://mirror.example/pub/',
    'Other=ftp://other.example/ # comment',
    '',
    '[Parts]',
    "hAsAJ5pXGtVTkq3CTmDPKQ='Other:some file'",
    'aaaaaaaaaaaaaaaaaaaaaa=A:x/y',
    '',
    '[Unknown]',
    'what=ever',
  );
  write('old.jigdo', '[Parts]', 'aaaaaaaaaaaaaaaaaaaaaa=Q:x/y', '[Servers]', 'B=http://b/', 'Q=B:q/');
  write('new.jigdo', '[Jigdo]', 'Version=3.0');
  writeFileSync(join(root, 'crlf.jigdo'), '[Jigdo]\r\nVersion=1.1\r\n\r\n[Servers]\r\nA=http://crlf/\r\n');
}
