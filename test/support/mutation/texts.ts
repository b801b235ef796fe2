// .jigdo files, gzip-compressed or not; lists of checksums, signed or not; configurations of releases.
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import { fromBase64, fromText, toBase64, type ByteString } from '../../../src/format/bytes.js';
import { imageLeaf, imagePath } from '../../../src/format/image-name.js';
import { imagesOf } from '../../../src/format/jigdo-image.js';
import { parseLine, trimBlanks } from '../../../src/format/jigdo-line.js';
import { PartLookup, printedUri } from '../../../src/format/jigdo-lookup.js';
import { parseJigdo, rawLines, type JigdoText } from '../../../src/format/jigdo-text.js';
import { buildJigdo } from '../../../src/format/jigdo-write.js';
import { FormatError } from '../../../src/format/errors.js';
import { Labels, splitTarget } from '../../../src/format/labels.js';
import { isOfJigdo, whatInstead } from '../../../src/format/not-jigdo.js';
import { meantName, writtenName } from '../../../src/format/part-name.js';
import { relativePath } from '../../../src/format/part-path.js';
import { firstWord, quote } from '../../../src/format/quoting.js';
import { toJson, withoutSecrets } from '../../../src/format/secrets.js';
import { gunzipAll } from '../../../src/io/gzip.js';
import { parseJigdoBytes } from '../../../src/io/jigdo-file.js';
import { JigdoError } from '../../../src/errors.js';
import { ConfigText } from '../../../src/release/config-text.js';
import { readConfig } from '../../../src/release/config.js';
import { HEX_LENGTH } from '../../../src/trust/hash.js';
import { clearsignedText, isClearsigned } from '../../../src/trust/signature.js';
import { parseSums, sumsOf } from '../../../src/trust/sum-list.js';
import type { Random } from '../random-trees.js';
import type { Kind } from './kinds.js';
import { mutated, mutatedText, sampleOf } from './mutate.js';
import { must, same, unlessRefused } from './refusal.js';
import { scratchFile } from './scratch-file.js';

const digest = (random: Random, length: 16 | 32 = 16): string => toBase64(random.bytes(length));

/** A name as packages, discs and Macs have them. */
export function anyName(random: Random): ByteString {
  const letters = [...'abcXYZ019.-_+~ #\'"\\=:;&?@%\t\r\xc3\xa4\xff\x01'];
  const plain = random.below(2) === 0 ? 20 : letters.length;
  return Array.from({ length: 1 + random.below(12) }, () => letters[random.below(plain)]).join('');
}

const path = (random: Random): ByteString =>
  Array.from({ length: 1 + random.below(4) }, () => anyName(random)).join('/');

const JIGDO_WORDS = [
  '[Jigdo]',
  '[Image]',
  '[Parts]',
  '[Servers]',
  '[Comment]',
  '[Include http://a/b.jigdo]',
  '[Include ]',
]
  .concat(['Version=', 'Generator=', 'Filename=', 'Template=', 'Template-MD5Sum=', 'Debian=', 'A=B:', 'B=A:', 'A=A:'])
  .concat([
    '\nA=A:x\nA=A:y\nA=A:',
    'libjte-2.0',
    '# Image Hex SHA256Sum 00',
    '# Image size 12',
    'MD5Sum:',
    '--try-last',
  ]);

