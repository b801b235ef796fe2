import t, { type Test } from 'tap';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NO_CACHE } from '../../src/cache/types.js';
import { digestOf } from '../../src/checksum/digest.js';
import { fromText, toBase64 } from '../../src/format/bytes.js';
import { lockOutput } from '../../src/io/lock.js';
import type { MirrorOutcome } from '../../src/mirror/mirror-image.js';
import { imageMaker } from '../../src/mirror/make-images.js';
import { mirrorImages, type MirrorImagesOptions } from '../../src/mirror/mirror-images.js';
import { openTransport } from '../../src/net/open-transport.js';
import { Log } from '../support/log.js';
import { publish, PUBLISHED, put, writeTree } from '../support/published.js';
import { serveFolder } from '../support/web-server.js';

interface Setting {
  readonly folder: string;
  readonly tree: string;
  /** The image, as it should be. */
  readonly image: Buffer;
  readonly files: Map<string, Buffer>;
}

/** A tree, and `jigdo/dvd/cd.jigdo` of an image of its files. */
async function setting(t: Test, seed = 5): Promise<Setting> {
  const folder = t.testdir({ jigdo: { dvd: {} }, images: {} });
  const tree = join(folder, 'tree');
  const files = writeTree(tree, seed, 8);
  const stem = join(folder, 'jigdo/dvd/cd');
  await publish(stem, tree, [...files.values()]);
  utimesSync(`${stem}.template`, PUBLISHED, PUBLISHED);
  const image = readFileSync(`${stem}.iso`);
  rmSync(`${stem}.iso`);
  return { folder, tree, image, files };
}

async function mirror(
  { folder, tree }: { folder: string; tree: string },
  options: Partial<MirrorImagesOptions> = {},
): Promise<{ exitCode: number; outcomes: MirrorOutcome[]; states: string[]; log: Log }> {
  const outcomes: MirrorOutcome[] = [];
  const log = new Log();
  const exitCode = await mirrorImages({
    jigdoDir: fromText(join(folder, 'jigdo')),
    imageDir: fromText(join(folder, 'images')),
    trees: [fromText(tree)],
    onOutcome: (outcome) => outcomes.push(outcome),
    reporter: log,
    ...options,
  });
  return { exitCode, outcomes, states: outcomes.map(({ name, state }) => `${name} ${state}`), log };
}

t.test('images are made once, again when they are wrong, and out of old ones', async (t) => {
  const given = await setting(t);
  const { folder, tree, image, files } = given;
  const path = join(folder, 'images/dvd/cd.iso');
  t.strictSame((await mirror(given, { dryRun: true })).states, ['dvd/cd.iso would-create']);
  t.strictSame(readdirSync(join(folder, 'images')), [], 'nothing was done');
  const made = await mirror(given);
  t.match(made, { exitCode: 0, states: ['dvd/cd.iso created'], outcomes: [{ size: image.length, parts: 8 }] });
  t.ok(readFileSync(path).equals(image));
  t.strictSame((await mirror(given)).states, ['dvd/cd.iso current']);

  const damaged = Buffer.from(image);
  damaged[damaged.length - 5] ^= 1;
  writeFileSync(path, damaged);
  t.strictSame((await mirror(given, { verify: true, dryRun: true })).states, ['dvd/cd.iso would-update']);
  chmodSync(path, 0o640);
  t.strictSame((await mirror(given)).states, ['dvd/cd.iso updated'], 'newer than the template: read all the same');
  t.ok(readFileSync(path).equals(image));
  t.equal(statSync(path).mode & 0o777, 0o640, 'with the mode of the old one');
  writeFileSync(path, image.subarray(0, 100));
  t.strictSame((await mirror(given)).states, ['dvd/cd.iso updated'], 'another length');

  // A part is gone; an old image, a tar of the parts in effect, is no help, and stays.
  const [first, second] = files.keys();
  renameSync(join(tree, first), join(folder, 'away'));
  writeFileSync(path, 'old');
  const lacking = await mirror(given);
  t.match(lacking, { exitCode: 1, states: ['dvd/cd.iso incomplete'], outcomes: [{ missing: [first] }] });
  t.equal(readFileSync(path, 'utf8'), 'old', 'the old image stays');
  rmSync(path);
  rmSync(`${path}.tmp`);
  t.match(await mirror(given), { exitCode: 1, outcomes: [{ reason: '1 of 8 files are missing' }] });
  t.strictSame(readdirSync(join(folder, 'images/dvd')), [], 'nothing is begun that cannot be finished');

  // Root can read all but this.
  rmSync(join(tree, second));
  symlinkSync(join(tree, second), join(tree, second));
  const reason = '1 of 8 files are missing, 1 cannot be read';
  const unreadable = [{ name: second, reason: 'Too many levels of symbolic links' }];
  t.match(await mirror(given), { exitCode: 1, outcomes: [{ reason, missing: [first], unreadable }] });
});

