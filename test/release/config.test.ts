// Configurations: those that are right, and a folder of those that are wrong, whose names say what is wrong.
import t from 'tap';
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JigdoError } from '../../src/errors.js';
import { readConfig } from '../../src/release/config.js';

const BAD = fileURLToPath(new URL('../bad/release', import.meta.url));

const TREE = { path: 'tree', label: 'L', servers: 'http://a/' };

/** A message as a file can be called: `LINE COLUMN` first, only letters, digits and blanks. */
function asName(message: string): string {
  return message
    .replace(/^.*?\/bad\/release\/[^:]*/, '')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim();
}

t.test('a bad configuration gives the error that its name tells, with line and column', async (t) => {
  const names = readdirSync(BAD);
  t.ok(names.length >= 20, 'there are some');
  for (const name of names) {
    try {
      readConfig(join(BAD, name));
      t.fail(name, { message: 'no error' });
    } catch (error) {
      if (!(error instanceof JigdoError)) throw error;
      t.notMatch(error.message, '\n', 'one line');
      t.equal(asName([...error.details, error.message].join(' ')), basename(name, extname(name)));
    }
  }
});

t.test('what is left out has defaults, and paths are relative to the file', async (t) => {
  const cwd = t.testdir({ 'a.yaml': 'images: x.iso\ntrees: [{path: ../tree/, label: L, servers: "http://a/"}]\n' });
  const { images, trees, output, names, sums, options, cache, state } = readConfig(join(cwd, 'a.yaml'));
  t.strictSame(
    { images, trees, output, names, sums, options, cache, state },
    {
      images: ['x.iso'],
      trees: [{ path: join(cwd, '../tree'), label: 'L', servers: ['http://a/'] }],
      output: cwd,
      names: { jigdo: '{name}.jigdo', template: '{name}.template' },
      sums: ['sha256', 'md5'],
      options: {
        algorithm: 'md5',
        compression: 'gzip',
        level: 9,
        minLength: 1024,
        minMatched: undefined,
        exclude: [],
        check: true,
      },
      cache: `${cwd}/.jigdo-release/cache.db`,
      state: `${cwd}/.jigdo-release/a.yaml`,
    },
  );
});

t.test('JSON, with tabs and all, is read as well', async (t) => {
  const config = { images: ['x.iso'], trees: [TREE], options: { level: 3 }, state: '/var/s', cache: 'c.db' };
  const cwd = t.testdir({ 'jigdo.json': JSON.stringify(config, undefined, '\t') });
  const read = readConfig(join(cwd, 'jigdo.json'));
  t.match(read, { state: '/var/s', cache: `${cwd}/c.db`, options: { level: 3 } });
  writeFileSync(join(cwd, 'jigdo.json'), '{\n\t"images": ["x.iso"],\n\t"tres": []\n}');
  t.throws(() => readConfig(join(cwd, 'jigdo.json')), {
    message: /jigdo.json:3:2: unknown key `tres' \(did you mean `trees'\?\)/,
  });
});

t.test('all problems are told, in the order of the file', async (t) => {
  const cwd = t.testdir({ 'a.yaml': 'images: 5\nsums: [md6]\ntrees: x\n' });
  t.throws(() => readConfig(join(cwd, 'a.yaml')), {
    message: /a.yaml: 3 problems: nothing was done$/,
    details: [/:1:9: images: must be a text or a list, not 5$/, /:2:8: sums\[0\]: .* `md5'/, /:3:8: trees: /],
  });
});

t.test('numbers that JSON does not know are told as what they are', async (t) => {
  const rest = 'images: x.iso\ntrees: [{path: tree, label: L, servers: "http://a/"}]\n';
  const cwd = t.testdir({ 'a.yaml': `${rest}options: {min-matched: .nan}\n`, 'b.yaml': `${rest}sums: .inf\n` });
  t.throws(() => readConfig(join(cwd, 'a.yaml')), {
    message: /:3:24: options\.min-matched: must be a number, not NaN$/,
  });
  t.throws(() => readConfig(join(cwd, 'b.yaml')), { message: /:3:7: sums: must be a list, not Infinity$/ });
});

t.test('hostile files end quickly, in one line', async (t) => {
  const bombs = {
    'deep.yaml': '['.repeat(100_000),
    'deep-block.yaml': '- '.repeat(100_000),
    'deep-key.yaml': '? '.repeat(100_000),
    'deep-indent.yaml': Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''),
    'laughs.yaml': `a: &a [x,x]\n${[...'bcdefghij'].map((c, i) => `${c}: &${c} [${`*${'abcdefghi'[i]},`.repeat(9)}]`).join('\n')}\n`,
    'huge.yaml': ' '.repeat(1_100_000),
    'binary.yaml': Buffer.from([0xff, 0xfe, 0, 1]),
    'loop.yaml': '&a [*a]',
  };
  const cwd = t.testdir(bombs);
  for (const name of Object.keys(bombs)) {
    t.throws(() => readConfig(join(cwd, name)), { name: 'JigdoError', message: /^[^\n]+$/ }, name);
  }
  t.throws(() => readConfig(join(cwd, 'none.yaml')), { message: /No such file/ });
  t.throws(() => readConfig(cwd), { message: /it is a folder, not a configuration file$/ });
});

t.test('lists and maps as keys are refused, and Node says nothing', async (t) => {
  const cwd = t.testdir({
    'list.yaml': 'images: x\n? [a, b]\n: 1\ntrees: [{path: t, label: L, servers: http://a/}]\n',
    'map.yaml': '? {a: b}\n: 1\n',
    'alias.yaml': 'images: *a\x01b\n',
  });
  const warnings: Error[] = [];
  const hear = (warning: Error): number => warnings.push(warning);
  process.on('warning', hear);
  t.throws(() => readConfig(join(cwd, 'list.yaml')), { message: /: unknown key `\[ a, b \]'$/ });
  t.throws(() => readConfig(join(cwd, 'map.yaml')), { message: /problems/ });
  t.throws(() => readConfig(join(cwd, 'alias.yaml')), {
    message: /:1:9: nothing before is called `a\\x01b'$/,
  });
  // Node tells them on its next turn.
  await new Promise(setImmediate);
  process.off('warning', hear);
  t.strictSame(warnings, []);
});

t.test('a server without a scheme, which would be a path beside the .jigdo', (t) => {
  const head = 'images: x.iso\ntrees:\n  - path: tree\n    label: L\n    servers: ';
  const cwd = t.testdir({
    'host.yaml': `${head}mirror.example.org/x/\n`,
    'second.yaml': `${head}[http://a/, https:/b/c/]\n`,
    'label.yaml': `${head}[http://a/, L:x/, file:/srv/x/]\n`,
  });
  const read = (name: string) => readConfig(join(cwd, name));
  t.throws(() => read('host.yaml'), {
    message:
      /host\.yaml:5:14: .*servers: `mirror\.example\.org\/x\/' is no URL \(did you mean `http:\/\/mirror\.example\.org\/x\/'\?\)$/,
    exitCode: 3,
  });
  t.throws(() => read('second.yaml'), { message: /second\.yaml:5:26: .*`https:\/b\/c\/' .*`https:\/\/b\/c\/'/ });
  t.equal(read('label.yaml').trees[0].servers.length, 3);
  t.end();
});