/** A sound .jigdo. */
function soundJigdo(random: Random): ByteString {
  const eol = random.pick(['\n', '\n', '\r\n']);
  const sha = random.below(3) === 0;
  const labels = Array.from({ length: 1 + random.below(4) }, (_, i) => random.pick(['Debian', 'A', 'B', `L${i}`]));
  const lines = [
    '# JigsawDownload',
    '',
    '[Jigdo]',
    `Version=${sha ? '2.0' : '1.2'}`,
    `Generator=${random.pick(['jigdo-file/0.8.1', 'libjte-2.0.0', 'JTE/1.0', 'jigdo/0.1.0'])}`,
    '',
  ];
  for (let images = random.below(3); images >= 0; images--) {
    lines.push(
      '[Image]',
      `Filename=${anyName(random)}.iso`,
      `Template=${random.pick(['', 'http://a/'])}${anyName(random)}`,
    );
    lines.push(sha ? `Template-SHA256Sum=${digest(random, 32)}` : `Template-MD5Sum=${digest(random)}`);
    if (random.below(2) === 0)
      lines.push('# Image Hex    SHA256Sum 0123abcd', '# Image size 123 bytes', 'ShortInfo=x', 'Info=y');
  }
  lines.push('', '[Servers]');
  for (const label of labels) {
    lines.push(
      `${label}=${random.pick(['http://ftp.example.org/debian/', 'A:sub/', 'file:/srv/', 'B:'])}${random.pick(['', ' --try-last', ' # x'])}`,
    );
  }
  lines.push('', '[Parts]');
  for (let parts = random.below(12); parts > 0; parts--) {
    const target = `${random.pick(labels)}:${path(random)}`;
    lines.push(`${digest(random, sha ? 32 : 16)}=${random.below(3) === 0 ? target : quote(writtenName(target))}`);
  }
  return `${lines.join(eol)}${eol}`;
}

/** All questions that the program asks of a .jigdo. */
function askAll(random: Random, jigdo: JigdoText): void {
  let end = jigdo.sections[0].start;
  for (const [i, section] of jigdo.sections.entries()) {
    must(
      section.start >= end && section.end >= section.start,
      `section ${i} lies at ${section.start} to ${section.end}`,
    );
    end = section.end;
    isOfJigdo(section);
  }
  must(end === jigdo.text.length, 'the last section does not end with the text');
  must(jigdo.problems.length <= Math.min(1000, jigdo.problemCount), 'more problems than are counted');
  for (const { filename, template } of imagesOf(jigdo)) {
    const leaf = imageLeaf(filename);
    must(leaf === undefined || !/[/\0]|^\.?\.?$/.test(leaf), `an image named ${leaf}`);
    imagePath(template);
  }
  must(Array.isArray(jigdo.includes), 'no includes');
  const lookup = unlessRefused([FormatError], () => new PartLookup(jigdo, ['Debian=http://x/', anyName(random)]));
  let asked = 0;
  for (const { digest, target } of jigdo.parts()) {
    fromBase64(digest, 16);
    const safe = relativePath(splitTarget(target)?.rest ?? target);
    must(safe === undefined || !/(^|\/)\.\.?(\/|$)|^\/|\0/.test(safe), `unsafe ${safe}`);
    if (lookup === undefined || asked++ > 20) continue;
    const places = unlessRefused([FormatError], () => lookup.locate(digest, 'md5'));
    if (places === undefined) continue;
    must(places.uris.length > 0 && places.fallback.length > 0, 'a part without a place');
    places.uris.map(printedUri);
  }
}

/** What a merge must keep: every part that had a place, and comments. */
function checkMerge(random: Random, jigdo: JigdoText): void {
  const used = Array.from({ length: random.below(4) }, () => ({
    digest: random.bytes(16),
    prefix: random.pick(['', '/srv/', 'a/']),
    rest: random.below(4) === 0 ? path(random) : anyName(random),
  }));
  const contents = {
    generator: 'jigdo/1',
    algorithm: 'md5',
    image: { filename: 'i.iso', template: 'i.template', templateDigest: random.bytes(16) },
    servers: random.below(4) > 0,
    used: used.map((file) => ({ ...file, rest: writtenName(file.rest) })),
    labels: new Map([['/srv/', 'Debian']]),
    uris: new Map([['Debian', 'http://a/']]),
    merge: jigdo,
  } as const;
  const text = unlessRefused([FormatError], () => buildJigdo(contents));
  if (text === undefined) return;
  const merged = parseJigdo(text);
  const targets = new Map<string, Set<ByteString>>();
  for (const { label, value } of merged.entries('Parts')) {
    const known = targets.get(label) ?? new Set();
    targets.set(label, known.add(firstWord(value) ?? ''));
  }
  for (const { label, value } of jigdo.entries('Parts')) {
    // As in the original, a CR before the end of a line is lost: there it is half of a line end.
    const word = firstWord(value.replace(/\r$/, '')) ?? '';
    must(targets.get(label)?.has(word) === true, `the part ${label}=${value} is lost`);
  }
  for (const { digest, rest } of used) {
    const there = [...(targets.get(toBase64(digest)) ?? [])];
    must(there.length > 0, 'a new part is lost');
    if (
      !there.some((target) =>
        [splitTarget(target)?.rest].some((word) => word === rest || meantName(word ?? '') === rest),
      )
    ) {
      throw new Error(`the new part ${JSON.stringify(rest)} is ${JSON.stringify(there)}`);
    }
  }
}

