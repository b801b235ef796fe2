// The differences that are allowed, each with its reason. docs/compatibility.md tells the same to people.
import type { Call } from './case.js';
import type { Ended } from '../../support/shell.js';
import { isCache } from './run.js';

/** What differs: the exit code or stdout of one call, or a file at the end of a case. */
export interface Difference {
  readonly what: 'exit code' | 'stdout' | 'file';
  /** The call; for a file, the last one. */
  readonly call: Call;
  readonly original: Ended;
  readonly ours: Ended;
  /** The file, if it is one, and its contents as they are compared, original first; undefined if it is not there. */
  readonly file?: string;
  readonly contents?: readonly [string | undefined, string | undefined];
}

/** A difference that is meant. */
export interface Allowed {
  readonly name: string;
  readonly reason: string;
  readonly covers: (difference: Difference) => boolean;
}

const has = (call: Call, ...words: string[]): boolean => words.some((word) => call.args.includes(word));
const lines = (text: string): string => text.split('\n').sort().join('\n');
/** Killed by a signal. */
const crashed = ({ code }: Ended): boolean => code >= 128;

export const ALLOWED: readonly Allowed[] = [
  {
    name: 'help',
    reason: 'the help texts are our own',
    covers: ({ what, call }) => what === 'stdout' && call.args.some((arg) => /^-[hH]|^--help/.test(arg)),
  },
  {
    name: 'version',
    reason: 'ours says 0.8.2, which is what it is like; the installed one says 0.8.0',
    covers: ({ what, original, ours }) =>
      what === 'stdout' &&
      original.stdout.startsWith('jigdo-file version ') &&
      ours.stdout.startsWith('jigdo-file version '),
  },
  {
    name: 'order within folders',
    reason: 'ours reads folders sorted by name, the original as the disk has them',
    covers: ({ what, call, original, ours }) =>
      what === 'stdout' &&
      has(call, 'md5', 'md5sum', 'sha256', 'sha256sum') &&
      lines(original.stdout) === lines(ours.stdout),
  },
  {
    name: 'crash',
    reason: 'the original dies of a signal',
    covers: ({ original, ours }) => crashed(original) && !crashed(ours),
  },
  {
    name: 'checksums from the cache',
    reason: 'the original prints what happens to be in memory for files that its cache knows',
    covers: ({ what, call, original, ours }) => {
      const names = (text: string): string => lines(text.replace(/^\S+/gm, ''));
      return (
        what === 'stdout' &&
        has(call, '-c', '--cache', '--cache=cache') &&
        names(original.stdout) === names(ours.stdout)
      );
    },
  },
  {
    name: 'cache made early or beside',
    reason: 'ours opens the cache first, and leaves a file that is not a cache of ours alone',
    covers: ({ what, file }) => what === 'file' && isCache(file ?? ''),
  },
  {
    name: 'half-written template',
    reason: 'when make-template fails, the original leaves a template behind; ours leaves nothing',
    covers: ({ what, original, file, contents }) =>
      what === 'file' && original.code !== 0 && file?.endsWith('.template') === true && contents?.[1] === undefined,
  },
  {
    name: 'compressed .jigdo',
    reason: 'the original takes a gzip-compressed .jigdo for text, and then knows no names',
    covers: ({ what, call }) => what === 'stdout' && has(call, 'o.jigdo.gz'),
  },
  {
    name: 'empty image',
    reason: 'the original makes a template of an empty image that it cannot read itself',
    covers: ({ call, contents }) => has(call, 'zero.template') || contents?.[1] === '',
  },
  {
    name: 'folder as image',
    reason: 'the original takes a folder for an empty image',
    covers: ({ call, original, ours }) =>
      call.args.join(' ').includes('-i src -j') && original.code === 0 && ours.code === 3,
  },
  {
    name: 'labels',
    reason: 'the original gives one label to several folders, and the path of the empty label a slash',
    covers: ({ what, call, file }) =>
      what === 'file' && file === 'n.jigdo' && has(call, '--no-servers-section', 'B=other', 'B='),
  },
  {
    name: 'line feed in a name',
    reason: 'the original writes it as it is, which breaks the .jigdo; ours writes %0A',
    covers: ({ what, call, file }) => what === 'file' && file === 'n.jigdo' && has(call, 'feed'),
  },
  {
    name: 'equal files',
    reason:
      'of files with equal content the original names the one read last (or first, if they are large), ours the first',
    covers: ({ what, call, file }) => what === 'file' && file === 'img.jigdo' && has(call, 'same/a'),
  },
];
