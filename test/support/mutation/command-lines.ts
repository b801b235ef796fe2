// Command lines, sizes and times, lists of files, patterns.
import { argumentsOf, commandOf, cutCommandLine } from '../../../src/cli/parse.js';
import { enumerate } from '../../../src/cli/jigdo-lite/enumerate.js';
import { liteArguments } from '../../../src/cli/jigdo-lite/arguments.js';
import { readSize, readTime } from '../../../src/cli/jigdo-file/quantities.js';
import { readFileSettings, splitPair } from '../../../src/cli/jigdo-file/settings.js';
import { parseInteger, parsePercent, parseSize, parseTime } from '../../../src/cli/units.js';
import { UsageError } from '../../../src/cli/usage-error.js';
import { JigdoError } from '../../../src/errors.js';
import { formatBytes, formatClock, formatDuration, formatPercent } from '../../../src/format/figures.js';
import { suggest } from '../../../src/format/suggest.js';
import { LineReader } from '../../../src/io/line-reader.js';
import { compileExcludes } from '../../../src/tree/exclude.js';
import { fromGlobText, toGlobText } from '../../../src/tree/glob-text.js';
import type { Random } from '../random-trees.js';
import type { Kind } from './kinds.js';
import { mutatedText } from './mutate.js';
import { checkRefusal, must, same, unlessRefused } from './refusal.js';
import { anyName } from './texts.js';

const FILE_WORDS = [
  'make-template',
  'mt',
  '--image=x.iso',
  '--im',
  'x',
  '-i',
  '-fi',
  '-0',
  '-9',
  '--no-force',
  '--',
  '-',
  '--files-from',
  '-T',
  'list',
].concat([
  '--label',
  'A=/b',
  '--uri=A=http://x',
  '--cache-expiry=4w',
  '--min-length',
  '4k',
  '--report=grep',
  '--debug',
  '--debug=a,~b',
  '--hex',
  '--no-',
]);
const JIGDO_WORDS = [
  'download',
  'make-template',
  'cache',
  'prune',
  'help',
  'http://h/x.jigdo',
  '--image',
  '--output-dir=x',
  '--jobs=3',
  '--limit-rate',
  '2M',
].concat([
  '--no-check',
  '--help',
  '--quiet',
  '-o',
  '-V',
  '--json',
  '--report=quiet',
  '--min-matched',
  '90%',
  '--label',
  'A=b',
  '--mirror=A=http://x',
]);
const LITE_WORDS = ['--scan', '--scan=x', '--noask', '-v', '--help', '--', 'x.jigdo', 'http://h/{a,b{1,2}}.jigdo'];

/** Words of a command line. */
function line(random: Random, words: readonly string[]): string[] {
  return Array.from({ length: random.below(8) }, () => {
    const word = random.pick(words);
    return random.below(2) === 0 ? word : mutatedText(random, word, words);
  });
}

function jigdoFile(random: Random): void {
  const settings = unlessRefused([UsageError, JigdoError], () =>
    readFileSettings(line(random, FILE_WORDS), random.below(4) === 0 ? { POSIXLY_CORRECT: '' } : {}),
  );
  if (settings === undefined) return;
  const { minLength, expirySeconds, level } = settings;
  must(
    [minLength, expirySeconds, level].every((n) => Number.isSafeInteger(n) && n >= 0),
    `${minLength} ${expirySeconds} ${level}`,
  );
  for (const uri of settings.uris) unlessRefused([JigdoError], () => splitPair('uri', uri));
}

function jigdo(random: Random): void {
  unlessRefused([UsageError], () => {
    const cut = cutCommandLine(line(random, JIGDO_WORDS));
    const command = commandOf(cut);
    argumentsOf(command, cut);
  });
}

function jigdoLite(random: Random): void {
  const words = unlessRefused([UsageError], () => liteArguments(line(random, LITE_WORDS)))?.words ?? [];
  for (const word of words) {
    const names = unlessRefused([JigdoError], () => enumerate(word));
    must(names === undefined || (names.length > 0 && names.length <= 10_000), `${names?.length} names`);
  }
}

const QUANTITIES = [
  '0',
  '1k',
  '4096',
  '2MB',
  '16MiB',
  '1.5',
  '100%',
  '30d',
  '4w',
  '6m',
  '1y',
  'off',
  '90 %',
  '99.5',
  '281474976710655',
  'K',
  '',
];

