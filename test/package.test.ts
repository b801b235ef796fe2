// The package as others get it, and the order of its rooms.
import t from 'tap';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../src/version.js';
import { ALONE, testFiles } from './support/together.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');

/** Each room may import from itself and from those before it (docs/architecture.md); rooms of one line, from none of their neighbours. */
const ROOMS = [
  ['errors.ts', 'version.ts', 'bisect.ts'],
  ['wasm'],
  ['format', 'checksum'],
  ['io'],
  ['image', 'tree', 'cache', 'net'],
  ['rebuild', 'make', 'verify'],
  ['fetch', 'trust'],
  ['inspect', 'mirror', 'release', 'serve'],
  ['index.ts'],
  ['cli'],
];
/** Neighbours that may be used. */
const DOORS = new Set([
  'format -> checksum',
  'make -> rebuild',
  'verify -> rebuild',
  'cache -> tree',
  'fetch -> trust',
]);

/** `import … from`, `import type … from`, `export … from`, `import('…')`. */
const IMPORT = /^(?:import|export)( type)?\s[^;']*?\bfrom '(\.[^']+)\.js'|\bimport\('(\.[^']+)\.js'\)/gm;

/** File -> files it imports: all, or only those that must be loaded before it. */
function imports(all: boolean): Map<string, string[]> {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.d.ts'),
  );
  return new Map(
    files.map((file) => {
      const found = [...readFileSync(join(src, file), 'utf8').matchAll(IMPORT)].flatMap(([, type, first, lazy]) =>
        all || (first && !type) ? [relative(src, join(src, dirname(file), `${first ?? lazy}.ts`))] : [],
      );
      return [file, found];
    }),
  );
}

t.test('what commands write as JSON goes through the one function that leaves secrets out', async (t) => {
  // These write what jigdo itself reads again, or pieces of a text that `display` shows.
  const others = [
    'mirror/image-records.ts',
    'release/record.ts',
    'release/schema.ts',
    'release/staleness.ts',
    'release/starting-config.ts',
  ];
  const users = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && readFileSync(join(src, file), 'utf8').includes('JSON.stringify('),
  );
  t.strictSame(users.sort(), ['format/secrets.ts', ...others]);
});

t.test('what the files of the commands share are plain values', async (t) => {
  const require = createRequire(import.meta.url);
  const folder = join(root, 'dist/bundle');
  const shared = readdirSync(folder).filter((file) => /^chunk-.*\.js$/.test(file));
  t.ok(shared.length > 50, 'the files were found');
  const asked = shared.flatMap((file) => {
    const exported = require(join(folder, file)) as Record<string, unknown>;
    const plain = (name: string): boolean => 'value' in (Object.getOwnPropertyDescriptor(exported, name) ?? {});
    return Object.keys(exported).flatMap((name) => (plain(name) ? [] : [`${file}: ${name}`]));
  });
  t.strictSame(asked, [], 'a getter in a tight loop takes most of its time');
});

t.test('imports point to rooms further down only', async (t) => {
  const room = (file: string): string => file.split('/')[0];
  const level = (file: string): number => ROOMS.findIndex((names) => names.includes(room(file)));
  const graph = imports(true);
  t.ok(graph.size > 50, 'the graph was found');
  const wrong: string[] = [];
  for (const [file, targets] of graph) {
    if (level(file) < 0) wrong.push(`${file}: in no known room`);
    for (const target of targets) {
      const allowed =
        room(target) === room(file) || level(target) < level(file) || DOORS.has(`${room(file)} -> ${room(target)}`);
      if (!allowed) wrong.push(`${file} imports ${target}`);
    }
  }
  t.strictSame(wrong, []);
});

t.test('no two files need each other to be loaded first', async (t) => {
  const graph = imports(false);
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file].join(' -> '));
    if (start >= 0 || done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  t.strictSame(cycles, []);
});

t.test('the library entry can be imported by its name', async (t) => {
  const code = "const m = await import('jigdo'); console.log(Object.keys(m).sort().join(' '))";
  const names = execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: root, encoding: 'utf8' });
  for (const name of ['JigdoError', 'makeImage', 'makeTemplate', 'verifyImage', 'walkTree']) {
    t.ok(names.split(/\s/).includes(name), name);
  }
});

t.test('the program of the README compiles where only the library and the types of Node are', async (t) => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, program] = /```ts\n([^]*?)```/.exec(readme) ?? [];
  t.match(program, /makeTemplate/);
  // Not below this folder, whose packages would be found.
  const dir = mkdtempSync(join(tmpdir(), 'jigdo-consumer-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, 'node_modules/jigdo'), { recursive: true });
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(dir, 'main.ts'), program);
  for (const part of ['dist', 'package.json']) {
    symlinkSync(join(root, part), join(dir, 'node_modules/jigdo', part));
  }
  for (const name of ['@types', 'undici-types']) {
    symlinkSync(join(root, 'node_modules', name), join(dir, 'node_modules', name));
  }
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  for (const module of ['--module nodenext', '--module esnext --moduleResolution bundler']) {
    // Links stay links: what the library finds is what lies beside it there.
    const options = `--ignoreConfig --strict --noEmit --skipLibCheck false --preserveSymlinks --target es2023 --types node ${module}`;
    const { status, stdout } = spawnSync(process.execPath, [tsc, ...options.split(' '), 'main.ts'], {
      cwd: dir,
      encoding: 'utf8',
    });
    t.equal(status, 0, `${module}: ${stdout}`);
  }
});

t.test('version.ts says what package.json says', async (t) => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  t.equal(VERSION, version);
});

t.test('the package holds what runs, and nothing else', async (t) => {
  const { stdout } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string; mode: number }[] }];
  const paths = files.map(({ path }) => path);
  for (const path of [
    'bin/jigdo.js',
    'dist/cli/main.js',
    'dist/index.js',
    'dist/index.d.ts',
    'schema/release.schema.json',
    'README.md',
    'package.json',
  ]) {
    t.ok(paths.includes(path), path);
  }
  t.strictSame(
    paths.filter((path) => !/^(bin|dist|docs|schema)\/|^(README\.md|package\.json|LICENSE)$/.test(path)),
    [],
  );
  t.equal((files.find(({ path }) => path === 'bin/jigdo.js')?.mode ?? 0) & 0o111, 0o111, 'the command is executable');
});

t.test('each test file is run once', async (t) => {
  // The long tests have a command of their own.
  const all = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  const [below, top] = [true, false].map((is) =>
    all.filter((file) => /^(?!long\/).*\.test\.ts$/.test(file) && file.includes('/') === is),
  );
  const texts = top.map((file) => readFileSync(join(root, 'test', file), 'utf8'));
  const calls = texts.flatMap((text) => [...text.matchAll(/^await together\((.*)\)/gm)]);
  const folders = calls.flatMap(([, names]) => [...names.matchAll(/'([^']+)'/g)].map(([, folder]) => folder));
  t.strictSame(folders.flatMap(testFiles).sort(), below.sort());
  const included = readFileSync(join(root, '.taprc'), 'utf8').match(/^ {2}- test\/.*/gm);
  t.strictSame(included?.sort(), ['  - test/*.test.ts', ...ALONE.map((file) => `  - test/${file}`)].sort());
});

t.test('the lock file names no hosts', async (t) => {
  t.notMatch(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved": "https?:/);
});
