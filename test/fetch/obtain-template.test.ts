// Templates: found, fetched, resumed, and never used unchecked.
import t from 'tap';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { EXIT } from '../../src/errors.js';
import { fromText } from '../../src/format/bytes.js';
import { checkAnnounced, checkRoom } from '../../src/fetch/check-template.js';
import { loadJigdo } from '../../src/fetch/jigdo-source.js';
import type { OfferedImage } from '../../src/fetch/offered-image.js';
import { obtainTemplate, type ObtainOptions } from '../../src/fetch/obtain-template.js';
import { encodeDesc, encodeHeader } from '../../src/format/template.js';
import { MemoryReader } from '../../src/io/reader.js';
import { openTransport } from '../../src/net/open-transport.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import { Log } from '../support/log.js';
import {
  atFirst,
  corrupt,
  cutAfter,
  endless,
  gzipped,
  ignoreRange,
  startFaultyServer,
  status,
  type Behaviour,
} from '../support/servers/faulty-http.js';
import { data, noise, templateOf } from '../support/template-builder.js';

const TEMPLATE = templateOf([data(noise(200_000))]);
const base64 = (hash: string): string => createHash(hash).update(TEMPLATE).digest('base64url');
const SUMS = `Template-MD5Sum=${base64('md5')}\nTemplate-SHA256Sum=${base64('sha256')}\n`;
const jigdo = (sums = SUMS, name = 'a b.template'): Buffer =>
  Buffer.from(`[Jigdo]\nGenerator=libjte-2\n[Image]\nFilename=a.iso\nTemplate=${name}\n${sums}`);

const transport = openTransport();
t.teardown(() => transport.close());

async function offered(location: string): Promise<OfferedImage> {
  return (await loadJigdo(fromText(location), { transport, reporter: new Log() })).images[0];
}
function options(folder: string, more: Partial<ObtainOptions> = {}): ObtainOptions & { reporter: Log } {
  const reporter = new Log();
  return { transport, folder: fromText(`${folder}/`), retries: 2, ...more, reporter };
}