function jigdoText(random: Random): void {
  let text = soundJigdo(random);
  if (random.below(10) > 0) text = mutatedText(random, text, JIGDO_WORDS);
  const jigdo = unlessRefused([FormatError], () => parseJigdo(text));
  whatInstead(text);
  if (jigdo === undefined) return;
  same(jigdo.toString(), text, 'the text');
  unlessRefused([FormatError], () => jigdo.checkVersion());
  askAll(random, jigdo);
  if (random.below(3) === 0) checkMerge(random, jigdo);
}

function jigdoLine(random: Random): void {
  const name = random.below(2) === 0 ? mutatedText(random, path(random)) : path(random);
  const line = name.replaceAll('\n', '');
  if (line !== '') {
    same(firstWord(quote(line)), line, 'quote and firstWord');
    const entry = parseLine(`x=${quote(line)}`);
    must(entry.kind === 'entry' && firstWord(entry.value) === line, `the entry of ${JSON.stringify(line)}`);
  }
  const written = writtenName(name);
  // A CR at the end would be half of a line end, but for the quotes.
  must(!/\n|\r$/.test(quote(written)), `${JSON.stringify(written)} does not stay in its line`);
  const isMeant = written === name || meantName(written) === name || name.includes('%0A');
  must(isMeant, `${JSON.stringify(written)} means ${JSON.stringify(meantName(written))}`);
  const mark = parseLine(line);
  if (mark.kind === 'malformed') must(mark.column >= 1 && mark.column <= line.length + 1, `column ${mark.column}`);
  same(trimBlanks(trimBlanks(line)), trimBlanks(line), 'trimBlanks twice');
  for (const { raw, next } of rawLines(name, 0, name.length))
    must(!raw.includes('\n') && next <= name.length, 'a line');
}

function labels(random: Random): void {
  const names = ['A', 'B', 'C', 'D', ''];
  const servers = Array.from({ length: random.below(40) }, (_, line) => ({
    label: random.pick(names),
    base: `${random.pick(['http://', '', ...names.map((name) => `${name}:`)])}${random.pick(['', 'x/', 'A:y', 'y'.repeat(99)])}`,
    line,
  }));
  const known = unlessRefused([FormatError], () => new Labels(servers));
  if (known === undefined) return;
  for (const name of names) must(known.expand(`${name}:path`).length > 0, 'nothing');
}

function secrets(random: Random): void {
  const secret = 'Xq7Secret';
  const name = (): string => anyName(random).replace(/[^a-zA-Z0-9.-]/g, '') || 'n';
  const url = random.pick([
    `http://${name()}:${secret}@${name()}/`,
    `ftp://${name()}:${secret}@${name()}:21/x y`,
    `https://${name()}/?token=${secret}&x=1`,
    `http://${name()}/a?X-Amz-Signature=${secret}`,
    `HTTP:\\\\${name()}:${secret}@${name()}`,
    `http://${secret}@${name()}/`,
  ]);
  const text = `${random.pick(['', 'see ', mutatedText(random, 'words before'), '"'])} ${url} ${mutatedText(random, 'behind it')}`;
  const shown = withoutSecrets(text);
  must(!shown.includes(secret), `${JSON.stringify(text)} is shown as ${JSON.stringify(shown)}`);
  same(withoutSecrets(shown), shown, 'withoutSecrets twice');
  must(!toJson({ text, list: [url] }).includes(secret), `JSON shows ${JSON.stringify(text)}`);
  withoutSecrets(mutatedText(random, text, ['@', 'http://', ':', '?token=', '//']));
}

