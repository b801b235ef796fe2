// Templates: header, sections, DESC; what they unpack to; and the records of the cache.
import { crc32 } from 'node:zlib';
import { columnsOf, DamagedRecord, decodeRecord, encodeRecord, kindsOf } from '../../../src/cache/record.js';
import type { CachedFile } from '../../../src/cache/types.js';
import { DIGESTS } from '../../../src/checksum/algorithm.js';
import { JigdoError } from '../../../src/errors.js';
import { FormatError } from '../../../src/format/errors.js';
import {
  decodeDesc,
  decodeHeader,
  decodeSectionHeader,
  descLength,
  DESC_TAIL_LENGTH,
  encodeDesc,
  encodeHeader,
  encodeSectionHeader,
  SECTION_KINDS,
  HEADER_MAX,
} from '../../../src/format/template.js';
import { identify } from '../../../src/inspect/identify.js';
import { MemoryReader } from '../../../src/io/reader.js';
import { templateLines } from '../../../src/rebuild/list-template.js';
import { Plan } from '../../../src/rebuild/plan.js';
import { openTemplate, type Template } from '../../../src/rebuild/template-file.js';
import { examineTmp } from '../../../src/rebuild/tmp-state.js';
import { UnmatchedData } from '../../../src/rebuild/unmatched.js';
import { unpackWhole } from '../../../src/rebuild/unmatched.js';
import type { Random } from '../random-trees.js';
import { data, entriesOf, imageOf, noise, oldTemplateOf, part, templateOf, type Piece } from '../template-builder.js';
import type { Kind } from './kinds.js';
import { mutated, sampleOf } from './mutate.js';
import { checkRefusal, must, same, unlessRefused } from './refusal.js';

function pieces(random: Random): Piece[] {
  return Array.from({ length: 1 + random.below(9) }, () => {
    const bytes =
      random.below(2) === 0 ? noise(random.below(600), random.below(99)) : Buffer.alloc(random.below(3000), 'ab');
    return random.below(2) === 0 ? data(bytes) : part(bytes);
  });
}

/** Bytes that bzip2 made of each other, and by which the list of bytes is known: `bzip2 -1` of 'ab' 5000 times, and of 300 bytes of noise. */
let bzip: Promise<readonly { readonly packed: Buffer; readonly length: number }[]> | undefined;

async function bzipStreams(): ReturnType<typeof packAll> {
  return (bzip ??= packAll());
}

async function packAll(): Promise<readonly { readonly packed: Buffer; readonly length: number }[]> {
  const { default: BZip2 } = await import('bzip2-wasm');
  const bzip2 = new BZip2();
  await bzip2.init();
  const texts = [
    Buffer.alloc(10_000, 'ab'),
    noise(300),
    Buffer.alloc(1),
    Buffer.concat([noise(40), Buffer.alloc(5000), noise(40)]),
  ];
  return texts.map((text) => ({
    packed: Buffer.from(bzip2.compress(text, 1, text.length * 2 + 1000)),
    length: text.length,
  }));
}

/** A template whose unmatched data is in bzip2 sections, of which one may stand between two of zlib. */
async function bzipTemplate(random: Random): Promise<Buffer> {
  const streams = await bzipStreams();
  const chosen = Array.from({ length: 1 + random.below(3) }, () => random.pick(streams));
  const length = chosen.reduce((sum, stream) => sum + stream.length, 0);
  const { entries } = entriesOf([part(noise(100))]);
  const image = {
    kind: 'image',
    algorithm: 'md5',
    length: length + 100,
    digest: new Uint8Array(16),
    blockLength: 1024,
  } as const;
  return Buffer.concat([
    encodeHeader('md5', 'test/1'),
    ...chosen.flatMap(({ packed, length }) => [encodeSectionHeader('BZIP', packed.length, length), packed]),
    encodeDesc([{ kind: 'data', length }, ...entries], [image]),
  ]);
}

function header(random: Random): void {
  const creator = `x${random.below(1000)}/${random.below(9)}`;
  const written = encodeHeader(random.pick(['md5', 'sha256']), creator);
  const sound = decodeHeader(written);
  same([sound.creator, sound.length], [creator, written.length], 'the header');
  const damaged = mutated(random, sampleOf(Buffer.concat([written, noise(20)])));
  const read = unlessRefused([FormatError], () => decodeHeader(damaged));
  if (read) must(read.length <= Math.min(damaged.length, HEADER_MAX), `a header of ${read.length} bytes`);
}

