// What the session asks, says and does, with answers out of a list and no real work.
import t from 'tap';
import fc from 'fast-check';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, JigdoError } from '../../../src/errors.js';
import { liteArguments, type LiteArguments } from '../../../src/cli/jigdo-lite/arguments.js';
import type { Dialogue } from '../../../src/cli/jigdo-lite/dialogue.js';
import { enumerate } from '../../../src/cli/jigdo-lite/enumerate.js';
import { labelsWithoutServer, mirrorOf } from '../../../src/cli/label-mirrors.js';
import { Session, type SessionOffer, type Work } from '../../../src/cli/jigdo-lite/session.js';
import {
  originOf,
  readUserSettings,
  settingsPath,
  withOrigin,
  withScanned,
  writeSettings,
  type UserSettings,
} from '../../../src/cli/user-settings.js';
import { offeredImages } from '../../../src/fetch/offered-image.js';
import { parseJigdo } from '../../../src/format/jigdo-text.js';
import { Log } from '../../support/log.js';

/** Answers from a list, and keeps what is said. */
class Script implements Dialogue {
  readonly interactive: boolean;
  readonly isPerson: boolean;
  readonly said: string[] = [];
  readonly #answers: string[];

  constructor(answers: string[] | undefined) {
    this.interactive = answers !== undefined;
    this.isPerson = this.interactive;
    this.#answers = answers ?? [];
  }

  say(line: string): void {
    this.said.push(line);
  }

  ask(question: string): Promise<string> {
    this.say(question);
    const answer = this.#answers.shift();
    if (answer === undefined && this.interactive) return Promise.reject(new Error(`no answer to ${question}`));
    return Promise.resolve(answer ?? '');
  }

  get text(): string {
    return this.said.join('\n');
  }
}

const JIGDO = `[Image]\nFilename=a.iso\nTemplate=a.template\nShortInfo=First\nInfo=About it\n
[Image]\nFilename=b.iso\nTemplate=b.template\n[Parts]\n${'a'.repeat(22)}=Debian:x\n${'b'.repeat(22)}=http://y/\n`;

interface Held {
  readonly code: number;
  readonly text: string;
  /** What was done. */
  readonly done: string[];
  readonly settings: UserSettings;
  readonly warnings: string[];
}

/** Holds a session about files of these names and contents. */
async function hold(
  words: string[],
  answers: string[] | undefined,
  {
    files = { 'x.jigdo': JIGDO },
    known = {},
    complete = '',
  }: { files?: Record<string, string>; known?: Partial<UserSettings>; complete?: string } = {},
): Promise<Held> {
  const done: string[] = [];
  const work: Work<SessionOffer> = {
    load: async (location) => {
      const text = parseJigdo(files[location] ?? '');
      const images = offeredImages([{ text, bases: [location] }]);
      if (images.length === 0) return Promise.reject(new JigdoError(`${location}: No such file`));
      return { images, parts: () => text.parts(), servers: () => text.servers() };
    },
    exists: () => false,
    scan: (_source, { name }, paths) =>
      Promise.resolve(done.push(`scan ${name} ${paths.join()}`) > 0 && paths.includes(complete)),
    download: (_source, { name }, mirrors) =>
      Promise.resolve(done.push(`download ${name} ${mirrors.join()}`) > 0 && name === 'b.iso' ? 1 : 0),
    verify: (_source, { name }) => Promise.resolve(done.push(`verify ${name}`) && EXIT.ok),
  };
  const dialogue = new Script(answers);
  const reporter = new Log();
  let settings: UserSettings = { mirrors: new Map(), scanned: [], origins: new Map(), ...known };
  const remember = (changed: UserSettings): void => void (settings = changed);
  const { signal } = new AbortController();
  const code = await new Session({ dialogue, work, reporter, settings, remember, signal }).run(liteArguments(words));
  return { code, text: dialogue.text, done, settings, warnings: reporter.warnings };
}