void t.test('from a server', async (t) => {
  const server = await startFaultyServer(
    t,
    new Map([
      ['/a.jigdo', jigdo()],
      ['/none.jigdo', jigdo('')],
      ['/wrong.jigdo', jigdo(SUMS.replace(/=.{3}/, '=AAA'))],
      ['/a%20b.template', TEMPLATE],
      ['/small.jigdo', jigdo(`# Template size ${TEMPLATE.length - 1} bytes\n`)],
      ['/100%25.template', TEMPLATE],
      ['/percent.jigdo', jigdo(SUMS, '100%.template')],
      ['/page.html', Buffer.from('<html>Please log in')],
      ['/half.template', TEMPLATE.subarray(0, 100_000)],
    ]),
  );
  const gets = (): number => server.asked.filter(({ path }) => path === '/a%20b.template').length;
  const image = await offered(`${server.url}a.jigdo`);

  await t.test('fetched once, then found', async (t) => {
    const folder = t.testdir();
    const path = await obtainTemplate(image, options(folder));
    t.equal(path, join(folder, 'a b.template'));
    t.ok(readFileSync(path).equals(TEMPLATE));
    const before = gets();
    t.equal(await obtainTemplate(image, options(folder)), path);
    t.equal(gets(), before, 'not fetched again');
    t.strictSame(readdirSync(folder), ['a b.template']);
  });

  await t.test('a connection that breaks, now and for good', async (t) => {
    const folder = t.testdir();
    server.behaviours.set('/a%20b.template', cutAfter(50_000));
    await obtainTemplate(image, options(folder));
    t.ok(readFileSync(join(folder, 'a b.template')).equals(TEMPLATE), 'resumed as long as something comes');
    const ranges = server.asked.flatMap(({ headers }) => headers.range ?? []);
    t.ok(ranges.includes('bytes=50000-'), ranges.join(' '));

    const second = t.testdir();
    server.behaviours.set('/a%20b.template', atFirst(1, cutAfter(70_000)));
    const controller = new AbortController();
    const stopping = options(second, { signal: controller.signal });
    stopping.reporter.progress = (_what, done) => done >= 60_000 && controller.abort();
    await t.rejects(obtainTemplate(image, stopping), { name: 'AbortError' });
    t.match(readdirSync(second), [/^\.a b\.template\.[0-9a-f]{16}\.part$/]);
    server.behaviours.set('/a%20b.template', ignoreRange);
    await obtainTemplate(image, options(second));
    t.strictSame(readdirSync(second), ['a b.template']);
    server.behaviours.clear();
  });

  await t.test('what came before the server had it no more is continued another day', async (t) => {
    const folder = t.testdir();
    const before = gets();
    server.behaviours.set('/a%20b.template', ({ nth, ...exchange }) =>
      (nth === before ? cutAfter(70_000) : status(404))({ nth, ...exchange }),
    );
    await t.rejects(obtainTemplate(image, options(folder)), { message: /404 Not Found/ });
    t.match(readdirSync(folder), [/^\.a b\.template\.[0-9a-f]{16}\.part$/]);
    server.behaviours.clear();
    await obtainTemplate(image, options(folder));
    t.match(server.asked.at(-1)?.headers.range, /^bytes=[67]\d{4}-$/);
    t.strictSame(readdirSync(folder), ['a b.template']);
  });

  await t.test('a partial copy that is damaged, or too long', async (t) => {
    for (const damaged of [Buffer.from('damaged'), Buffer.concat([TEMPLATE, Buffer.alloc(9)])]) {
      const folder = t.testdir();
      const part = `.a b.template.${createHash('md5').update(TEMPLATE).digest('hex').slice(0, 16)}.part`;
      writeFileSync(join(folder, part), damaged);
      await obtainTemplate(image, options(folder));
      t.ok(readFileSync(join(folder, 'a b.template')).equals(TEMPLATE));
    }
  });

  await t.test('a server that sends next to nothing each time is given up', async (t) => {
    const folder = t.testdir();
    server.behaviours.set('/a%20b.template', cutAfter(100));
    const before = gets();
    await t.rejects(obtainTemplate(image, options(folder)), { message: /ended too early|Connection closed/ });
    t.ok(gets() - before <= 3, `asked ${gets() - before} times`);
    server.behaviours.clear();
  });

  await t.test('other places are tried, whatever is wrong with the first', async (t) => {
    const kinds: Record<string, Behaviour> = {
      ...{ refused: status(403), busy: status(503), nonsense: status(999), wrong: corrupt(1000), 'too long': endless },
      ...{ 'next to nothing': cutAfter(100), packed: gzipped, cut: cutAfter(0) },
    };
    for (const [name, behaviour] of Object.entries(kinds)) {
      const folder = t.testdir();
      server.behaviours.set('/bad/a%20b.template', behaviour);
      const templates = [fromText(`${server.url}bad/a%20b.template`), ...image.templates];
      await obtainTemplate({ ...image, templates }, options(folder, { retries: 0, maxTemplate: 1 << 20 }));
      t.ok(readFileSync(join(folder, 'a b.template')).equals(TEMPLATE), name);
      t.strictSame(readdirSync(folder), ['a b.template'], name);
    }
    server.behaviours.set('/a%20b.template', status(404));
    server.behaviours.set('/bad/a%20b.template', corrupt(1000));
    const templates = [...image.templates, fromText(`${server.url}bad/a%20b.template`)];
    await t.rejects(obtainTemplate({ ...image, templates }, options(t.testdir())), {
      exitCode: EXIT.mismatch,
      message: /this is not the template/,
    });
    server.behaviours.set('/bad/a%20b.template', gzipped);
    await t.rejects(obtainTemplate({ ...image, templates }, options(t.testdir())), {
      message: /bad\/a%20b\.template: The server sends it compressed \(Content-Encoding: gzip\)/,
    });
    server.behaviours.clear();
  });

  await t.test('nothing came, nothing stays', async (t) => {
    const folder = t.testdir();
    server.behaviours.set('/a%20b.template', cutAfter(0));
    await t.rejects(obtainTemplate(image, options(folder, { retries: 0 })));
    t.strictSame(readdirSync(folder), []);
    server.behaviours.clear();
  });

  await t.test('names as jigdo-file writes them', async (t) => {
    const percent = await offered(`${server.url}percent.jigdo`);
    const path = await obtainTemplate(percent, options(t.testdir()));
    t.match(path, /100%\.template$/);
  });

  await t.test('wrong content is never used', async (t) => {
    const folder = t.testdir();
    server.behaviours.set('/a%20b.template', corrupt(1000));
    await t.rejects(obtainTemplate(image, options(folder)), {
      exitCode: EXIT.mismatch,
      message: /a b\.template: this is not the template of the \.jigdo: its md5 is .* but the \.jigdo says/,
    });
    t.strictSame(readdirSync(folder), []);
    server.behaviours.clear();
    const wrong = await offered(`${server.url}wrong.jigdo`);
    await t.rejects(obtainTemplate(wrong, options(folder)), { exitCode: EXIT.mismatch, message: /its md5 is/ });
  });

  await t.test('too long', async (t) => {
    const folder = t.testdir();
    const limited = options(folder, { maxTemplate: 1000 });
    await t.rejects(obtainTemplate(image, limited), {
      message: /Longer than 1000 bytes \(jigdo download --max-template allows more\)/,
    });
    server.behaviours.set('/a%20b.template', endless);
    await t.rejects(obtainTemplate(image, limited), { message: /Longer than 1000 bytes/ });
    server.behaviours.clear();
    const small = await offered(`${server.url}small.jigdo`);
    await t.rejects(obtainTemplate(small, options(folder)), { message: /Longer than \d+ bytes$/ });
    t.notOk(existsSync(join(folder, 'a b.template')));
  });

  await t.test('what is in the way', async (t) => {
    const folder = t.testdir({ 'a b.template': 'somebody wrote this' });
    await t.rejects(obtainTemplate(image, options(folder)), { message: /is in the way: it is not a template/ });
    t.equal(readFileSync(join(folder, 'a b.template'), 'utf8'), 'somebody wrote this');
    writeFileSync(join(folder, 'a b.template'), templateOf([data('of last week')]));
    await obtainTemplate(image, options(folder));
    t.ok(readFileSync(join(folder, 'a b.template')).equals(TEMPLATE), 'an older template is replaced');
  });

  await t.test('without a checksum', async (t) => {
    const none = await offered(`${server.url}none.jigdo`);
    const work = options(t.testdir());
    await obtainTemplate(none, work);
    t.match(work.reporter.warnings, [/has no checksum of its template: .* cannot be checked/]);
    for (const [what, url] of [
      ['a page', `${server.url}page.html`],
      ['half a template', `${server.url}half.template`],
    ]) {
      const folder = t.testdir();
      const templates = [fromText(url)];
      await t.rejects(obtainTemplate({ ...none, templates }, options(folder)), {
        exitCode: EXIT.failed,
        message: new RegExp(`^${url}: `),
      });
      t.strictSame(readdirSync(folder), [], `${what} is not in the way of the next run`);
      await obtainTemplate({ ...none, templates: [...templates, ...none.templates] }, options(folder));
      t.ok(readFileSync(join(folder, 'a b.template')).equals(TEMPLATE), `the next place, after ${what}`);
    }
  });
});