function sectionHeader(random: Random): void {
  const [kind, packed, length] = [random.pick(SECTION_KINDS), random.below(2 ** 31), random.below(2 ** 31) * 65536];
  const written = Buffer.from(encodeSectionHeader(kind, packed, length));
  same(decodeSectionHeader(written, 0), { kind, compressedLength: packed, uncompressedLength: length }, 'the section');
  const read = unlessRefused([FormatError], () => decodeSectionHeader(mutated(random, sampleOf(written)), 0));
  if (read === undefined) return;
  must(read.compressedLength >= 0 && read.uncompressedLength >= 0, 'negative lengths');
  if (read.compressedLength < 2 ** 48 - 16) {
    same(
      decodeSectionHeader(encodeSectionHeader(read.kind, read.compressedLength, read.uncompressedLength), 0),
      read,
      'the section again',
    );
  }
}

function desc(random: Random): void {
  const algorithm = random.pick(['md5', 'sha256'] as const);
  const blockLength = random.below(4) === 0 ? 0 : 1024;
  const { entries, image } = entriesOf(pieces(random), { algorithm, blockLength });
  const other = algorithm === 'md5' ? 'sha256' : 'md5';
  const twice = { ...image, algorithm: other, digest: new Uint8Array(DIGESTS[other].bytes) } as const;
  const images = random.below(4) === 0 ? [image, twice] : [image];
  const written = Buffer.from(encodeDesc(entries, images));
  // Not the same object: of old entries the new form comes back.
  same(Buffer.from(reencoded(written)).compare(written), 0, 'DESC written again');
  const damaged = mutated(random, sampleOf(written));
  unlessRefused([FormatError], () => descLength(damaged.subarray(-DESC_TAIL_LENGTH), damaged.length));
  const read = unlessRefused([FormatError], () => decodeDesc(damaged, 0));
  if (!read) return;
  const sum = read.entries.reduce((total, { length }) => total + length, 0);
  must(Number.isSafeInteger(sum), `${sum} bytes`);
  for (const { length, digest, algorithm } of read.images) {
    same([length, digest.length], [sum, DIGESTS[algorithm].bytes], 'the image');
  }
  const again = reencoded(damaged);
  same(Buffer.from(reencoded(again)).compare(again), 0, 'damaged DESC written again');
}

function reencoded(bytes: Uint8Array): Uint8Array {
  const { entries, images } = decodeDesc(bytes, 0);
  return encodeDesc(entries, images);
}

/** Sound templates, of each kind that writers make. */
function soundTemplate(random: Random): Buffer {
  const made = pieces(random);
  if (random.below(4) === 0) return oldTemplateOf(made);
  return templateOf(made, {
    algorithm: random.pick(['md5', 'sha256']),
    blockLength: random.pick([0, 1024, 1024]),
    sectionLength: random.pick([100, 1000, 2 ** 20]),
  });
}

/** All that is read from a template before its image is made. */
async function readAll(random: Random, bytes: Buffer): Promise<void> {
  const reader = new MemoryReader(bytes, 'x.template');
  unlessRefused([JigdoError], () => identify(reader));
  const template = unlessRefused([JigdoError], () => openTemplate(reader));
  if (template === undefined) return;
  for (const line of templateLines(template, random.below(2) === 0)) must(!line.includes('\n'), line);
  const plan = new Plan(template);
  same(plan.length, template.images[0].length, "the plan's length");
  const sections = unlessRefused([JigdoError], () => template.sections);
  if (sections === undefined) return;
  const whole: Uint8Array[] = [];
  for (const section of sections) {
    // As make-image does, which would read a huge section in pieces.
    if (section.uncompressedLength > 2 ** 22) return;
    const unpacked = unlessRefused([JigdoError], () => unpackWhole(template, section));
    if (unpacked === undefined) break;
    same(unpacked.length, section.uncompressedLength, 'the bytes of a section');
    whole.push(unpacked);
  }
  if (whole.length < sections.length || random.below(4) > 0) return;
  await comparePieces(random, template, Buffer.concat(whole));
}

/** What is read in pieces is what is read at once. */
async function comparePieces(random: Random, template: Template, whole: Buffer): Promise<void> {
  const unmatched = new UnmatchedData(template);
  try {
    for (let reads = 0; reads < 2 && whole.length > 0; reads++) {
      const from = random.below(whole.length);
      const length = 1 + random.below(whole.length - from);
      const found: Uint8Array[] = [];
      for await (const piece of unmatched.read(from, length)) found.push(piece);
      same(Buffer.concat(found).compare(whole.subarray(from, from + length)), 0, `bytes ${from} and ${length} more`);
    }
  } catch (error) {
    checkRefusal([JigdoError], error);
  } finally {
    await unmatched.close();
  }
}

async function template(random: Random): Promise<void> {
  const sound = soundTemplate(random);
  await readAll(random, random.below(20) === 0 ? sound : Buffer.from(mutated(random, sampleOf(sound))));
}