t.test('an image that is what it was is not read again, and times prove nothing', async (t) => {
  const given = await setting(t);
  const { folder } = given;
  const path = join(folder, 'images/dvd/cd.iso');
  await mirror(given);
  const { mtime } = statSync(path);
  const counted = async (): Promise<[string[], number]> => {
    let looked = 0;
    const cache = { ...NO_CACHE, store: ({ rest }: { rest: string }) => void (looked += Number(rest === path)) };
    const { states } = await mirror(given, { cache });
    return [states, looked];
  };
  // The clock goes on: what was changed in the last two seconds is not remembered.
  const { now } = Date;
  t.teardown(() => (Date.now = now));
  Date.now = () => now() + 5000;
  t.strictSame(await counted(), [['dvd/cd.iso current'], 1], 'read');
  t.strictSame(await counted(), [['dvd/cd.iso current'], 0], 'remembered');
  const damaged = readFileSync(path);
  damaged[10] ^= 1;
  writeFileSync(path, damaged);
  utimesSync(path, mtime, mtime);
  t.strictSame(await counted(), [['dvd/cd.iso updated'], 1], 'changed, with the same size and time');
  // Another image of the same length, whose template has the time that it has upstream: long before our image.
  const tree = join(folder, 'tree');
  for (const name of given.files.keys()) {
    const content = readFileSync(join(tree, name));
    content[0] ^= 1;
    put(join(tree, name), content);
    given.files.set(name, content);
  }
  const stem = join(folder, 'jigdo/dvd/cd');
  rmSync(`${stem}.jigdo`);
  rmSync(`${stem}.template`);
  await publish(stem, tree, [...given.files.values()]);
  renameSync(`${stem}.iso`, join(folder, 'new.iso'));
  utimesSync(`${stem}.template`, PUBLISHED, PUBLISHED);
  t.strictSame((await mirror(given, { dryRun: true })).states, ['dvd/cd.iso would-update']);
  t.strictSame((await mirror(given)).states, ['dvd/cd.iso updated']);
  t.ok(readFileSync(path).equals(readFileSync(join(folder, 'new.iso'))));
  writeFileSync(join(folder, 'images/.jigdo-mirror.json'), '{"version":1,"images":{"dvd/cd.iso":null}}');
  const { states, log } = await mirror(given);
  t.strictSame([states, log.warnings.length], [['dvd/cd.iso current'], 1], 'a damaged memory is none');
  rmSync(join(folder, 'images/.jigdo-mirror.json'));
  t.equal(spawnSync('mkfifo', [join(folder, 'images/.jigdo-mirror.json')]).status, 0);
  const began = Date.now();
  const waiting = await mirror(given, { dryRun: true });
  t.strictSame(
    [waiting.states, waiting.log.warnings.length],
    [['dvd/cd.iso current'], 1],
    'nor is one of another kind',
  );
  t.ok(Date.now() - began < 4000, 'nobody waits for it');
});