void t.test('on this machine', async (t) => {
  const folder = t.testdir({ 'a.jigdo': jigdo(), elsewhere: {} });
  const image = await offered(join(folder, 'a.jigdo'));
  const work = options(join(folder, 'elsewhere'));
  await t.rejects(obtainTemplate(image, work), { message: `the template \`${folder}/a b.template' does not exist` });
  writeFileSync(join(folder, 'elsewhere/a b.template'), TEMPLATE);
  t.equal(
    await obtainTemplate(image, work),
    join(folder, 'elsewhere/a b.template'),
    'found in the folder of the image',
  );
  writeFileSync(join(folder, 'a b.template'), TEMPLATE);
  t.equal(await obtainTemplate(image, work), join(folder, 'a b.template'), 'used where it is');
  writeFileSync(join(folder, 'a b.template'), 'x');
  await t.rejects(obtainTemplate(image, work), { exitCode: EXIT.mismatch, message: /its md5 is/ });
});

void t.test('however a .jigdo on this machine is named, its template is beside it', async (t) => {
  const leaf = 'a #1%20.template';
  const texts: [string, string][] = [
    ['beside', leaf],
    ['escaped', 'a%20%231%2520.template'],
    ['URL', 'file://localhost/FOLDER/a%20%231%2520.template'],
    ['path', `FOLDER/${leaf}`],
  ];
  const root = t.testdir({ out: {}, 'ü %41?': { [leaf]: TEMPLATE } });
  const folder = join(root, 'ü %41?');
  const escaped = folder.split('/').map(encodeURIComponent).join('/');
  for (const [name, reference] of texts) {
    const place = name === 'URL' ? escaped.slice(1) : folder;
    writeFileSync(join(folder, `${name} %#.jigdo`), jigdo(SUMS, reference.replace('FOLDER', place)));
    const path = join(folder, `${name} %#.jigdo`);
    const url = `${escaped}/${encodeURIComponent(`${name} %#.jigdo`)}`;
    for (const location of [path, relative('', path), `file:${path}`, `file://${path}`, `file://${url}`]) {
      const found = await obtainTemplate(await offered(location), options(join(root, 'out')));
      t.ok(readFileSync(Buffer.from(found, 'latin1')).equals(TEMPLATE), location);
    }
    t.equal((await offered(`FILE://LOCALHOST${url}`)).templates[0].includes(':'), false, 'a path');
  }
  await t.rejects(offered(`file://elsewhere${folder}/x.jigdo`), { message: /Files of other hosts/ });
  await t.rejects(offered(`file://${folder}/none.jigdo`), { message: /No such file/ });
});

