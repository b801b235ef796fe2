import t from 'tap';
import {
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openCache } from '../../src/cache/open.js';
import { digestOf } from '../../src/checksum/digest.js';
import { fromText, toBase64 } from '../../src/format/bytes.js';
import { writtenName } from '../../src/format/part-name.js';
import { quote } from '../../src/format/quoting.js';
import { pathOfPlace, type Condition } from '../../src/verify/need.js';
import { verifyTree, type VerifyTreeOptions, type VerifyTreeResult } from '../../src/verify/verify-tree.js';
import { Log } from '../support/log.js';
import { Random } from '../support/random-trees.js';
import { MADE, publish, PUBLISHED, put, writeTree } from '../support/published.js';

const LATER = new Date('2022-01-01');

/** Name below the tree -> condition, of all that is not good. */
function problems({ needs }: VerifyTreeResult, tree: string): Record<string, string | undefined> {
  const bad = [...needs].filter(({ condition }) => condition !== 'good');
  return Object.fromEntries(
    bad.map((need) => [need.place ? pathOfPlace(need.place).replace(`${tree}/`, '') : need.digest, need.condition]),
  );
}

function verify(
  jigdos: readonly string[],
  tree: string,
  options: Partial<VerifyTreeOptions> = {},
): Promise<VerifyTreeResult> {
  return verifyTree({ jigdos: jigdos.map(fromText), trees: [fromText(tree)], jobs: 1, ...options });
}

/** Ways to damage a file. Each returns what must be reported of it, with and without a template. */
const DAMAGES: Record<string, (path: string, random: Random) => [Condition, Condition]> = {
  removed(path) {
    unlinkSync(path);
    return ['missing', 'missing'];
  },
  emptied(path) {
    put(path, '');
    return ['wrong-size', 'wrong-size'];
  },
  flipped(path, random) {
    const content = readFileSync(path);
    content[random.below(content.length)] ^= 1 + random.below(255);
    put(path, content);
    return ['corrupt', 'corrupt'];
  },
  cutOff(path, random) {
    truncateSync(path, 1 + random.below(readFileSync(path).length - 1));
    utimesSync(path, MADE, MADE);
    return ['wrong-size', 'corrupt'];
  },
  cutOffLater(path) {
    truncateSync(path, readFileSync(path).length - 1);
    utimesSync(path, LATER, LATER);
    return ['wrong-size', 'superseded'];
  },
  appended(path, random) {
    put(path, Buffer.concat([readFileSync(path), random.bytes(1 + random.below(100))]));
    return ['wrong-size', 'corrupt'];
  },
  rebuilt(path, random) {
    put(path, random.bytes(readFileSync(path).length), LATER);
    return ['superseded', 'superseded'];
  },
  rebuiltShorter(path, random) {
    put(path, random.bytes(readFileSync(path).length - 10));
    return ['superseded', 'corrupt'];
  },
  folder(path) {
    unlinkSync(path);
    mkdirSync(path);
    return ['unreadable', 'unreadable'];
  },
  dangling(path) {
    unlinkSync(path);
    symlinkSync('nowhere', path);
    return ['missing', 'missing'];
  },
};

