// A release to download: an image made of parts whose names are the most awkward that occur, and all that a mirror needs.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { digestOf } from '../../src/checksum/digest.js';
import { toBase64, toPath, type ByteString } from '../../src/format/bytes.js';
import { quote } from '../../src/format/quoting.js';
import { data, imageOf, noise, part, templateOf, type Piece } from '../support/template-builder.js';

/** Names of parts, as bytes: plain ones, and what URLs need escapes for. */
export const NAMES: readonly ByteString[] = [
  'pool/a/acl_2.3.1-3_amd64.deb',
  'pool/f/foo_4%3a1.2_amd64.deb',
  'pool/b/bar_1:2.0+dfsg~rc1-1_all.deb',
  'docs/Installation guide.txt',
  'docs/C# and you?.txt',
  "docs/it's 100% [sic] & more;=.txt",
  'docs/\xe4\xf6\xfc latin-1.txt',
  'docs/\xc3\xa4\xc3\xb6 utf-8.txt',
];

export class Release {
  readonly image: Buffer;
  readonly template: Buffer;
  /** Name -> content. */
  readonly parts: ReadonlyMap<ByteString, Buffer>;

  constructor(parts: ReadonlyMap<ByteString, Buffer>) {
    const pieces: Piece[] = [data(noise(3000, 77))];
    for (const content of parts.values()) pieces.push(part(content), data('between'));
    this.parts = parts;
    this.image = imageOf(pieces);
    this.template = templateOf(pieces);
  }

  /** One part for each name, `size` bytes and some more. */
  static of(names: readonly ByteString[], size = 3000): Release {
    return new Release(new Map(names.map((name, i) => [name, noise(size + 777 * i, i + 1)])));
  }

  /**
   * The .jigdo: the URLs are those of label `Acme`, in this order. `names`: what stands in [Parts] for a part; `folder`: the URL of the
   * folder of the template, if that is not beside it.
   */
  jigdo(urls: readonly string[], names: (name: ByteString) => ByteString = (name) => name, folder = ''): Buffer {
    const lines = [
      '# JigsawDownload',
      ...['[Jigdo]', 'Version=1.2', 'Generator=test/1'],
      ...['[Image]', 'Filename=image.iso', `Template=${folder}image.template`],
      `Template-MD5Sum=${toBase64(digestOf('md5', this.template))}`,
      '[Servers]',
      ...urls.map((url) => `Acme=${url}`),
      '[Parts]',
      ...Array.from(
        this.parts,
        ([name, bytes]) => `${toBase64(digestOf('md5', bytes))}=${quote(`Acme:${names(name)}`)}`,
      ),
    ];
    return Buffer.from(lines.join('\n') + '\n', 'latin1');
  }

  /** Writes parts into a folder; all, or those that are chosen. */
  writeParts(folder: string, chosen: (name: ByteString) => boolean = () => true): void {
    for (const [name, content] of this.parts) {
      if (!chosen(name)) continue;
      const path = `${folder}/${name}`;
      mkdirSync(toPath(dirname(path)), { recursive: true });
      writeFileSync(toPath(path), content);
    }
  }

  /** Writes image.jigdo and image.template into a folder. */
  writeJigdo(folder: string, urls: readonly string[]): void {
    writeFileSync(`${folder}/image.jigdo`, this.jigdo(urls));
    writeFileSync(`${folder}/image.template`, this.template);
  }

  /** What a server of the tests' own serves, by path: everything. Names must need no escapes. */
  served(): Map<string, Buffer> {
    return new Map(Array.from(this.parts, ([name, content]) => [`/${name}`, content]));
  }
}
