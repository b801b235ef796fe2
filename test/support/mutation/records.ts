// What is kept from one run to the next as JSON: settings of jigdo-lite, records of mirror and release, what is there of parts.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { originOf, readUserSettings, withOrigin, withScanned } from '../../../src/cli/user-settings.js';
import { fromText } from '../../../src/format/bytes.js';
import { MemoryReader } from '../../../src/io/reader.js';
import { ImageRecords } from '../../../src/mirror/image-records.js';
import { BegunParts } from '../../../src/rebuild/begun-parts.js';
import { Plan } from '../../../src/rebuild/plan.js';
import { openTemplate } from '../../../src/rebuild/template-file.js';
import type { ReleaseConfig } from '../../../src/release/config.js';
import type { ReleaseImage } from '../../../src/release/images.js';
import { readRecord } from '../../../src/release/record.js';
import { Log } from '../log.js';
import type { Random } from '../random-trees.js';
import { noise, part, templateOf } from '../template-builder.js';
import type { Kind } from './kinds.js';
import { mutatedText } from './mutate.js';
import { must, same } from './refusal.js';
import { scratchFile } from './scratch-file.js';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const VALUES: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1e300,
  1.5,
  '',
  'x',
  [],
  {},
  [[]],
  [null],
  { a: null },
  '__proto__',
];

