// Our .jigdo text against the original's: what make-template writes and merges, what print-missing-all finds.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type { Algorithm } from '../../src/checksum/algorithm.js';
import { digestOf } from '../../src/checksum/digest.js';
import { compareBytes, fromText, toBase64, toPath, type ByteString } from '../../src/format/bytes.js';
import { printedUri, PartLookup } from '../../src/format/jigdo-lookup.js';
import { parseJigdo } from '../../src/format/jigdo-text.js';
import { buildJigdo, type UsedFile } from '../../src/format/jigdo-write.js';
import { oracle } from '../support/oracle.js';

const program = oracle(t, 'jigdo-file');

interface Sample {
  readonly prefix: ByteString;
  readonly rest: ByteString;
  readonly content: Buffer;
}

/** Content that no other number gives. */
function contentOf(number: number): Buffer {
  const bytes = Buffer.alloc(1100 + number);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * i * 31 + i * (number + 7) + number * 131) % 251;
  return bytes;
}

/** Makes the files `prefix + rest` and an image that holds them in that order. */
function makeTree(dir: string, names: readonly (readonly [ByteString, ByteString])[]): Sample[] {
  const samples = names.map(([prefix, rest], i) => ({ prefix, rest, content: contentOf(i) }));
  for (const { prefix, rest, content } of samples) {
    const path = `${fromText(dir)}/${prefix}${rest}`;
    mkdirSync(toPath(path.slice(0, path.lastIndexOf('/'))), { recursive: true });
    writeFileSync(toPath(path), content);
  }
  writeFileSync(join(dir, 'img'), Buffer.concat([Buffer.from('HEAD'), ...samples.map(({ content }) => content)]));
  return samples;
}

function run(cwd: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(program ?? '', args, { cwd, encoding: 'latin1' });
  return { status, stdout, stderr };
}

interface Options {
  readonly algorithm?: Algorithm;
  readonly labels?: readonly (readonly [label: string, path: string])[];
  readonly uris?: readonly (readonly [label: string, uri: string])[];
  readonly image?: boolean;
  readonly servers?: boolean;
  readonly merge?: ByteString;
}

/** The original's text and ours, which must be equal but for the Generator line, for the same tree and options. */
function both(dir: string, samples: readonly Sample[], folders: readonly string[], options: Options): [string, string] {
  const { algorithm = 'md5', labels = [], uris = [], image = true, servers = true, merge } = options;
  if (merge !== undefined) writeFileSync(join(dir, 'old.jigdo'), merge, 'latin1');
  const { status, stderr } = run(
    dir,
    ...['mt', '-r', 'quiet', '-f', '-i', 'img', '-j', 'new.jigdo', '-t', 'new.template', '-C', algorithm],
    ...labels.flatMap(([label, path]) => ['--label', `${label}=${path}`]),
    ...uris.flatMap(([label, uri]) => ['--uri', `${label}=${uri}`]),
    ...(image ? [] : ['--no-image-section']),
    ...(servers ? [] : ['--no-servers-section']),
    ...(merge === undefined ? [] : ['--merge', 'old.jigdo']),
    ...folders,
  );
  if (status !== 0) throw new Error(stderr);
  const used: UsedFile[] = samples.map(({ prefix, rest, content }) => ({
    digest: digestOf(algorithm, content),
    prefix,
    rest,
  }));
  const ours = buildJigdo({
    generator: 'jigdo-file/0.8.0',
    algorithm,
    ...(image && {
      image: {
        filename: 'img',
        template: 'new.template',
        templateDigest: digestOf(algorithm, readFileSync(join(dir, 'new.template'))),
      },
    }),
    servers,
    used,
    labels: new Map(labels.map(([label, path]) => [path === '' || path.endsWith('/') ? path : `${path}/`, label])),
    uris: new Map(uris),
    ...(merge !== undefined && { merge: parseJigdo(merge) }),
  });
  return [
    readFileSync(join(dir, 'new.jigdo'), 'latin1').replace(/^Generator=jigdo-file.*$/m, 'Generator=jigdo-file/0.8.0'),
    ours,
  ];
}

const ODD_NAMES = [
  ...['plain', 'sp ace', 'tab\tname', 'hash#x', 'back\\slash', 'dq"uote', "sq'uote", `b'oth"q`, "sq'and sp\\ace"],
  ...['trail ', 'eq=ual', 'co:lon', 'br[ack]et', '$dollar', '-dash', 'sub/two words', "sub/'", '"', '~', ';', '%41'],
  ...[fromText('ünïcode'), '\xff\xfe', 'cr\rinside', '\x01', '*', '?'],
];