t.test('a dry run says what the real one would', async (t) => {
  const whole = await setting(t, 6);
  const { folder, tree, files } = whole;
  const [first, second] = files.keys();
  const both = async (options: Partial<MirrorImagesOptions> = {}): Promise<unknown[]> => {
    const runs = [];
    for (const dryRun of [true, false]) {
      const { exitCode, outcomes } = await mirror(whole, { ...options, dryRun });
      const [{ state, missing, reason }] = outcomes;
      runs.push({ exitCode, state: state.replace(/^would-(.*)e$/, '$1ed'), missing, reason });
    }
    t.strictSame(runs[0], runs[1]);
    return [runs[0].exitCode, runs[0].state];
  };
  const content = readFileSync(join(tree, first));
  put(join(tree, first), Buffer.alloc(content.length));
  t.strictSame(await both(), [1, 'incomplete'], 'a wrong file');
  rmSync(join(folder, 'images/dvd'), { recursive: true });
  rmSync(join(tree, first));
  t.strictSame(await both(), [1, 'incomplete'], 'a missing one');
  const transport = openTransport();
  t.teardown(() => transport.close());
  const from = join(folder, 'from/');
  const fetchFrom = { sources: [{ label: undefined, base: fromText(from) }], transport, connections: 1 };
  t.strictSame(await both({ fetchFrom }), [1, 'incomplete'], 'the mirror does not have it either');
  put(join(from, first), content);
  t.strictSame(await both({ fetchFrom, maxMissing: 0 }), [1, 'incomplete'], 'too many');
  mkdirSync(join(folder, 'images/dvd/cd.iso'), { recursive: true });
  t.strictSame(await both({ fetchFrom }), [3, 'failed'], 'something is in the way');
  rmSync(join(folder, 'images/dvd/cd.iso'), { recursive: true });
  t.strictSame(await both({ fetchFrom }), [0, 'created'], 'it has');
  // What an image needs is not replaced by an image.
  const jigdo = join(folder, 'jigdo/dvd/cd.jigdo');
  const text = readFileSync(jigdo, 'latin1');
  writeFileSync(jigdo, text.replace(/Filename=.*/, `Filename=${second.replace(/.*\//, '')}`), 'latin1');
  const imageDir = fromText(join(tree, 'pool'));
  renameSync(join(tree, 'pool/b'), join(tree, 'pool/dvd'));
  symlinkSync('dvd', join(tree, 'pool/b'));
  t.strictSame(await both({ imageDir, fetchFrom }), [3, 'failed'], 'a file of the image');
  writeFileSync(jigdo, text.replace(/Filename=.*/, 'Filename=cd.template'), 'latin1');
  t.strictSame(await both({ imageDir: fromText(join(folder, 'jigdo')), fetchFrom }), [3, 'failed'], 'the template');
});

t.test('a part is fetched under any of its names, from mirrors of any of its labels', async (t) => {
  const given = await setting(t, 7);
  const { folder, tree, files } = given;
  const [first] = files.keys();
  const jigdo = join(folder, 'jigdo/dvd/cd.jigdo');
  const text = readFileSync(jigdo, 'latin1');
  const content = files.get(first) as Buffer;
  writeFileSync(jigdo, `${text}[Parts]\n${toBase64(digestOf('md5', content))}=Other:moved/file\n`, 'latin1');
  put(join(folder, 'other/moved/file'), content);
  rmSync(join(tree, first));
  const transport = openTransport();
  t.teardown(() => transport.close());
  const sources = [{ label: 'Other', base: fromText(join(folder, 'other/')) }];
  t.strictSame((await mirror(given, { fetchFrom: { sources, transport, connections: 1 } })).states, [
    'dvd/cd.iso created',
  ]);
});

t.test('what the tree lacks is fetched, if that is asked for', async (t) => {
  const given = await setting(t);
  const { folder, tree, image } = given;
  const whole = join(folder, 'whole');
  cpSync(tree, whole, { recursive: true });
  rmSync(join(tree, 'pool/a'), { recursive: true });
  const server = await serveFolder(t, whole);
  const transport = openTransport();
  t.teardown(() => transport.close());
  const fetchFrom = { sources: [{ label: undefined, base: server.url }], transport, connections: 2 };
  t.match(await mirror(given, { fetchFrom, maxMissing: 2 }), { exitCode: 1, outcomes: [{ state: 'incomplete' }] });
  t.strictSame(server.requests, [], 'too many are missing');
  t.strictSame((await mirror(given, { fetchFrom, maxMissing: 3 })).states, ['dvd/cd.iso created']);
  t.ok(readFileSync(join(folder, 'images/dvd/cd.iso')).equals(image));
  t.equal(server.requests.length, 3);
  t.strictSame(readdirSync(join(folder, 'images/dvd')), ['cd.iso'], 'what was fetched is removed');
});

t.test('bad .jigdo files and templates do not stop the others', async (t) => {
  const given = await setting(t);
  const { folder } = given;
  const jigdos = join(folder, 'jigdo');
  const text = readFileSync(join(jigdos, 'dvd/cd.jigdo'), 'latin1');
  const add = (name: string, content: string): void => writeFileSync(join(jigdos, name), content, 'latin1');
  add('dvd/again.jigdo', text);
  add('empty.jigdo', '');
  add('escape.jigdo', text.replace(/Filename=.*/, 'Filename=../../..'));
  mkdirSync(join(jigdos, 'x'));
  add('x/outside.jigdo', text.replace(/Filename=.*/, 'Filename=stdio:../../cd.iso'));
  add('new.jigdo', '[Jigdo]\nVersion=9\n');
  cpSync(join(jigdos, 'dvd/cd.template'), join(jigdos, 'wrong.template'));
  writeFileSync(join(jigdos, 'wrong.template'), 'x', { flag: 'a' });
  add(
    'wrong.jigdo',
    text.replace(/Template=.*/, 'Template=wrong.template').replace(/Filename=.*/, 'Filename=wrong.iso'),
  );
  const all = await mirror(given);
  t.equal(all.exitCode, 3);
  t.match(Object.fromEntries(all.outcomes.map(({ name, state, reason }) => [name, `${state}: ${reason}`])), {
    'dvd/cd.iso': /failed: both .*again.jigdo' and .*cd.jigdo' make this image$/,
    'empty.jigdo': 'failed: it offers no image',
    'escape.jigdo': /failed: .* is no name for an image/,
    'new.jigdo': /failed: .*Upgrade required/,
    'wrong.iso': 'incomplete: its template is not the one of the .jigdo',
    'x/cd.iso': 'incomplete: its template is not there',
  });
  t.ok(existsSync(join(folder, 'images/dvd/cd.iso')), 'the good one is made');
  t.strictSame((await mirror(given, { include: ['dvd/**'], exclude: ['cd.jigdo'] })).outcomes.length, 1);
  t.strictSame((await mirror(given, { include: ['wrong*'] })).states, ['wrong.iso incomplete']);
  await t.rejects(mirror(given, { trees: ['http://mirror.example/'] }), /is no folder/);
});

