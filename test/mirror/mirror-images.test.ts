import t, { type Test } from 'tap';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromText } from '../../src/format/bytes.js';
import { lockFile } from '../../src/mirror/lock.js';
import type { MirrorOutcome } from '../../src/mirror/mirror-image.js';
import { imageMaker } from '../../src/mirror/make-images.js';
import { mirrorImages, type MirrorImagesOptions } from '../../src/mirror/mirror-images.js';
import { openTransport } from '../../src/net/open-transport.js';
import { Log } from '../support/log.js';
import { publish, PUBLISHED, writeTree } from '../support/published.js';
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
  t.strictSame((await mirror(given)).states, ['dvd/cd.iso current'], 'newer than the template: believed');
  t.strictSame((await mirror(given, { verify: true, dryRun: true })).states, ['dvd/cd.iso would-update']);
  t.strictSame((await mirror(given, { verify: true })).states, ['dvd/cd.iso updated']);
  t.ok(readFileSync(path).equals(image));
  writeFileSync(path, damaged);
  utimesSync(path, PUBLISHED, PUBLISHED);
  t.strictSame((await mirror(given)).states, ['dvd/cd.iso updated'], 'not newer than the template: read');
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
    'dvd/cd.iso': /failed: another .jigdo than/,
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
  const path = join(given.folder, 'images/.jigdo-mirror.lock');
  const lock = await lockFile(fromText(path));
  await t.rejects(mirror(given), /another run is at work/);
  t.strictSame((await mirror(given, { dryRun: true })).states, ['dvd/cd.iso would-create'], 'looking is allowed');
  lock[Symbol.dispose]();
  const module = fileURLToPath(new URL('../../dist/mirror/lock.js', import.meta.url));
  const code = `await (await import(${JSON.stringify(module)})).lockFile(${JSON.stringify(path)}); console.log('locked'); setInterval(() => {}, 1000)`;
  const holder = spawn('env', ['NODE_OPTIONS=', process.execPath, '--input-type=module', '-e', code]);
  await once(holder.stdout, 'data');
  await t.rejects(mirror(given), /another run is at work/);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  t.strictSame((await mirror(given)).states, ['dvd/cd.iso created']);
});
