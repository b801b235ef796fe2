import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { digestOf } from '../../src/checksum/digest.js';
import { toBase64 } from '../../src/format/bytes.js';
import type { PartEntry } from '../../src/format/template.js';
import { serverOf } from '../../src/net/url.js';
import { downloadImage, type DownloadImageOptions, type DownloadImageResult } from '../../src/fetch/download-image.js';
import type { FetchEvent } from '../../src/fetch/fetch-parts.js';
import { openTransport } from '../../src/net/open-transport.js';
import { Log } from '../support/log.js';
import * as faulty from '../support/servers/faulty-http.js';
import { data, imageOf, noise, part, templateOf, treeFile, type Piece } from '../support/template-builder.js';

const FILES = Array.from({ length: 12 }, (_, i) => noise(2000 + 777 * i * i, i + 1));
const BIG = noise(10_000_000, 99);
const PIECES = [data('HEAD'), ...FILES.flatMap((file) => [part(file), data('-')]), part(FILES[3]), part(BIG)];
const CONTENT = new Map([...FILES, BIG].map((file, i) => [`/f${i}`, file]));
const NAMES = new Map(Array.from(CONTENT, ([name, file]) => [toBase64(digestOf('md5', file)), name]));

/** A folder with a template, and downloads into it. */
class Bench {
  readonly image: string;
  readonly template: string;
  readonly pieces: readonly Piece[];
  readonly log = new Log();
  readonly events: FetchEvent[] = [];
  readonly #transport;