function quantities(random: Random): void {
  const text = mutatedText(random, random.pick(QUANTITIES), QUANTITIES);
  for (const read of [
    parseSize,
    parseTime,
    parsePercent,
    readSize,
    readTime,
    (each: string) => parseInteger(each, 1, 99),
  ]) {
    const value = unlessRefused([UsageError, JigdoError], () => read(text));
    must(value === undefined || (value >= 0 && value < 2 ** 53), `${JSON.stringify(text)} is ${value}`);
    if (value === undefined) continue;
    for (const shown of [
      formatBytes(value),
      formatDuration(value),
      formatClock(value),
      formatPercent(value, value + 1),
    ]) {
      must(!/NaN|undefined|Infinity/.test(shown), `${value} is ${shown}`);
    }
  }
  suggest(text, ['make-image', 'download']);
}

function globText(random: Random): void {
  const name = mutatedText(random, anyName(random), [
    '\xc3\xa4',
    '\xf0\x9f\x98\x80',
    '\xed\xb2\x80',
    '\xff',
    '\xef\xbf\xbd',
  ]);
  same(fromGlobText(toGlobText(name)), name, 'a name as text');
  const other = anyName(random);
  same(fromGlobText(toGlobText(name) + toGlobText(other)), name + other, 'two names as text');
}

async function fileList(random: Random): Promise<void> {
  const text = mutatedText(random, Array.from({ length: random.below(9) }, () => anyName(random)).join('\n'), [
    '\n',
    '\n\n',
  ]);
  const bytes = Buffer.from(text, 'latin1');
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + random.below(random.pick([3, 50, 70_000]));
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }

  const reader = new LineReader(
    (async function* () {
      yield* chunks;
    })(),
  );
  const [list, rest] = [[] as string[], [] as Uint8Array[]];
  const end = /(?:^|\n)\n/.exec(text);
  const listed = end ? text.slice(0, end.index + (end[0].length - 1)) : text;
  const expected = listed.split('\n');
  if (expected.at(-1) === '') expected.pop();
  try {
    for await (const name of reader.lines()) list.push(name);
  } catch (error) {
    checkRefusal([JigdoError], error);
    must(/[^\n]{65537}/.test(text), 'refused, though no line is long');
    return;
  }
  same(list, expected, 'the lines');
  for await (const piece of reader.rest()) rest.push(piece);
  same(Buffer.concat(rest).toString('latin1'), end ? text.slice(end.index + end[0].length) : '', 'the rest');
}

/** Pieces of patterns. What repeats repetitions takes a regular expression for ever: nobody but who types a pattern can do that. */
const PIECES = [
  '*',
  '**',
  '?',
  '/',
  'a',
  'x',
  '.txt',
  '[a-z]',
  '[!x]',
  '[[:alpha:]]',
  '[',
  ']',
  '{a,b{1..3}}',
  '{',
  '}',
  ',',
].concat([
  ...[
    '!(x|y)',
    '@(a)',
    '(',
    ')',
    '|',
    '!',
    '\\*',
    '\\',
    '..',
    '\xc3\xa4',
    ' ',
    '$',
    '^',
    '\u{1f600}',
    '\udcff',
    '{1..99999}',
  ],
]);

async function excludes(random: Random): Promise<void> {
  const globs = Array.from({ length: 1 + random.below(3) }, () =>
    Array.from({ length: random.below(random.pick([4, 9])) }, () => random.pick(PIECES)).join(''),
  );
  let exclude: Awaited<ReturnType<typeof compileExcludes>>;
  try {
    exclude = await compileExcludes(globs);
  } catch (error) {
    return checkRefusal([JigdoError], error);
  }
  if (!exclude) return;
  for (const name of ['a', 'pool/x/y.txt', 'aaaaaaaaaaaa!', anyName(random)]) exclude(name, random.below(2) === 0);
  must(exclude.idle().length <= globs.length, 'more idle globs than globs');
}

export const COMMAND_LINES: readonly Kind[] = [
  { name: 'jigdo-file', share: 40, run: jigdoFile },
  { name: 'jigdo', share: 20, run: jigdo },
  { name: 'jigdo-lite', share: 20, run: jigdoLite },
  { name: 'quantities', share: 30, run: quantities },
  { name: 'glob-text', share: 20, run: globText },
  { name: 'file-list', share: 20, run: fileList },
  { name: 'excludes', share: 10, run: excludes },
];
