// The original's options, and what a command line made of them asks for (docs/spec/cli-behaviour.md 1).
import { ALGORITHMS, type Algorithm } from '../../checksum/algorithm.js';
import { JigdoError } from '../../errors.js';
import { display, type ByteString } from '../../format/bytes.js';
import type { ReportMode } from '../console-reporter.js';
import { deduceNames } from '../names.js';
import { UsageError } from '../usage-error.js';
import { checkDebugUnits } from './debug.js';
import { getopt, type ArgumentKind, type Grammar } from './getopt.js';
import { readSize, readTime } from './quantities.js';

/** Options come with their argument; those that say `off` have a `--no-` form as well. */
const LONG_OPTIONS: Record<string, ArgumentKind | 'off'> = {
  bzip2: 'none',
  cache: 'required',
  'no-cache': 'none',
  'cache-expiry': 'required',
  'check-files': 'off',
  'checksum-algorithm': 'required',
  'checksum-block-size': 'required',
  debug: 'optional',
  'no-debug': 'none',
  'files-from': 'required',
  force: 'off',
  'greedy-matching': 'off',
  gzip: 'none',
  help: 'none',
  'help-all': 'none',
  hex: 'off',
  image: 'required',
  'image-section': 'off',
  jigdo: 'required',
  label: 'required',
  'match-exec': 'required',
  'md5-block-size': 'required',
  merge: 'required',
  'min-length': 'required',
  readbuffer: 'required',
  report: 'required',
  'scan-whole-file': 'off',
  'servers-section': 'off',
  template: 'required',
  uri: 'required',
  version: 'none',
};

/** Not a long option of the original: the name under which `-0` to `-9` are read. No word begins with a blank after its dashes. */
const LEVEL_DIGITS = ' level';

const GRAMMAR: Grammar = {
  long: new Map(
    Object.entries(LONG_OPTIONS).flatMap(([name, kind]): [string, ArgumentKind][] =>
      kind === 'off'
        ? [
            [name, 'none'],
            [`no-${name}`, 'none'],
          ]
        : [[name, kind]],
    ),
  ),
  short: new Map([
    ...Object.entries({
      i: 'image',
      j: 'jigdo',
      t: 'template',
      T: 'files-from',
      r: 'report',
      f: 'force',
      c: 'cache',
      C: 'checksum-algorithm',
      h: 'help',
      H: 'help-all',
      v: 'version',
    }),
    ...[...'0123456789'].map((digit): [string, string] => [digit, LEVEL_DIGITS]),
  ]),
};

/** All long options, without their dashes. */
export const OPTION_NAMES: readonly string[] = [...GRAMMAR.long.keys()];

/** What is to be done and how. Options that a command has no use for are ignored, as in the original. */
export interface Settings {
  /** The first operand, and the others. */
  readonly command: ByteString | undefined;
  readonly files: readonly ByteString[];
  /** Deduced from one another where they are not given. */
  readonly image: ByteString | undefined;
  readonly jigdo: ByteString | undefined;
  readonly template: ByteString | undefined;
  readonly filesFrom: readonly ByteString[];
  readonly report: ReportMode;
  readonly force: boolean;
  readonly cache: ByteString | undefined;
  /** 0: never. */
  readonly expirySeconds: number;
  readonly algorithm: Algorithm;
  /** Bytes. */
  readonly minLength: number;
  readonly compression: 'gzip' | 'bzip2';
  readonly level: number;
  /** `LABEL=PATH` and `LABEL=URI` as typed. */
  readonly labels: readonly ByteString[];
  readonly uris: readonly ByteString[];
  readonly merge: ByteString | undefined;
  readonly imageSection: boolean;
  readonly serversSection: boolean;
  readonly checkFiles: boolean;
  readonly scanWholeFile: boolean;
  readonly hex: boolean;
  readonly matchExec: ByteString | undefined;
  /** What to print instead of running a command. */
  readonly show: { readonly version: boolean; readonly help: boolean; readonly helpAll: boolean };
}

/**
 * Reads a command line. The last of several options counts, but for `--files-from`, `--label` and `--uri`, which add up.
 *
 * @param words the arguments after the program's name
 * @throws UsageError; JigdoError for sizes and times, which the original refuses in one line
 */
export function readFileSettings(words: readonly ByteString[], environment: NodeJS.ProcessEnv = process.env): Settings {
  const values = new Map<string, ByteString>();
  const flags = new Map<string, boolean>();
  const lists: Record<string, ByteString[]> = { 'files-from': [], label: [], uri: [] };
  const operands: ByteString[] = [];
  for (const word of getopt(words, GRAMMAR, environment.POSIXLY_CORRECT !== undefined)) {
    if (word.kind === 'operand') {
      operands.push(word.text);
      continue;
    }
    const { name, letter, value } = word;
    if (name === LEVEL_DIGITS) values.set('level', letter ?? '');
    else if (name === 'no-cache') values.delete('cache');
    else if (name === 'gzip' || name === 'bzip2') values.set('compression', name);
    else if (name === 'debug') checkDebugUnits(value);
    else if (name in lists) lists[name].push(value ?? '');
    else if (value === undefined) flags.set(name.replace(/^no-/, ''), !name.startsWith('no-'));
    else values.set(name, checked(name, value));
  }
  const name = (option: string): ByteString | undefined => values.get(option) || undefined;
  const flag = (option: string, byDefault: boolean): boolean => flags.get(option) ?? byDefault;
  return {
    command: operands[0],
    files: operands.slice(1),
    image: undefined,
    jigdo: undefined,
    template: undefined,
    ...deduceNames({ image: name('image'), jigdo: name('jigdo'), template: name('template') }),
    filesFrom: lists['files-from'],
    report: (values.get('report') ?? 'default') as ReportMode,
    force: flag('force', false),
    cache: name('cache'),
    expirySeconds: readTime(values.get('cache-expiry') ?? '30d'),
    algorithm: (values.get('checksum-algorithm') ?? 'md5') as Algorithm,
    minLength: readSize(values.get('min-length') ?? '1k'),
    compression: (values.get('compression') ?? 'gzip') as 'gzip' | 'bzip2',
    level: Number(values.get('level') ?? '9'),
    labels: lists.label,
    uris: lists.uri,
    merge: name('merge'),
    imageSection: flag('image-section', true),
    serversSection: flag('servers-section', true),
    checkFiles: flag('check-files', true),
    scanWholeFile: flag('scan-whole-file', false),
    hex: flag('hex', false),
    matchExec: name('match-exec'),
    show: { version: flag('version', false), help: flag('help', false), helpAll: flag('help-all', false) },
  };
}

/** Checks a value where it stands, so that the first mistake on the line is the one that is reported. */
function checked(name: string, value: ByteString): ByteString {
  if (name === 'report') oneOf('report', value, ['default', 'noprogress', 'quiet', 'grep']);
  else if (name === 'checksum-algorithm') oneOf('checksum-algorithm', value, ALGORITHMS);
  else if (name === 'cache-expiry') readTime(value);
  else if (/^min-length$|^readbuffer$|-block-size$/.test(name)) readSize(value);
  return value;
}

function oneOf(option: string, value: ByteString, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new UsageError(`Invalid argument to --${option} (allowed: ${allowed.join(' ')})`);
}

/** Splits `LABEL=REST`, the argument of `--label` or `--uri`. */
export function splitPair(option: 'label' | 'uri', text: ByteString): [ByteString, ByteString] {
  const cut = text.indexOf('=');
  if (cut < 0) throw new JigdoError(`Invalid argument to --${option}: \`${display(text)}'`);
  return [text.slice(0, cut), text.slice(cut + 1)];
}
