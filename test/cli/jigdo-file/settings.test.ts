import t from 'tap';
import { readFileSettings } from '../../../src/cli/jigdo-file/settings.js';

const read = (...words: string[]): ReturnType<typeof readFileSettings> => readFileSettings(words, {});

t.test('what is not given', async (t) => {
  t.match(read('mt'), {
    command: 'mt',
    files: [],
    image: undefined,
    filesFrom: [],
    report: 'default',
    force: false,
    cache: undefined,
    expirySeconds: 30 * 86400,
    algorithm: 'md5',
    minLength: 1024,
    compression: 'gzip',
    level: 9,
    checkFiles: true,
    imageSection: true,
    serversSection: true,
    hex: false,
  });
});

t.test('the last one counts, lists add up', async (t) => {
  const settings = read(
    ...'-5 mt -3 --bzip2 --gzip --force --no-force --no-hex --hex -T a -T - --label A=b --label C=d --uri x -r quiet -r grep'.split(
      ' ',
    ),
    ...'--cache=c --no-cache --no-check-files file -- -file'.split(' '),
  );
  t.match(settings, {
    level: 3,
    compression: 'gzip',
    force: false,
    hex: true,
    filesFrom: ['a', '-'],
    labels: ['A=b', 'C=d'],
    uris: ['x'],
    report: 'grep',
    cache: undefined,
    checkFiles: false,
    files: ['file', '-file'],
  });
  t.equal(read('--no-cache', '--cache=c').cache, 'c');
  t.equal(read('--cache=', 'mt').cache, undefined);
});

t.test('names follow from one another', async (t) => {
  const names = (...words: string[]): (string | undefined)[] => {
    const { image, jigdo, template } = read(...words);
    return [image, jigdo, template];
  };
  t.strictSame(names('-i', 'd.x/a.iso'), ['d.x/a.iso', 'd.x/a.jigdo', 'd.x/a.template']);
  t.strictSame(names('-i', '', '-t', 'a.template'), ['a', 'a.jigdo', 'a.template'], 'an empty name is none');
  t.strictSame(names('-i', '-', '-j', 'a.b'), ['-', 'a.b', 'a.template']);
  t.strictSame(names('-i', 'x.jigdo'), ['x.jigdo', undefined, 'x.template']);
  t.strictSame(names('-i', '-'), ['-', undefined, undefined]);
});

t.test('sizes and times', async (t) => {
  const size = (text: string): number => read(`--min-length=${text}`).minLength;
  t.strictSame(['', 'k', '7', '1k', '2K', '3m', '1G'].map(size), [0, 0, 7, 1024, 2048, 3 << 20, 1 << 30]);
  for (const text of ['x', '1x', '-1', '+1', ' 1', '1kk', '0x10', '1.5']) {
    t.throws(() => size(text), { message: `Invalid size specifier \`${text}'`, name: 'JigdoError', exitCode: 3 }, text);
  }
  const time = (text: string): number => read('--cache-expiry', text).expirySeconds;
  t.strictSame(
    ['off', '', '0', '5', '1h', '1D', 'w', '1m', '1Y'].map(time),
    [0, 0, 0, 5, 3600, 86400, 0, 2592000, 31536000],
  );
  for (const text of ['OFF', '1s', '-1', '1hh', 'offx']) {
    t.throws(() => time(text), { message: `Invalid time specifier \`${text}'`, exitCode: 3 }, text);
  }
});

t.test('the first mistake is reported', async (t) => {
  t.throws(() => read('--min-length=x', '--frob'), { message: "Invalid size specifier `x'" });
  t.throws(() => read('--frob', '--min-length=x'), { message: "unrecognized option '--frob'" });
  t.throws(() => read('-r', 'loud'), {
    message: 'Invalid argument to --report (allowed: default noprogress quiet grep)',
  });
  t.throws(() => read('-C', 'sha1'), { message: 'Invalid argument to --checksum-algorithm (allowed: md5 sha256)' });
  t.throws(() => read('--readbuffer=x'), { message: "Invalid size specifier `x'" });
  t.throws(() => read('--md5-block-size=x'), { message: "Invalid size specifier `x'" });
});

t.test('--debug is accepted, if it is right', async (t) => {
  for (const units of ['', '=', '=all', '=~all,general', '=make-template'])
    t.equal(read(`--debug${units}`, 'ls').command, 'ls');
  t.throws(() => read('--debug=frob'), { message: "Unit `frob' not found while scanning --debug argument" });
  t.throws(() => read('--debug=general,help'), { message: /all assert general make-template/, exitCode: 3 });
});

t.test('help and version', async (t) => {
  t.strictSame(read('-vh').show, { version: true, help: true, helpAll: false });
  t.strictSame(read('frob', '-H').show, { version: false, help: false, helpAll: true });
});