t.test('random damage is reported, and nothing else', async (t) => {
  for (let seed = 1; seed <= 8; seed++) {
    const folder = t.testdir({});
    const random = new Random(seed);
    const tree = join(folder, 'tree');
    const files = writeTree(tree, seed, 4 + random.below(12));
    const stem = join(folder, 'cd');
    await publish(stem, tree, [...files.values()], random.pick(['md5', 'sha256']));
    const [withTemplate, without]: Record<string, string>[] = [{}, {}];
    for (const name of files.keys()) {
      if (random.below(2) === 0) continue;
      const damage = random.pick(Object.keys(DAMAGES));
      [withTemplate[name], without[name]] = DAMAGES[damage](join(tree, name), random);
    }
    const extra = Array.from({ length: random.below(4) }, (_, i) => `pool/extra ${i}`);
    for (const name of extra) put(join(tree, name), 'extra');
    const unreferenced: string[] = [];
    const onUnreferenced = ({ path }: { path: string }): void => void unreferenced.push(path.replace(`${tree}/`, ''));
    const cache = await openCache(fromText(join(folder, 'cache')), { reporter: new Log() });
    for (const pass of ['cold', 'warm']) {
      unreferenced.length = 0;
      const result = await verify([`${stem}.jigdo`], tree, { cache, onUnreferenced });
      t.strictSame(problems(result, tree), withTemplate, `seed ${seed}, ${pass}`);
      t.equal(result.exitCode, Object.keys(withTemplate).length > 0 ? 1 : 0);
      const dangling = Object.keys(withTemplate).filter((name) => unreferenced.includes(name));
      t.ok(
        dangling.every((name) => withTemplate[name] === 'missing'),
        'a link that leads nowhere is of no use',
      );
      t.strictSame(
        unreferenced.filter((name) => !dangling.includes(name)),
        extra,
      );
    }
    rmSync(`${stem}.template`);
    t.strictSame(
      problems(await verify([`${stem}.jigdo`], tree, { cache }), tree),
      without,
      `seed ${seed}, no template`,
    );
    cache.close();
  }
});

/** Writes a .jigdo of 2021 that lists these files of `Acme:`, and returns its path. */
function jigdoOf(path: string, parts: readonly [content: Uint8Array, target: string][], servers = ''): string {
  const lines = parts.map(([content, target]) => `${toBase64(digestOf('md5', content))}=${target}\n`);
  put(path, `[Jigdo]\nVersion=1.1\n[Servers]\n${servers}[Parts]\n${lines.join('')}`, PUBLISHED);
  return path;
}

t.test('images that want different contents under one name, and the same content under several', async (t) => {
  const tree = t.testdir({});
  const [old, now, other] = ['old', 'now', 'other'].map((text) => Buffer.from(text));
  put(join(tree, 'a'), now);
  put(join(tree, 'b'), other);
  const first = jigdoOf(join(tree, '1.jigdo'), [
    [old, 'Acme:a'],
    [other, 'Acme:b'],
  ]);
  const second = jigdoOf(join(tree, '2.jigdo'), [
    [now, 'Acme:a'],
    [other, 'Acme:c'],
  ]);
  // Two places of one part: one is enough.
  const third = jigdoOf(join(tree, '3.jigdo'), [
    [other, 'Acme:c'],
    [other, 'Acme:b'],
  ]);
  const result = await verify([first, second, third], tree);
  t.strictSame(problems(result, tree), { a: 'superseded', c: 'missing' });
  const complete = result.images.filter(({ needs }) =>
    [...needs].every((i) => result.needs.at(i).condition === 'good'),
  );
  t.strictSame(
    complete.map(({ jigdo }) => jigdo),
    [third],
  );
});