/** A value in which others stand here and there, or nothing. */
function changedJson(random: Random, value: Json): Json {
  if (random.below(12) === 0) return random.pick(VALUES);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((each) => changedJson(random, each));
  const entries = Object.entries(value).filter(() => random.below(20) > 0);
  return Object.fromEntries(entries.map(([key, each]) => [key, changedJson(random, each)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function write(random: Random, path: string, value: Json): void {
  const text = JSON.stringify(random.below(4) === 0 ? value : changedJson(random, value), undefined, 1);
  writeFileSync(
    path,
    random.below(2) === 0 ? text : mutatedText(random, text, ['null', '{', '}', '[', '"', ',', '1e999', '__proto__']),
    'latin1',
  );
}

const SETTINGS = {
  jigdo: 'http://a/x.jigdo',
  mirrors: { Debian: 'http://ftp.example.org/debian/', B: 'file:/srv/' },
  scanned: ['/mnt', 'a.iso', 'b'],
  origins: { '/home/x/a.jigdo': 'http://a/x.jigdo' },
};

function settings(random: Random): void {
  write(random, scratchFile(), SETTINGS);
  const log = new Log();
  const read = readUserSettings(fromText(scratchFile()), log);
  must(
    log.warnings.every((line) => !line.includes('\n')),
    log.warnings.join('|'),
  );
  must(read.scanned.length <= 9 && read.scanned.every((path) => typeof path === 'string'), 'paths that are none');
  for (const [label, place] of [...read.mirrors, ...read.origins])
    must(typeof label === 'string' && typeof place === 'string', 'no text');
  const more = withOrigin(withScanned(read, '/new'), 'copy.jigdo', 'http://new/');
  must(more.scanned[0] === '/new' && originOf(more, 'copy.jigdo') === 'http://new/', 'what is new is lost');
}

const DIGEST = 'AAAAAAAAAAAAAAAAAAAAAA';

const RECORDS = {
  version: 1,
  images: {
    'x.iso': { size: 5, ino: '7', mtimeNs: '1', ctimeNs: '2', algorithm: 'md5', digest: DIGEST },
    'd/y.iso': {
      size: 2 ** 40,
      ino: '8',
      mtimeNs: '-1',
      ctimeNs: '99',
      algorithm: 'sha256',
      digest: DIGEST.padEnd(43, 'A'),
    },
  },
};

function mirrorRecords(random: Random): void {
  write(random, scratchFile(), RECORDS);
  const records = new ImageRecords(fromText(scratchFile()), { isFrozen: true, reporter: new Log() });
  const numbers = { size: 5n, ino: 7n, mtimeNs: 1n, ctimeNs: 2n };
  // Of a stat, these are all that is looked at.
  const known = records.has('x.iso', numbers as Parameters<ImageRecords['has']>[1], {
    algorithm: 'md5',
    digest: DIGEST,
  });
  must(known === undefined || typeof known === 'boolean', 'neither');
  records.forgetOthers();
}

const STATE = {
  size: 9,
  mtimeNs: '1',
  ctimeNs: '2',
  ino: '3',
  digests: { md5: '0f'.repeat(16), sha256: 'a1'.repeat(32) },
};
const RELEASE = {
  version: 1,
  recipe: {
    jigdo: 'x.jigdo',
    template: 'x.template',
    checksum: 'md5',
    compression: 'gzip',
    level: 9,
    'min-length': 1024,
    servers: [['A', ['http://a/']]],
  },
  checked: true,
  image: STATE,
  jigdo: STATE,
  template: STATE,
  tree: { listing: 'abc', parts: 'def' },
  made: { matched: 9, parts: 1, seconds: 0.5, left: [{ what: 'x', length: 3 }] },
};

function releaseRecord(random: Random): void {
  const state = dirname(scratchFile());
  mkdirSync(state, { recursive: true });
  write(random, join(state, 'x.json'), RELEASE);
  // Of both, these are all that is looked at.
  const record = readRecord({ state: fromText(state) } as ReleaseConfig, { name: 'x' } as ReleaseImage);
  if (record === undefined) return;
  for (const { size, digests } of [record.image, record.jigdo, record.template]) {
    must(typeof size === 'number' && Object.keys(digests).length > 0, 'a file without a digest');
    for (const [name, hex] of Object.entries(digests)) {
      must(hex.length === { md5: 32, sha256: 64 }[name], `a digest ${name} ${hex}`);
    }
  }
}

const PARTS = [1, 5000, 2 ** 16].map((length) => part(noise(length)));
let plan: Plan | undefined;

async function begunParts(random: Random): Promise<void> {
  plan ??= new Plan(openTemplate(new MemoryReader(templateOf(PARTS))));
  const { parts } = plan;
  const path = `${scratchFile()}.ranges`;
  rmSync(path, { force: true });
  const begun = parts.flatMap(({ length }, part) => {
    const borders = Array.from({ length: 2 * random.below(5) }, () => random.below(length + 1));
    const sorted = [...new Set(borders)].sort((a, b) => a - b);
    const stretches = sorted.flatMap((to, i) => (i % 2 === 1 ? [[sorted[i - 1], to] as const] : []));
    return stretches.length > 0 ? [{ part, stretches }] : [];
  });
  const offsetOf = (part: number): number => part * 1000;
  const all = parts.map((_, part) => part);
  const record = new BegunParts(fromText(scratchFile()), plan, 7);
  await record.save(begun, new Map(all.map((part) => [part, offsetOf(part)])));
  same(record.load(all, offsetOf), begun, 'the begun parts');
  same(new BegunParts(fromText(scratchFile()), plan, 8).load(all, offsetOf), [], 'of another .tmp');
  writeFileSync(path, mutatedText(random, readFileSync(path, 'latin1'), ['-', ' 0-1', ':', 'md5', '\n']), 'latin1');
  for (const { part, stretches } of record.load(all, offsetOf)) {
    let last = 0;
    for (const [from, to] of stretches) {
      must(Number.isSafeInteger(from) && from >= last && to > from && to <= parts[part].length, `${from} to ${to}`);
      last = to;
    }
  }
}

export const KEPT: readonly Kind[] = [
  { name: 'settings', share: 15, run: settings },
  { name: 'mirror-records', share: 10, run: mirrorRecords },
  { name: 'release-record', share: 10, run: releaseRecord },
  { name: 'begun-parts', share: 8, run: begunParts },
];