void t.test('names with colons are names, here and on a server', async (t) => {
  const names = ['foo-1:2.template', 'ab:c.template', 'http:x.template', 'a:b.template'];
  const files = new Map(
    names.flatMap((name) => [[`/${name}`, TEMPLATE] as const, [`/${name}.jigdo`, jigdo(SUMS, name)] as const]),
  );
  const server = await startFaultyServer(t, files);
  for (const name of names) {
    const folder = t.testdir({ [name]: TEMPLATE, 'a.jigdo': jigdo(SUMS, name), out: {} });
    const here = await obtainTemplate(await offered(join(folder, 'a.jigdo')), options(join(folder, 'out')));
    t.equal(join(here), join(folder, name));
    await obtainTemplate(await offered(`${server.url}${name}.jigdo`), options(join(folder, 'out')));
    t.strictSame(readdirSync(join(folder, 'out')), [name]);
    t.ok(readFileSync(join(folder, 'out', name)).equals(TEMPLATE));
  }
});

void t.test('announced sizes and digests, and room', async (t) => {
  const template = openTemplate(new MemoryReader(TEMPLATE, 'x.template'));
  const md5 = createHash('md5').update(noise(200_000)).digest('hex');
  const announce = async (comments: string): Promise<void> => {
    const folder = t.testdir({ 'a.jigdo': jigdo(comments) });
    checkAnnounced(template, await offered(join(folder, 'a.jigdo')));
  };
  await announce(`# Image size 200000 bytes\n# Image Hex MD5Sum ${md5}\n`);
  await t.rejects(announce('# Image size 1000 bytes\n'), {
    message: /it makes 200000 bytes, but .* announces .* 1000/,
  });
  await t.rejects(announce(`# Image Hex MD5Sum ${'0'.repeat(32)}\n`), {
    exitCode: EXIT.mismatch,
    message: /of other content than/,
  });

  const folder = fromText(`${t.testdir()}/`);
  checkRoom(template.name, template.images[0].length, folder, `${folder}a.iso.tmp`);
  const digest = new Uint8Array(16);
  const length = 2 ** 48 - 1;
  const entries = [
    { kind: 'part', algorithm: 'md5', length, digest, rsum: new Uint8Array(8), written: false },
  ] as const;
  const image = { kind: 'image', algorithm: 'md5', length, digest, blockLength: 1024 } as const;
  const bomb = Buffer.concat([encodeHeader('md5', 'test/1'), encodeDesc([...entries], [image])]);
  const opened = openTemplate(new MemoryReader(bomb, 'bomb.template'));
  t.throws(() => checkRoom(opened.name, opened.images[0].length, folder, 'none'), {
    message: /^bomb\.template: the image has 281474976710655 bytes/,
  });
});