void t.test('a choice, files to scan until none, a mirror', async (t) => {
  const answers = ['0', '3', 'one', '1', 'old.iso', '1', '', 'rubbish', 'http://m/debian'];
  const { code, text, done, settings } = await hold(['x.jigdo'], answers, { known: { scanned: ['/mnt'] } });
  t.equal(code, 0);
  t.strictSame(done, [
    'scan a.iso old.iso',
    'scan a.iso old.iso',
    'download a.iso Debian=http://m/debian/',
    'verify a.iso',
  ]);
  t.match(text, "Images offered by `x.jigdo':\n  1: First (a.iso)\n  2: b.iso\nNumber of image to download: ");
  t.match(text, '\nAbout it');
  t.match(text, '  1: old.iso\n  2: /mnt\nFiles to scan: ');
  t.equal(text.match(/Files to scan:/g)?.length, 3);
  t.equal(text.match(/Debian mirror \[http:\/\/deb\.debian\.org\/debian\/\]: /g)?.length, 2);
  t.match(text, "strong indication that `a.iso'\nwas generated correctly.");
  t.strictSame(settings, {
    jigdo: 'x.jigdo',
    mirrors: new Map([['Debian', 'http://m/debian/']]),
    scanned: ['old.iso', '/mnt'],
    origins: new Map(),
  });
});

void t.test('all files are there', async (t) => {
  const { done } = await hold(['x.jigdo'], ['1', 'mine'], { complete: 'mine' });
  t.strictSame(done, ['scan a.iso mine', 'verify a.iso'], 'no mirror is asked for');
});

void t.test('nobody answers', async (t) => {
  const { code, text, done, settings } = await hold(['--noask', 'x.jigdo'], undefined);
  t.equal(code, EXIT.incomplete, 'the worst of both');
  t.strictSame(done, [
    'download a.iso Debian=http://deb.debian.org/debian/',
    'verify a.iso',
    'download b.iso Debian=http://deb.debian.org/debian/',
  ]);
  t.equal(text.match(/^Debian mirror/gm)?.length, 1, 'the question is shown once');
  t.equal(settings.jigdo, undefined, 'nothing is remembered');
  await t.rejects(hold([], undefined), { message: /Which image/ });
  const again = await hold([], undefined, { known: { jigdo: 'x.jigdo' } });
  t.equal(again.done.length, 3, 'what was remembered is the default');
});

void t.test('several at once', async (t) => {
  const files = { 'cd1.jigdo': JIGDO, 'cd2.jigdo': JIGDO };
  const held = await hold(['--scan', 'old', 'cd{1,none,2}.jigdo'], [''], { files, complete: 'old' });
  t.match(held.text, 'several files/URLs:\n  cd1.jigdo\n  cdnone.jigdo\n  cd2.jigdo\n\nEntering batch mode');
  t.match(held.text, "Batch mode: Will download `b.iso'");
  t.match(held.warnings, ['jigdo-lite: cdnone.jigdo: No such file']);
  t.equal(held.done.filter((line) => line.startsWith('verify')).length, 4, 'the others are made');
  t.equal(held.code, EXIT.failed);
  const asked = await hold([], ['x.jigdo x.jigdo', '', '', '', '']);
  t.match(asked.text, 'Entering batch mode');
});

void t.test('enumeration', async (t) => {
  const cases: [string, string[]][] = [
    ['{a,b{c,d}}x{1,2}', ['ax1', 'ax2', 'bcx1', 'bcx2', 'bdx1', 'bdx2']],
    ['x{,y}', ['x', 'xy']],
    ['{a}', ['a']],
    ['a{b', ['a{b']],
    ['a{b{c,d}', ['a{bc', 'a{bd']],
    ['a}b,c', ['a}b,c']],
  ];
  for (const [word, words] of cases) t.strictSame(enumerate(word), words, word);
  t.throws(() => enumerate('{a,b}'.repeat(20)), { message: /more than 10000/ });
  fc.assert(
    fc.property(fc.stringMatching(/^[a{},]{0,30}$/), (word) => {
      const words = enumerate(word);
      return words.length > 0 && (words.length > 1 || !/\{[^{}]*\}/.test(word) || !words[0].includes('{}'));
    }),
  );
});