t.test('several at once: the same images, and one that cannot be made keeps none from being made', async (t) => {
  const folder = t.testdir({ jigdo: {}, images: {} });
  const tree = join(folder, 'tree');
  const images = new Map<string, Buffer>();
  for (const [i, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const files = writeTree(join(tree, name), i + 1, 6);
    const stem = join(folder, 'jigdo', name);
    await publish(stem, join(tree, name), [...files.values()]);
    images.set(`${name}.iso`, readFileSync(`${stem}.iso`));
    rmSync(`${stem}.iso`);
  }
  rmSync(join(tree, 'c/pool/a'), { recursive: true });
  const trees = [...images.keys()].map((name) => fromText(join(tree, name.slice(0, 1))));
  const { exitCode, states, outcomes } = await mirror({ folder, tree }, { trees, jobs: 3 });
  t.equal(exitCode, 1);
  const made = ['a.iso created', 'b.iso created', 'c.iso incomplete', 'd.iso created', 'e.iso created'];
  t.strictSame(states.sort(), made);
  t.match(
    outcomes.find(({ name }) => name === 'c.iso'),
    { reason: '2 of 6 files are missing' },
  );
  for (const [name, image] of images) {
    if (name !== 'c.iso') t.ok(readFileSync(join(folder, 'images', name)).equals(image), name);
  }
  t.strictSame(
    readdirSync(join(folder, 'images')).filter((name) => !name.startsWith('.')),
    ['a.iso', 'b.iso', 'd.iso', 'e.iso'],
  );
  const again = await mirror({ folder, tree }, { trees, jobs: 3 });
  t.strictSame(
    again.states.sort(),
    [...made].map((state) => state.replace('created', 'current')),
  );
  const stop = new AbortController();
  rmSync(join(folder, 'images/a.iso'));
  rmSync(join(folder, 'images/e.iso'));
  const stopped = mirror(
    { folder, tree },
    { trees, jobs: 2, signal: stop.signal, onOutcome: () => stop.abort(new Error('enough')) },
  );
  await t.rejects(stopped, { message: 'enough' });
  const late = imageMaker(2)({ image: 'none/x.iso', template: 'none', files: [], signal: stop.signal });
  await t.rejects(late, { message: 'enough' }, 'not even begun');
  t.strictSame((await mirror({ folder, tree }, { trees, jobs: 2 })).exitCode, 1, 'and the next run goes on');
  t.ok(readFileSync(join(folder, 'images/e.iso')).equals(images.get('e.iso') as Buffer));
});

t.test('two runs do not collide, and a killed one is no obstacle', async (t) => {
  const given = await setting(t);
  const path = join(given.folder, 'images/jigdo-mirror');
  const lock = await lockOutput(fromText(path));
  await t.rejects(mirror(given), /another run is at work/);
  t.strictSame((await mirror(given, { dryRun: true })).states, ['dvd/cd.iso would-create'], 'looking is allowed');
  lock[Symbol.dispose]();
  const module = fileURLToPath(new URL('../../dist/io/lock.js', import.meta.url));
  const code = `await (await import(${JSON.stringify(module)})).lockOutput(${JSON.stringify(path)}); console.log('locked'); setInterval(() => {}, 1000)`;
  const holder = spawn('env', ['NODE_OPTIONS=', process.execPath, '--input-type=module', '-e', code]);
  await once(holder.stdout, 'data');
  await t.rejects(mirror(given), /another run is at work/);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  t.strictSame((await mirror(given)).states, ['dvd/cd.iso created']);
});