t.test('no file is called unneeded while it is in doubt what is needed', async (t) => {
  const folder = t.testdir({});
  const tree = join(folder, 'tree');
  const files = [...writeTree(tree, 7, 3)];
  const stem = join(folder, 'cd');
  await publish(
    stem,
    tree,
    files.slice(0, 2).map(([, content]) => content),
  );
  const jigdo = `${stem}.jigdo`;
  const text = readFileSync(jigdo);
  const template = readFileSync(`${stem}.template`);
  const [, , [third]] = files;
  const unreferenced = async (options: Partial<VerifyTreeOptions> = {}): Promise<[string[], VerifyTreeResult]> => {
    const names: string[] = [];
    const onUnreferenced = ({ path }: { path: string }): void => void names.push(path.replace(`${tree}/`, ''));
    const result = await verify([jigdo], tree, { onUnreferenced, ...options });
    return [names, result];
  };
  const [names, certain] = await unreferenced();
  t.strictSame([names, certain.doubts, certain.exitCode], [[third], [], 0]);
  // The second place of a part, and a part that the template does not have.
  const sum = /^[\w-]{22}(?==)/m.exec(text.toString('latin1'))?.[0] ?? '';
  for (const extra of [`${sum}='Acme:./${third.replace('/', '//')}'`, `AAAAAAAAAAAAAAAAAAAAAA='Acme:${third}'`]) {
    writeFileSync(jigdo, `${text.toString('latin1')}[Parts]\n${extra}\n`);
    t.strictSame((await unreferenced())[0], [], extra);
  }
  const cases: Record<string, () => unknown> = {
    'a folder of .jigdo files was not read': () => ({ unread: ['/mnt/jigdo'] }),
    'a link to a folder was passed over': () => ({ passed: ['/srv/jigdo/current'] }),
    'a .jigdo is damaged': () => writeFileSync(jigdo, '[Jigdo]\nVersion=9.0\n'),
    'a .jigdo is empty': () => writeFileSync(jigdo, ''),
    'a .jigdo is cut off': () => writeFileSync(jigdo, text.subarray(0, text.length - 3)),
    'a line is damaged': () => writeFileSync(jigdo, `${text.toString('latin1')}[Parts]\nAcme:${third}\n`),
    'parts are not listed': () => writeFileSync(jigdo, text.toString('latin1').replace(/^[\w-]{22}=.*\n/m, '')),
    'something is included': () => writeFileSync(jigdo, `${text.toString('latin1')}[Include x.jigdo]\n`),
    'the template is not there': () => rmSync(`${stem}.template`),
    'the template is damaged': () => writeFileSync(`${stem}.template`, template.subarray(100)),
    'a label has no folder': () => ({ trees: [], labels: new Map([['Other', [fromText(tree)]]]) }),
  };
  for (const [name, arrange] of Object.entries(cases)) {
    writeFileSync(jigdo, text);
    writeFileSync(`${stem}.template`, template);
    const options = arrange();
    const [names, result] = await unreferenced(typeof options === 'object' ? { ...options } : {});
    t.strictSame(names, [], name);
    t.ok(result.doubts.length > 0 && result.exitCode > 0, `${name}: ${result.exitCode}`);
  }
  writeFileSync(jigdo, text);
  writeFileSync(`${stem}.template`, template);
  const unread = await verify([jigdo], tree, { unread: ['/mnt/jigdo'] });
  t.equal(unread.exitCode, 2, 'nor is all checked then');
});

t.test('labels', async (t) => {
  const folder = t.testdir({});
  const content = Buffer.from('content');
  for (const path of ['base/a', 'updates/b', 'updates/deep/c', 'own/d']) put(join(folder, path), content);
  const servers = `Base=http://m.example/base/\nDeep=Updates:deep/\nUpdates=http://m.example/u/\nOwn=file:${folder}/own/\n`;
  const targets = ['Base:a', 'Updates:b', 'Deep:c', 'Own:d', 'http://m.example/e', 'f', 'Nowhere:g'];
  const each = targets.map((target) =>
    jigdoOf(join(folder, `${target.replaceAll('/', '')}.jigdo`), [[content, target]], servers),
  );
  const conditions = async (trees: string[], labels: Record<string, string[]> = {}): Promise<unknown> => {
    const map = new Map(
      Object.entries(labels).map(([label, paths]) => [label, paths.map((path) => join(folder, path))]),
    );
    const options = { trees: trees.map((tree) => join(folder, tree)), labels: map };
    const { needs, images } = await verify(each, folder, options);
    return images.map((image) => needs.at(image.needs[0]).condition);
  };
  const [good, missing, none] = ['good', 'missing', 'no-place'];
  t.strictSame(await conditions([]), [none, none, none, good, none, none, none], 'file: lines alone');
  t.strictSame(await conditions(['base']), [good, missing, missing, missing, none, missing, missing], 'a tree alone');
  t.strictSame(await conditions(['base', 'updates']), [good, good, good, missing, none, missing, missing], 'two trees');
  t.strictSame(
    await conditions(['own'], { Base: ['own', 'base'], Updates: ['updates'] }),
    [good, good, good, good, none, missing, missing],
    'labels, also through others',
  );
});

t.test('names with line feeds, which a .jigdo has as URLs do, and with CR', async (t) => {
  const folder = t.testdir({});
  const tree = join(folder, 'tree');
  const names = ['a\nb', 'c\r', 'd%0Ae', 'f%0D'];
  for (const name of names) put(join(tree, name), Buffer.from(name));
  const targets = [...names.map((name) => [name, writtenName(name)]), ['none', 'none%0Ae']];
  const jigdo = jigdoOf(
    join(folder, 'x.jigdo'),
    targets.map(([content, written]) => [Buffer.from(content), quote(`Acme:${written}`)]),
  );
  const { needs } = await verify([jigdo], tree);
  t.strictSame(
    [...needs].map(({ condition, place }) => [condition, place?.rest]),
    [...names.map((name) => ['good', name]), ['missing', 'none%0Ae']],
  );
});