void t.test('the command line', async (t) => {
  const parsed: LiteArguments = liteArguments(['a', '--scan', 'p', '--noask', '--scan=q', '--', '-x']);
  t.match(parsed, { words: ['a', '-x'], scan: ['p', 'q'], noask: true, help: false, version: false });
  t.match(liteArguments(['-h']), { help: true });
  t.match(liteArguments(['-v']), { version: true });
  t.throws(() => liteArguments(['--foo']), { message: "Unknown option `--foo'" });
  t.throws(() => liteArguments(['--scan']), { message: /needs a PATH/ });
});

void t.test('mirrors', async (t) => {
  const text = `[Servers]\nA=http://a/\n[Parts]\n${'a'.repeat(22)}=A:x\n${'b'.repeat(22)}=Non-US:y\n${'c'.repeat(22)}=ftp://z/\n`;
  t.strictSame(labelsWithoutServer(parseJigdo(text)), ['Non-US']);
  t.equal(mirrorOf('Debian', 'DE'), 'http://ftp.de.debian.org/debian/');
  t.equal(mirrorOf('Other', 'de'), undefined);
  t.equal(mirrorOf('Debian', '/srv/mirror'), 'file:/srv/mirror/');
  t.equal(mirrorOf('Debian', 'gopher://x/'), undefined);
});

void t.test('settings', async (t) => {
  const folder = t.testdir();
  const NOTHING = { mirrors: new Map(), scanned: [], origins: new Map() };
  t.equal(settingsPath({ XDG_CONFIG_HOME: '/c', HOME: '/h' }), '/c/jigdo/settings.json');
  t.equal(settingsPath({ XDG_CONFIG_HOME: 'relative', HOME: '/h' }), '/h/.config/jigdo/settings.json');
  t.equal(settingsPath({}), undefined);
  const path = join(folder, 'new/jigdo/settings.json');
  const log = new Log();
  t.strictSame(readUserSettings(path, log), NOTHING);
  t.strictSame(log.warnings, [], 'no settings, no warning');
  const settings = {
    jigdo: 'caf\xe9',
    mirrors: new Map([['Debian', 'http://d/']]),
    scanned: ['\xff', 'a'],
    origins: new Map([['/x/\xe9.jigdo', 'http://x/\xe9.jigdo']]),
  };
  await writeSettings(path, settings, log);
  t.strictSame(readUserSettings(path, log), settings, 'names are bytes');
  t.equal(statSync(path).mode & 0o777, 0o600);
  for (const damaged of ['', '[', 'null', '7', '{\n "a": 1,\n x}']) {
    writeFileSync(path, damaged);
    t.strictSame(readUserSettings(path, log), NOTHING);
  }
  t.strictSame(new Set(log.warnings), new Set([`Ignoring the settings in \`${path}': They are damaged`]));
  t.equal(log.warnings.length, 5);
  writeFileSync(path, '{"jigdo":7,"mirrors":{"a":1,"b":"http://b/"},"scanned":["x",2]}');
  t.strictSame(readUserSettings(path, log), { ...NOTHING, mirrors: new Map([['b', 'http://b/']]), scanned: ['x'] });
  await writeSettings(join(path, 'below'), settings, log);
  t.match(log.warnings.at(-1), /^Could not remember/);
  t.match(readFileSync(path, 'utf8'), 'http://b/');
  t.equal(withScanned({ ...NOTHING, scanned: [...'abcdefghi'] }, 'c').scanned.join(''), 'cabdefghi');
  let many: UserSettings = NOTHING;
  for (let i = 0; i < 200; i++) many = withOrigin(many, `/x/${i}`, `http://x/${i}`);
  t.equal(many.origins.size, 100, 'no more than so many copies are remembered');
  t.equal(originOf(many, '/x/y/../199'), 'http://x/199');
  t.equal(originOf(many, '/x/0'), undefined, 'the latest ones');
});