/** Members of all forms that a header allows, one after the other, and what may stand behind. */
function gzipMembers(random: Random): { bytes: Buffer; text: Buffer; isPlain: boolean } {
  const members: Buffer[] = [];
  const texts: Buffer[] = [];
  for (let count = 1 + random.below(3); count > 0; count--) {
    const text = Buffer.from(random.below(3) === 0 ? '' : soundJigdo(random), 'latin1');
    texts.push(text);
    const flags = random.below(4) === 0 ? random.below(32) : 0;
    const fields = [
      ...(flags & 4 ? [Buffer.of(2, 0, 65, 66)] : []),
      ...(flags & 8 ? [Buffer.from('name\0')] : []),
      ...(flags & 16 ? [Buffer.from('comment\0')] : []),
      ...(flags & 2 ? [Buffer.alloc(2)] : []),
    ];
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(text), 0);
    trailer.writeUInt32LE(text.length, 4);
    members.push(
      Buffer.concat([
        Buffer.of(31, 139, 8, flags, 0, 0, 0, 0, 0, 3),
        ...fields,
        deflateRawSync(text, { level: 1 }),
        trailer,
      ]),
    );
  }
  const behind = random.pick(['', '', '\0\0\0', 'plain text\n']);
  if (behind.startsWith('p')) texts.push(Buffer.from(behind));
  return { bytes: Buffer.concat([...members, Buffer.from(behind)]), text: Buffer.concat(texts), isPlain: true };
}

function gzip(random: Random): void {
  const { bytes, text } = gzipMembers(random);
  same(Buffer.concat(gunzipAll(bytes, text.length + 1)).compare(text), 0, 'the members');
  const damaged = Buffer.from(mutated(random, sampleOf(bytes)));
  if (damaged[0] !== 31 || damaged[1] !== 139) return;
  const limit = random.pick([1, 1000, 2 ** 20]);
  const pieces = unlessRefused([FormatError], () => gunzipAll(damaged, limit));
  if (pieces) must(pieces.reduce((sum, { length }) => sum + length, 0) <= limit, 'more than the limit');
  unlessRefused([JigdoError], () => parseJigdoBytes(damaged, 'x.jigdo'));
}

/** Few bytes that become many. */
function gzipBomb(random: Random): void {
  const text = Buffer.alloc(random.below(2 ** 22), random.pick(['\n', 'a=', '[Parts]\n', '\0', '[', '0='])).toString(
    'latin1',
  );
  const bytes = gzipSync(text, { level: 1 });
  const jigdo = unlessRefused([JigdoError], () => parseJigdoBytes(bytes, 'x.jigdo', 2 ** 21));
  must(jigdo === undefined || text.length <= 2 ** 21, 'more than the limit');
  if (jigdo) askAll(random, jigdo);
}

const HASHES = Object.entries(HEX_LENGTH);
const BSD_NAMES: Readonly<Record<string, string>> = { md5: 'MD5', sha1: 'SHA1', sha256: 'SHA256', sha512: 'SHA512' };