  constructor(t: Test, pieces: readonly Piece[] = PIECES) {
    const dir = t.testdir({ 'x.template': templateOf(pieces) });
    this.image = `${dir}/out.iso`;
    this.template = `${dir}/x.template`;
    this.pieces = pieces;
    this.#transport = openTransport({ timeout: 1500, connections: 4 });
    t.teardown(() => this.#transport.close());
  }

  /** Downloads from these servers, all of the same tier. */
  async download(
    servers: readonly { readonly url: string }[],
    options: Partial<DownloadImageOptions> = {},
  ): Promise<DownloadImageResult> {
    return await downloadImage({
      image: this.image,
      template: this.template,
      files: [],
      candidates: (entry) => this.candidates(servers, entry),
      transport: this.#transport,
      settings: { connections: 4, retries: 2 },
      reporter: this.log,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
  }

  candidates(
    servers: readonly { readonly url: string }[],
    entry: PartEntry,
    tier = 1,
  ): ReturnType<DownloadImageOptions['candidates']> {
    const name = (NAMES.get(toBase64(entry.digest)) ?? '').slice(1);
    return servers.map(({ url }) => ({ url: `${url}${name}`, server: serverOf(url), tier }));
  }

  good(t: Test, result: DownloadImageResult): void {
    t.match(result, { status: 'created', exitCode: 0, missing: [] });
    t.ok(readFileSync(this.image).equals(imageOf(this.pieces)), 'the image');
    t.notOk(existsSync(`${this.image}.tmp`), 'no .tmp');
  }
}

t.test('from a good server, each part once', async (t) => {
  const bench = new Bench(t);
  const server = await faulty.startFaultyServer(t, CONTENT);
  const result = await bench.download([server]);
  bench.good(t, result);
  t.equal(result.rounds[0].parts, 13);
  const whole = new Set(server.asked.filter(({ headers }) => headers.range === undefined).map(({ path }) => path));
  t.equal(whole.size, 13);
  t.ok(result.rounds[0].bytes >= BIG.length, 'bytes are counted');
});

t.test('what is on the disk is not fetched', async (t) => {
  const bench = new Bench(t);
  const server = await faulty.startFaultyServer(t, CONTENT);
  const old = `${bench.image}.old`;
  writeFileSync(old, BIG);
  bench.good(t, await bench.download([server], { files: [treeFile(old)] }));
  t.notOk(server.asked.some(({ path }) => path === '/f12'));
});

t.test('two servers, one of which misbehaves', async (t) => {
  const behaviours: Record<string, [faulty.Behaviour, RegExp | undefined]> = {
    'lacks all': [faulty.status(404), undefined],
    'is forbidden': [faulty.status(403), undefined],
    'is busy': [faulty.status(503), undefined],
    corrupts: [faulty.corrupt(), /wrong content/],
    'sends too little': [faulty.wrongLength(-5), /wrong content: \d+ bytes instead of/],
    'is endless': [faulty.endless, undefined],
    cuts: [faulty.cutAfter(900), undefined],
    'is silent': [faulty.silent, undefined],
    stalls: [faulty.stallAfter(700), undefined],
    'sends another range': [faulty.otherRange(3), undefined],
    'ignores ranges': [faulty.ignoreRange, undefined],
    'sends huge headers': [faulty.hugeHeader(100_000), undefined],
    'redirects to files': [faulty.redirect('file:///etc/passwd'), undefined],
  };
  for (const [name, [behaviour, warning]] of Object.entries(behaviours)) {
    t.test(`one ${name}`, async (t) => {
      const bench = new Bench(t);
      const good = await faulty.startFaultyServer(t, CONTENT);
      const bad = await faulty.startFaultyServer(t, CONTENT);
      bad.otherwise = behaviour;
      bench.good(t, await bench.download([bad, good]));
      if (warning) t.match(bench.log.warnings.join('\n'), warning);
      for (const line of bench.log.warnings) t.ok(line.startsWith(bad.url), 'the culprit is named');
    });
  }
});

t.test('a single server with passing troubles', async (t) => {
  const behaviours: Record<string, faulty.Behaviour> = {
    'is busy at first': faulty.atFirst(1, faulty.status(503)),
    'cuts at first': faulty.atFirst(2, faulty.cutAfter(1500)),
    'sends in chunks': faulty.chunked,
    'stalls at first': faulty.atFirst(1, faulty.stallAfter(100)),
  };
  for (const [name, behaviour] of Object.entries(behaviours)) {
    t.test(name, async (t) => {
      const bench = new Bench(t);
      const server = await faulty.startFaultyServer(t, CONTENT);
      for (const path of ['/f2', '/f4', '/f8']) server.behaviours.set(path, behaviour);
      bench.good(t, await bench.download([server]));
    });
  }
});

t.test('a large part goes on where it was cut', async (t) => {
  const pieces = [part(BIG)];
  const bench = new Bench(t, pieces);
  const server = await faulty.startFaultyServer(t, CONTENT);
  server.otherwise = faulty.cutAfter(1_000_000);
  const result = await bench.download([server]);
  bench.good(t, result);
  t.ok(result.rounds[0].bytes < BIG.length * 1.2, 'hardly anything came twice');
});

t.test('what nobody has is missing, and the rest is kept', async (t) => {
  const bench = new Bench(t);
  const server = await faulty.startFaultyServer(t, CONTENT);
  server.behaviours.set('/f3', faulty.status(404));
  server.behaviours.set('/f5', faulty.corrupt());
  const result = await bench.download([server]);
  t.match(result, { status: 'incomplete', exitCode: 1, needed: 14, found: 11 });
  t.same(
    result.rounds[0].missing.map(({ attempts }) => attempts),
    [[{ url: `${server.url}f3`, reason: '404 Not Found' }], [{ url: `${server.url}f5`, reason: 'wrong content' }]],
  );
  server.behaviours.clear();
  server.asked.length = 0;
  bench.good(t, await bench.download([server]));
  t.same(server.asked.map(({ path }) => path).sort(), ['/f3', '/f5'], 'only what was missing is fetched');
});

t.test('a server that is not there is given up soon', async (t) => {
  const bench = new Bench(t);
  const result = await bench.download([{ url: 'http://127.0.0.1:1/' }]);
  t.match(result, { status: 'incomplete', exitCode: 1 });
  t.match(result.rounds[0].mirrors, [{ retired: 'Connection refused' }]);
  t.match(result.rounds[0].missing[0].attempts[0].reason, /Connection refused/);
});

t.test('places of a later tier only when the earlier ones fail', async (t) => {
  const bench = new Bench(t);
  const own = await faulty.startFaultyServer(t, CONTENT);
  const other = await faulty.startFaultyServer(t, CONTENT);
  own.behaviours.set('/f7', faulty.status(404));
  const candidates = (entry: PartEntry): ReturnType<DownloadImageOptions['candidates']> => [
    ...bench.candidates([own], entry, 0),
    ...bench.candidates([other], entry, 1),
  ];
  bench.good(t, await bench.download([], { candidates }));
  t.same(
    other.asked.map(({ path }) => path),
    ['/f7'],
  );
});

t.test('a damaged .tmp is mended by fetching the wrong part only', async (t) => {
  const bench = new Bench(t);
  const server = await faulty.startFaultyServer(t, CONTENT);
  server.behaviours.set('/f1', faulty.status(404));
  await bench.download([server]);
  const tmp = readFileSync(`${bench.image}.tmp`);
  tmp[10]++;
  writeFileSync(`${bench.image}.tmp`, tmp);
  server.behaviours.clear();
  server.asked.length = 0;
  const result = await bench.download([server]);
  bench.good(t, result);
  t.same(
    server.asked.map(({ path }) => path),
    ['/f1', '/f0'],
  );
  t.match(bench.log.warnings.join('\n'), /damaged at 1 places/);
});

t.test('interrupted, then resumed', async (t) => {
  const bench = new Bench(t);
  const server = await faulty.startFaultyServer(t, CONTENT);
  server.behaviours.set('/f12', faulty.stallAfter(5_000_000));
  const controller = new AbortController();
  const onEvent = (event: FetchEvent): void => {
    if (event.event === 'part') setTimeout(() => controller.abort(), 100);
  };
  await t.rejects(bench.download([server], { signal: controller.signal, onEvent }), { name: 'AbortError' });
  t.ok(existsSync(`${bench.image}.tmp`));
  server.behaviours.clear();
  server.asked.length = 0;
  bench.good(t, await bench.download([server]));
  t.ok(server.asked.some(({ path }) => path === '/f12'));
});

t.test('many parts, which are checked when they are complete, of which one server spoils some', async (t) => {
  const files = Array.from({ length: 40 }, (_, i) => noise(1_000_000 + 60_000 * i, 100 + i));
  const names = files.map((file, i) => [toBase64(digestOf('md5', file)), `/many${i}`] as const);
  for (const [digest, name] of names) NAMES.set(digest, name);
  const content = new Map(files.map((file, i) => [`/many${i}`, file]));
  const bench = new Bench(t, [data('HEAD'), ...files.map((file) => part(file))]);
  const [good, bad] = await Promise.all([faulty.startFaultyServer(t, content), faulty.startFaultyServer(t, content)]);
  for (const i of [1, 7, 20]) bad.behaviours.set(`/many${i}`, faulty.corrupt(5000));
  const result = await bench.download([], {
    candidates: (entry) => [...bench.candidates([bad], entry, 1), ...bench.candidates([good], entry, 2)],
  });
  bench.good(t, result);
  const blamed = bench.events.flatMap((event) =>
    event.event === 'failure' && event.reason === 'wrong content' ? [event.url] : [],
  );
  t.strictSame(
    blamed.toSorted(),
    [1, 20, 7].map((i) => `${bad.url}many${i}`),
  );
  t.equal(bench.events.filter(({ event }) => event === 'part').length, 40);
});

/** Answers what is asked for on a connection at the same time, in the wrong order. */
async function startMixingServer(t: Test, content: ReadonlyMap<string, Buffer>): Promise<{ readonly url: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    let asked: string[] = [];
    const answer = (): void => {
      for (const path of asked.reverse()) {
        const body = content.get(path);
        socket.write(`HTTP/1.1 ${body ? '200 OK' : '404 Not Found'}\r\nContent-Length: ${body?.length ?? 0}\r\n\r\n`);
        if (body) socket.write(body);
      }
      asked = [];
    };
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      if (asked.length === 0) setTimeout(answer, 10);
      for (const [, path] of bytes.toString('latin1').matchAll(/^GET (\S+)/gm)) asked.push(path);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

t.test('a proxy that mixes up what is asked for in a row costs no part', async (t) => {
  const files = Array.from({ length: 60 }, (_, i) => noise(i % 2 === 0 ? 5000 : 5000 + i, 1000 + i));
  const content = new Map(files.map((file, i) => [`/mixed${i}`, file]));
  for (const [name, file] of content) NAMES.set(toBase64(digestOf('md5', file)), name);
  const [gone] = [...content.keys()].slice(-1);
  content.delete(gone);
  const bench = new Bench(t, [data('HEAD'), ...files.map((file) => part(file))]);
  const mixing = await startMixingServer(t, content);
  const there = await faulty.startFaultyServer(t, new Map([[gone, files[59]]]));
  const result = await bench.download([], {
    candidates: (entry) => [...bench.candidates([mixing], entry, 1), ...bench.candidates([there], entry, 2)],
  });
  bench.good(t, result);
  t.ok(bench.log.warnings.some((text) => text.includes('among other answers on a connection')));
  t.notOk(
    bench.log.warnings.some((text) => text.endsWith(': wrong content')),
    'no place is blamed',
  );
});