if (program !== undefined) {
  t.test('odd names', (t: Test) => {
    const dir = t.testdir();
    const samples = makeTree(
      dir,
      ODD_NAMES.map((name) => ['d/', name]),
    );
    for (const algorithm of ['md5', 'sha256'] as const) {
      const [theirs, ours] = both(dir, samples, ['d//'], { algorithm });
      t.equal(ours, theirs, algorithm);
    }
    t.end();
  });

  t.test('names that begin alike', (t: Test) => {
    const dir = t.testdir();
    const names = ['x', 'x.asc', 'xz', 'x~', 'x-1', 'X', 'x1', "x'", 'x y', 'xa', 'xb', 'xc'];
    const samples = makeTree(
      dir,
      names.map((name) => ['d/', name]),
    );
    const [theirs, ours] = both(dir, samples, ['d//'], {});
    t.equal(ours, theirs);
    t.end();
  });

  t.test('labels and URIs', (t: Test) => {
    const dir = t.testdir();
    const samples = makeTree(dir, [
      ['one/', 'a'],
      ["t w'o/", 'b'],
      ['', 'three/c'],
      ['one/', 'd'],
      ['./one/deep/', 'e'],
    ]);
    const folders = ['one//a', "t w'o//", 'three', 'one//d', './one/deep//e'];
    const table: Options[] = [
      {},
      { labels: [['Debian', 'one']] },
      { labels: [['Debian', 'one/']], uris: [['Debian', "http://x/ 'y'"]] },
      { labels: [['De bian', "t w'o"]] },
      { labels: [['X', 'one']], uris: [['A', 'http://no.label/']] },
      {
        labels: [
          ['X', 'one'],
          ['X', "t w'o"],
        ],
      },
      { labels: [['A', 'one']] },
      { labels: [['A', 'elsewhere']] },
      { image: false },
      {
        servers: false,
        labels: [
          ['X', 'one'],
          ['Y', "t w'o"],
          ['Z', './one/deep'],
        ],
      },
      {
        image: false,
        servers: false,
        labels: [
          ['X', 'one'],
          ['Y', "t w'o"],
          ['Z', './one/deep'],
        ],
      },
    ];
    for (const options of table) {
      const [theirs, ours] = both(dir, samples, folders, options);
      t.equal(ours, theirs, JSON.stringify(options));
    }
    t.end();
  });

  t.test('more labels than letters', (t: Test) => {
    const dir = t.testdir();
    const samples = makeTree(
      dir,
      Array.from({ length: 60 }, (_, i) => [`d${i}/`, 'f']),
    );
    const [theirs, ours] = both(
      dir,
      samples,
      samples.map(({ prefix }) => `${prefix}/`),
      { merge: '[Servers]\nC=x\nBA=y\n' },
    );
    t.equal(ours, theirs);
    t.end();
  });

  t.test('merging into random files', (t: Test) => {
    const dir = t.testdir();
    const samples = makeTree(dir, [
      ['d1/', 'one'],
      ['d2/', 'two words'],
      ['d1/', "it's"],
    ]);
    const known = toBase64(digestOf('md5', samples[0].content));
    const anywhere = fc.constantFrom(
      ...['', ' ', '# comment', '  # x', '[Jigdo]', 'Version=1.0', 'Generator=me', '[Image]', ' [ Image ] # x'],
      ...['Template-MD5Sum=', ' Template-MD5Sum =  # put here', 'Template-MD5Sum=abc', "Template-MD5Sum=''"],
      ...['Template-SHA256Sum=', 'Template-SHA256Sum=\t', '[Servers]', '[Servers]', 'A=http://a/', 'B =file:b/'],
      ...['A=file:d1/', 'B=file:d2/', 'X=file:d1/', ' Q = x', '[Parts]', '[Parts]', '[Parts] # here', '[Foo]'],
      ...['[Comment]', '[Include http://x/]', 'zz=Q:f', ' zz = Q:f ', "zz='Q:f f'", 'yy=Q:f', `${known}=Q:old`],
    );
    // A malformed line in [Parts] becomes an entry there, and labels behind a faulty section line are overlooked: defects that
    // are not copied.
    const malformed = ['junk', 'a#b=c', ']='];
    const elsewhere = fc.constantFrom(...malformed);
    const lines = fc.array(fc.oneof({ weight: 9, arbitrary: anywhere }, elsewhere), { maxLength: 16 });
    fc.assert(
      fc.property(
        lines,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.constantFrom<Options>(
          {},
          { algorithm: 'sha256' },
          { image: false },
          { labels: [['X', 'd1']] },
          { labels: [['X', 'd1']], uris: [['X', 'http://u/']] },
          {
            servers: false,
            labels: [
              ['X', 'd1'],
              ['Y', 'd2'],
            ],
          },
        ),
        (lines, newline, ended, options) => {
          let inParts = false;
          const kept = lines.filter((line) => {
            if (/^ *\[ *[A-Z][^\]]*\]( #.*)?$/.test(line)) inParts = line.startsWith('[Parts]');
            return !inParts || !malformed.includes(line);
          });
          const merge = kept.join(newline) + (ended ? newline : '');
          const [theirs, ours] = both(dir, samples, ['d1//', 'd2//'], { ...options, merge });
          if (ours !== theirs) throw new Error(`merging\n${merge}\ngives\n${ours}\ninstead of\n${theirs}`);
        },
      ),
      { numRuns: 80 },
    );
    t.end();
  });

  t.test('what print-missing-all finds and complains about', (t: Test) => {
    const dir = t.testdir();
    const samples = makeTree(dir, [
      ['d/', 'one'],
      ['d/', 'two'],
    ]);
    for (const algorithm of ['md5', 'sha256'] as const) {
      run(dir, 'mt', '-r', 'quiet', '-f', '-i', 'img', '-t', `${algorithm}.template`, '-C', algorithm, 'd//');
    }
    const label = fc.constantFrom('A', 'B', 'C', 'MD5Sum', 'SHA256Sum', '');
    const tail = fc.constantFrom('x/', "'y z'", '"q\\"\\q" r', 'a#b', 'file:f', '', 'FILE:g', '\\', "'open ");
    const value = fc.oneof(
      tail,
      fc.tuple(label, tail).map(([label, tail]) => `${label}:${tail}`),
    );
    const server = fc.tuple(label, value).map(([label, value]) => `${label}=${value}`);
    const junk = fc.constantFrom(
      ...[
        'junk',
        ' a[b=c',
        'a]b',
        'a#b=c',
        '[a b]',
        '[a',
        '[#]',
        '[[',
        '[a]b',
        '[]x',
        '[a#b]',
        '[Include',
        '[include x]',
      ],
      ...['[Include a]x', '# c', '', '\t', '[Servers', '[Parts] x'],
    );
    const header = fc.constantFrom('[Servers]', '[Servers]', ' [ Servers ] # x', '[Other]', '[Include x y]', '[]');
    fc.assert(
      fc.property(
        fc.constantFrom<Algorithm>('md5', 'sha256'),
        fc.array(fc.oneof({ weight: 6, arbitrary: server }, junk, header), { maxLength: 12 }),
        fc.array(
          fc.tuple(
            fc.nat({ max: 2 }),
            value.filter((value) => value !== ''),
          ),
          { maxLength: 4 },
        ),
        fc.array(server, { maxLength: 2 }),
        fc.constantFrom('\n', '\r\n'),
        (algorithm, servers, entries, uris, newline) => {
          const digests = samples.map(({ content }) => digestOf(algorithm, content));
          const parts = entries.map(([i, value]) => `${i < 2 ? toBase64(digests[i]) : 'other'}=${value}`);
          const text = ['[Servers]', ...servers, '[Parts]', ...parts].join(newline);
          writeFileSync(join(dir, 'x.jigdo'), text, 'latin1');
          const { status, stdout, stderr } = run(
            dir,
            ...['pma', '-i', 'none', '-j', 'x.jigdo', '-t', `${algorithm}.template`],
            ...uris.flatMap((uri) => ['--uri', uri]),
          );
          const jigdo = parseJigdo(text);
          const lookup = new PartLookup(jigdo, uris);
          const ours = digests
            .sort((a, b) => compareBytes(Buffer.from(a).toString('latin1'), Buffer.from(b).toString('latin1')))
            .map((digest) => {
              const { uris, fallback } = lookup.locate(toBase64(digest), algorithm);
              return [...uris, ...fallback].map((uri) => `${printedUri(uri)}\n`).join('') + '\n';
            })
            .join('');
          const problems = jigdo.problems.map(({ line, message }) => `${line}: ${message}\n`).join('');
          if (status !== 0 || ours !== stdout || problems !== stderr) {
            throw new Error(
              `${text}\n--uri ${uris.join(' ')}\ngives\n${ours}${problems}\ninstead of\n${stdout}${stderr}`,
            );
          }
        },
      ),
      { numRuns: 100 },
    );
    t.end();
  });
}