async function bzipSections(random: Random): Promise<void> {
  const sound = await bzipTemplate(random);
  if (random.below(20) === 0) return readAll(random, sound);
  // The entries are told by `desc`: changes are made in what is compressed.
  const descStart = sound.length - descLength(sound.subarray(-DESC_TAIL_LENGTH), sound.length);
  const sections = Buffer.from(mutated(random, sampleOf(sound.subarray(0, descStart)), random.below(2) === 0));
  await readAll(random, Buffer.concat([sections, sound.subarray(descStart)]));
}

/** IMAGE.tmp: the image, or most of it, and a DESC section with what is written. */
function tmp(random: Random): void {
  const made = pieces(random);
  const template = openTemplate(new MemoryReader(templateOf(made)));
  const image = imageOf(made);
  const state = encodeDesc(template.entries, template.images, () => random.below(2) === 0);
  const file = Buffer.concat([image, state, Buffer.from(random.below(9) === 0 ? 'jigdo: being created\n' : '')]);
  const sound = examineTmp(new MemoryReader(file), template);
  if (file.length === image.length + state.length) same(sound.kind, 'reusable', 'a sound .tmp');
  const damaged = Buffer.concat([image, mutated(random, sampleOf(Buffer.from(state)))]);
  const found = unlessRefused([], () => examineTmp(new MemoryReader(damaged), template));
  if (found?.kind === 'reusable') {
    same(
      found.entries.map(({ length }) => length),
      template.entries.map(({ length }) => length),
      'the entries',
    );
  }
  unlessRefused([JigdoError], () => identify(new MemoryReader(damaged, 'x.tmp')));
}

function facts(random: Random): CachedFile {
  const length = random.pick([1, 79, 80, 81, 1024, 2 ** 31]);
  const head = {
    length,
    period: random.below(100),
    run: random.below(2 ** 31) * 1024,
    lo: random.below(2 ** 31) | 0,
    hi: -random.below(2 ** 31),
    prefix: new Uint8Array(random.bytes(Math.min(80, length))),
  };
  return {
    ...(random.below(4) > 0 ? { head } : {}),
    ...(random.below(4) > 0 ? { md5: new Uint8Array(random.bytes(16)) } : {}),
    ...(random.below(4) > 0 ? { sha256: new Uint8Array(random.bytes(32)) } : {}),
  };
}

function cacheRecord(random: Random): void {
  const wide = (): bigint => BigInt(random.below(2 ** 31)) * BigInt(random.below(2 ** 31)) * 7n;
  const identity = columnsOf({
    prefix: '',
    rest: '',
    size: random.below(2 ** 31) * 4096,
    mtimeNs: wide(),
    ctimeNs: wide(),
    ino: wide() * 2n,
  });
  const known = facts(random);
  const record = encodeRecord(identity, known);
  const text = (file: CachedFile): string => JSON.stringify([file.head, file.md5, file.sha256]);
  same(text(decodeRecord(identity, record)), text(known), 'the record');
  const damaged = Buffer.from(mutated(random, sampleOf(record)));
  // Somebody may know how to make a checksum.
  if (random.below(4) > 0 && damaged.length >= 4) withCheck(damaged, record, identity);
  const read = unlessRefused([DamagedRecord], () => decodeRecord(identity, damaged));
  if (read === undefined) return;
  must(read.md5 === undefined || read.md5.length === 16, `an MD5 digest of ${read.md5?.length} bytes`);
  must(read.sha256 === undefined || read.sha256.length === 32, `a SHA-256 digest of ${read.sha256?.length} bytes`);
  must(!read.head || read.head.prefix.length === Math.min(80, read.head.length), 'the prefix of a head');
  same(text(decodeRecord(identity, encodeRecord(identity, read))), text(read), 'the record again');
  kindsOf(read);
}

/** Gives a record the checksum that it must have: CRC-32 of the identity, then of what follows the checksum. */
function withCheck(damaged: Buffer, sound: Buffer, identity: Parameters<typeof encodeRecord>[0]): void {
  const bytes = Buffer.alloc(32);
  bytes.writeDoubleLE(identity.size, 0);
  bytes.writeBigInt64LE(identity.mtimeNs, 8);
  bytes.writeBigInt64LE(identity.ino, 16);
  bytes.writeBigInt64LE(identity.ctimeNs, 24);
  const check = (record: Buffer): number => crc32(record.subarray(4), crc32(bytes));
  same(sound.readUInt32LE(0), check(sound), 'the checksum of a record');
  damaged.writeUInt32LE(check(damaged), 0);
}

export const BINARY: readonly Kind[] = [
  { name: 'template-header', share: 20, run: header },
  { name: 'section-header', share: 20, run: sectionHeader },
  { name: 'desc', share: 80, run: desc },
  { name: 'template', share: 60, run: template },
  { name: 'bzip2', share: 20, run: bzipSections },
  { name: 'tmp', share: 30, run: tmp },
  { name: 'cache-record', share: 50, run: cacheRecord },
];
