// The demo's release: a tree of packages and texts, and the image that was made of it.
import { Buffer } from 'node:buffer';
import { createCipheriv } from 'node:crypto';
import { makeIso } from './mini-iso.js';

const PACKAGES = [
  ['acl', 78], ['basesystem', 4], ['bash', 410], ['bzip2', 49], ['coreutils', 520], ['cpio', 210], ['curl', 180], ['dhcp', 95],
  ['e2fsprogs', 330], ['gawk', 260], ['glibc', 690], ['grep', 140], ['gzip', 88], ['httpd', 460], ['initscripts', 120],
  ['kernel', 980], ['less', 64], ['libjte', 31], ['logrotate', 27], ['mdadm', 150], ['nginx', 370], ['openssh', 240],
  ['openssl', 560], ['perl', 730], ['rsync', 160], ['sed', 70], ['tar', 130], ['util-linux', 390], ['xz', 83], ['zlib', 40],
]; // prettier-ignore

/** Bytes that look compressed, the same on every run: a key stream of AES. */
function noise(name, length) {
  const key = Buffer.alloc(16);
  key.write(name);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** An RPM as far as file(1) is concerned: the lead's magic and the package's name, then noise. */
function rpm(name, length) {
  const lead = Buffer.alloc(96);
  lead.set([0xed, 0xab, 0xee, 0xdb, 3, 0]);
  lead.write(name, 10);
  return Buffer.concat([lead, noise(name, length)]);
}

const text = (title, lines) =>
  Buffer.from(
    `${title}\n${'='.repeat(title.length)}\n\n` +
      Array.from({ length: lines }, (_, i) => `${i + 1}. ${title}, paragraph ${i + 1} of ${lines}.\n`).join(''),
  );

/**
 * @returns {{ tree: Record<string, Buffer>, image: Buffer }} the files to publish by path, and the image's bytes
 */
export function sampleRelease() {
  const tree = {};
  for (const [i, [name, kilobytes]] of PACKAGES.entries()) {
    const file = `${name}-${1 + (i % 5)}.${i % 10}-${1 + (i % 3)}.x86_64.rpm`;
    tree[`Packages/${file}`] = rpm(name, kilobytes * 1000 + 37 * i);
  }
  const licence = text('Licence of the sample release', 90);
  tree['LICENCE'] = licence;
  tree['docs/LICENCE'] = Buffer.from(licence); // the same content twice
  tree['README'] = text('Sample release', 60);
  tree['RELEASE-NOTES.txt'] = text('Release notes, edited after the image was made', 120);
  tree['docs/Installation guide.txt'] = text('Installation guide', 400);
  tree['docs/Résumé.txt'] = text('Résumé', 150);
  tree['images/boot.img'] = noise('boot', 300_000);
  tree['repodata/primary.xml.gz'] = noise('primary', 52_000);
  tree['repodata/repomd.xml'] = text('repomd', 80);
  tree['.treeinfo'] = Buffer.from('[general]\nfamily = Sample\nversion = 1.0\n'); // too small to be a part

  const onImage = {
    ...tree,
    'RELEASE-NOTES.txt': text('Release notes', 120), // the tree has a newer one
    'boot/boot.cfg': text('Only on the image', 200), // the tree has none
  };
  return { tree, image: makeIso('SAMPLE_1_0', onImage) };
}