t.test('hostile and strange .jigdo files', async (t) => {
  const folder = t.testdir({ tree: { sub: {} }, secret: 'secret' });
  const secret = Buffer.from('secret');
  const tree = join(folder, 'tree');
  const targets = [
    'Acme:../secret',
    'Acme:sub/../../secret',
    '../secret',
    'Acme:',
    'Acme:sub/',
    'Acme:a\0b',
    'Acme:..',
  ];
  for (const target of targets) {
    const path = jigdoOf(join(folder, 'x.jigdo'), [[secret, target]]);
    t.strictSame(
      [...(await verify([path], tree)).needs].map(({ condition }) => condition),
      ['unsafe'],
      JSON.stringify(target),
    );
  }
  put(join(folder, 'device.jigdo'), '[Parts]\nAAAAAAAAAAAAAAAAAAAAAA=file:/dev/zero\nnot-a-checksum=Acme:x\n');
  const log = new Log();
  const device = await verify([join(folder, 'device.jigdo')], tree, { trees: [], reporter: log });
  t.match([...device.needs], [{ condition: 'unreadable', reason: 'Not a regular file' }]);
  t.match(log.warnings, [/device.jigdo: line 3: not a checksum: `not-a-checksum'/]);
  put(join(folder, 'many.jigdo'), '[Image]\n'.repeat(2000));
  put(join(folder, 'new.jigdo'), '[Jigdo]\nVersion=9.0\n');
  const names = ['gone.jigdo', 'many.jigdo', 'new.jigdo'].map((name) => join(folder, name));
  const unusable = await verify(names, tree, { reporter: log });
  t.strictSame([unusable.exitCode, unusable.unusable], [2, names]);
  t.match(log.warnings.slice(1), [/No such file/, /more than 1000 images/, /Upgrade required/]);
  await t.rejects(verify([], join(folder, 'gone')), { exitCode: 2, message: /No such file or directory/ });
  await t.rejects(verify([], join(folder, 'secret')), { exitCode: 2, message: /Not a directory/ });
});

t.test('templates', async (t) => {
  const folder = t.testdir({});
  const tree = join(folder, 'tree');
  const contents = [...writeTree(tree, 3, 4).values()];
  await publish(join(folder, 'cd'), tree, contents);
  const [jigdo, template] = [join(folder, 'cd.jigdo'), join(folder, 'cd.template')];
  const state = async (options = {}): Promise<unknown[]> => {
    const { needs, images } = await verify([jigdo], tree, options);
    return [images[0].template, ...[...needs].map(({ condition, length }) => `${condition} ${length !== undefined}`)];
  };
  const all = (text: string): string[] => Array.from({ length: 4 }, () => text);
  t.strictSame(await state(), [template, 'good false', ...all('good true')]);
  const elsewhere = join(folder, 'elsewhere');
  put(join(elsewhere, 'cd.template'), readFileSync(template));
  writeFileSync(template, readFileSync(template).reverse());
  t.strictSame(
    await state(),
    [template, 'superseded false', ...all('good false')],
    'a wrong one is told, and not used',
  );
  rmSync(template);
  t.strictSame(await state(), [undefined, ...all('good false')]);
  t.strictSame(await state({ templateDir: elsewhere }), [
    `${elsewhere}/cd.template`,
    'good false',
    ...all('good true'),
  ]);
  writeFileSync(jigdo, readFileSync(jigdo, 'latin1').replace(/\n[^\n]*=.?Acme:pool[^\n]*\n/, '\n'), 'latin1');
  const { needs, exitCode } = await verify([jigdo], tree, { templateDir: elsewhere });
  const lost = [...needs].filter(({ condition }) => condition === 'no-place');
  t.match(lost, [{ reason: 'the .jigdo does not list it' }]);
  t.equal(exitCode, 1);
});