function sums(random: Random): void {
  const written = Array.from({ length: random.below(8) }, () => {
    const [hash, length] = random.pick(HASHES);
    const name = `${random.pick(['', './', 'pool/'])}${anyName(random)}`.replaceAll('\t', '_');
    const hex = random.bytes(length / 2).toString('hex');
    const escaped = name.replace(/[\\\n\r]/g, (c) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r' })[c] ?? c);
    const mark = escaped === name ? '' : '\\';
    const bsd = BSD_NAMES[hash];
    const isBsd = bsd !== undefined && random.below(2) === 0;
    return {
      hash,
      hex,
      name,
      line: isBsd ? `${mark}${bsd} (${escaped}) = ${hex}` : `${mark}${hex} ${random.pick([' ', '*'])}${escaped}`,
    };
  });
  const text = written.map(({ line }) => `${line}\n`).join('');
  const list = parseSums(text, 'SUMS');
  same(list.strange, [], 'strange lines');
  same(
    list.sums.map(({ hex, name }) => `${hex} ${name}`),
    written.map(({ hex, name }) => `${hex} ${name}`),
    'the list',
  );
  const signed = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${text.replace(/^-/gm, '- -')}-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n`;
  if (text !== '') same(clearsignedText(signed), text.slice(0, -1), 'the signed text');
  const damaged = mutatedText(random, random.below(2) === 0 ? text : signed, [
    'SHA256 (',
    ') = ',
    '-----BEGIN PGP SIGNATURE-----',
    '\n\n',
    '\\',
    '- ',
  ]);
  if (isClearsigned(damaged)) clearsignedText(damaged);
  const other = parseSums(damaged, random.pick(['MD5SUMS', 'SHA256SUMS', 'x.sha512', 'x']));
  for (const { hash, hex } of other.sums) same(hex.length, HEX_LENGTH[hash], 'digits');
  for (const { name } of written.slice(0, 3)) sumsOf(other, name);
  const lines = damaged.split('\n').length;
  must(other.sums.length + other.strange.length <= lines, 'more than the lines');
}

const YAML = `# A release
images:
  - "*.iso"
  - &one dvd/debian-*.iso
trees:
  - path: ../mirror
    label: Debian
    servers: [http://ftp.example.org/debian/, 'http://b/']
output: out
state: .state
cache: cache.db
names: {jigdo: '{name}.jigdo', template: '{name}.template'}
sums: [sha256, md5]
options:
  checksum: sha256
  compression: gzip
  level: 9
  min-length: 1024
  min-matched: 90
  exclude: ['*.txt', *one]
  check: true
`;
const YAML_WORDS = [
  '- ',
  '? ',
  ': ',
  '&a ',
  '*a',
  '*one',
  '<<: *one',
  '!!binary x',
  '!!set',
  '!x ',
  '|\n  x',
  '>-\n  y',
  '---\n',
  '...\n',
  '%YAML 1.2\n',
].concat([
  '%TAG ! tag:x,2000:\n',
  '{',
  '[',
  '"',
  "'",
  '\u2028',
  '\n  ',
  '\t',
  '0x1F',
  '.inf',
  '1_000',
  '~',
  '{a: {b: [c]}}',
  '"\\x41\\uD800"',
  'images:\n',
  'trees:\n',
]);

function yamlText(random: Random): string {
  const text = random.below(6) === 0 ? YAML : mutatedText(random, YAML, YAML_WORDS);
  writeFileSync(scratchFile(), text, random.below(8) === 0 ? 'utf8' : 'latin1');
  return text;
}

function configText(random: Random): void {
  yamlText(random);
  const config = unlessRefused([JigdoError], () => new ConfigText(fromText(scratchFile())));
  if (config === undefined) return;
  for (const path of [['images', 1], ['options', 'exclude', 0], ['trees', 0, 'servers', 5], [], ['no']]) {
    const offset = config.offsetOf(path, random.below(2) === 0);
    must(Number.isInteger(offset) && offset >= 0, `${path.join('.')} at ${offset}`);
    must(/:[1-9]\d*:[1-9]\d*$/.test(config.at(offset)), config.at(offset));
  }
}

function config(random: Random): void {
  yamlText(random);
  unlessRefused([JigdoError], () => readConfig(fromText(scratchFile())));
}

export const TEXTS: readonly Kind[] = [
  { name: 'jigdo-text', share: 130, run: jigdoText },
  { name: 'jigdo-line', share: 60, run: jigdoLine },
  { name: 'labels', share: 20, run: labels },
  { name: 'secrets', share: 40, run: secrets },
  { name: 'gzip', share: 60, run: gzip },
  { name: 'gzip-bomb', share: 1, run: gzipBomb },
  { name: 'sums', share: 50, run: sums },
  { name: 'config-text', share: 25, run: configText },
  { name: 'config', share: 4, run: config },
];
