import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import { APPLICATION_ID, cacheFileKind } from '../../src/cache/identify.js';
import { migrate, MIGRATIONS, userVersion } from '../../src/cache/schema.js';
import { openDatabase, prepare } from '../../src/io/sqlite.js';
import { openCache } from '../../src/cache/open.js';
import { NO_CACHE } from '../../src/cache/types.js';
import { fromText } from '../../src/format/bytes.js';
import { oracle } from '../support/oracle.js';
import { factsFor, fileAt, open } from '../support/cache.js';

/** Makes a closed cache that knows the files 0 to `count` - 1 of a folder. */
async function make(path: string, folder: string, count: number): Promise<void> {
  const { cache } = await open(path);
  for (let i = 0; i < count; i++) cache.store(fileAt(`${folder}//${i}`), factsFor(`${i}`));
  cache.close();
}

/** Stores and finds a file, in two runs; gives the warnings of both. */
async function works(t: Test, path: string, folder: string): Promise<string[][]> {
  const first = await open(path);
  first.cache.store(fileAt(`${folder}//works`), factsFor('works'));
  first.cache.close();
  const second = await open(path);
  t.strictSame(second.cache.lookup(fileAt(`${folder}//works`)), factsFor('works'));
  second.cache.close();
  return [first.warnings, second.warnings];
}

t.test('an empty file is a new cache', async (t) => {
  const folder = t.testdir({ empty: '', '\u00e9': '' });
  t.strictSame(await works(t, `${folder}/empty`, folder), [[], []]);
  t.strictSame(await works(t, `${folder}/${fromText('é')}`, folder), [[], []]);
  t.strictSame(readdirSync(folder), ['empty', 'é']);
});

t.test('foreign files are left as they are', async (t) => {
  const foreign = (folder: string): string => `${folder}/F`;
  const cases: Record<string, { what: string; make: (path: string) => void }> = {
    text: { what: 'not a SQLite database', make: (path) => writeFileSync(path, 'hello') },
    'long text': { what: 'not a SQLite database', make: (path) => writeFileSync(path, 'hello'.repeat(1000)) },
    'the magic alone': {
      what: "another program's SQLite database",
      make: (path) => writeFileSync(path, 'SQLite format 3\0'),
    },
    'a database': {
      what: "another program's SQLite database",
      make: (path) => openDatabase(path, 0).exec('PRAGMA journal_mode = WAL; CREATE TABLE file (x)').close(),
    },
    'a database in use': {
      what: "another program's SQLite database",
      make: (path) => {
        const db = openDatabase(path, 0).exec('PRAGMA journal_mode = WAL; CREATE TABLE file (x)');
        t.teardown(() => db.close());
      },
    },
  };
  const program = oracle(t, 'jigdo-file');
  if (program !== undefined) {
    cases["the original's cache"] = {
      what: 'a Berkeley DB, as jigdo-file makes them',
      make: (path) => execFileSync(program, ['scan', `--cache=${path}`, '--report=quiet', process.execPath]),
    };
  }
  for (const [name, { what, make }] of Object.entries(cases)) {
    await t.test(name, async (t) => {
      const folder = t.testdir({});
      const path = foreign(folder);
      make(path);
      const before = readdirSync(folder).map((leaf) => [leaf, readFileSync(`${folder}/${leaf}`)]);
      const warning = `Cache \`${path}' is ${what}: left as it is, using \`${path}.jigdo-sqlite' instead`;
      t.strictSame(await works(t, path, folder), [[warning], [warning]]);
      const after = readdirSync(folder).map((leaf) => [leaf, readFileSync(`${folder}/${leaf}`)]);
      t.strictSame(
        after.filter(([leaf]) => leaf !== 'F.jigdo-sqlite'),
        before,
      );
    });
  }
});

t.test('where no cache can be, there is none', async (t) => {
  const folder = t.testdir({ d: {}, text: 'x', 'text.jigdo-sqlite': 'y', 'd.jigdo-sqlite': {} });
  const refusals: [path: string, reason: string][] = [
    [`${folder}/gone/F`, 'No such file or directory'],
    [`${folder}/text/F`, 'Not a directory'],
    [`${folder}/d`, `it is a directory, and \`${folder}/d.jigdo-sqlite' is a directory`],
    [`${folder}/text`, `it is not a SQLite database, and \`${folder}/text.jigdo-sqlite' is not a SQLite database`],
    [`${folder}/\xff`, 'its name is not UTF-8 text'],
    ['', 'its name is not UTF-8 text'],
  ];
  for (const [path, reason] of refusals) {
    const { cache, warnings } = await open(path);
    t.equal(cache, NO_CACHE);
    t.strictSame(warnings.length, 1);
    t.ok(warnings[0].endsWith(`' is not used: ${reason}`), warnings[0]);
  }
});

t.test('a folder that cannot be written to', async (t) => {
  const folder = t.testdir({});
  await make(`${folder}/F`, folder, 10);
  chmodSync(`${folder}/F`, 0o444);
  chmodSync(folder, 0o555);
  // Permissions do not bind root.
  const user = process.geteuid?.();
  if (user === 0) process.seteuid?.(65534);
  try {
    for (const path of [`${folder}/F`, `${folder}/new`]) {
      const { cache, warnings } = await open(path);
      t.equal(cache, NO_CACHE);
      t.match(warnings, [
        /^Cache `.*' is not used: (unable to open database file|attempt to write a readonly database)$/,
      ]);
      t.equal(warnings.length, 1);
    }
  } finally {
    if (user === 0) process.seteuid?.(0);
    chmodSync(folder, 0o755);
  }
  t.strictSame(readdirSync(folder), ['F']);
});

t.test('later versions are not used', async (t) => {
  const folder = t.testdir({});
  const path = `${folder}/F`;
  await make(path, folder, 10);
  const db = openDatabase(path, 0);
  db.exec('PRAGMA user_version = 99');
  db.close();
  const before = readFileSync(path);
  const { cache, warnings } = await open(path);
  t.equal(cache, NO_CACHE);
  t.strictSame(warnings, [
    `Cache \`${path}' is not used: it has version 99 and was made by a newer jigdo; this one knows versions up to ${MIGRATIONS.length}`,
  ]);
  t.strictSame(readFileSync(path), before);
  t.strictSame(readdirSync(folder), ['F']);
});

t.test('earlier versions are migrated', async (t) => {
  const folder = t.testdir({});
  const path = `${folder}/F`;
  const old = openDatabase(path, 0);
  old.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  old.close();
  t.strictSame(await works(t, path, folder), [[], []], 'from version 0');

  const db = openDatabase(path, 0);
  t.equal(userVersion(db), MIGRATIONS.length);
  migrate(db, [...MIGRATIONS, 'ALTER TABLE file ADD COLUMN device INTEGER', 'UPDATE file SET device = 5']);
  t.equal(userVersion(db), MIGRATIONS.length + 2);
  t.equal(prepare(db, 'SELECT device FROM file').pluck().get(), 5, 'the rows are still there');
  t.throws(() => migrate(db), { message: new RegExp(`version ${MIGRATIONS.length + 2}`) });
  t.throws(() => migrate(db, [...MIGRATIONS, '', '', 'CREATE TABLE more (x); CREATE TABLE file (x)']));
  t.equal(userVersion(db), MIGRATIONS.length + 2, 'a step that fails changes nothing');
  t.equal(prepare(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'more'").pluck().get(), 0);
  db.close();
});

t.test('a database of ours without our tables is made anew', async (t) => {
  const folder = t.testdir({});
  const path = `${folder}/F`;
  openDatabase(path, 0)
    .exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}; CREATE TABLE x (y)`)
    .close();
  t.strictSame(await works(t, path, folder), [
    [`Cache \`${path}' is damaged (no such table: directory): starting with an empty one`],
    [],
  ]);
});

t.test('what SQLite quotes from a damaged file is shown, not sent to the terminal', async (t) => {
  const folder = t.testdir({});
  const path = `${folder}/F`;
  await make(path, folder, 1);
  const bytes = readFileSync(path);
  bytes.write('\x1b', bytes.indexOf('CREATE TABLE') + 13);
  writeFileSync(path, bytes);
  const [[warning]] = await works(t, path, folder);
  t.match(warning, /is damaged \(malformed database schema .*\\x1b/);
});

t.test('a truncated cache is made anew', async (t) => {
  const folder = t.testdir({});
  await make(`${folder}/whole`, folder, 500);
  const size = readFileSync(`${folder}/whole`).length;
  for (const length of [100, 1000, 4096, 5000, 8192, size - 4096]) {
    const path = `${folder}/${length}`;
    cpSync(`${folder}/whole`, path);
    truncateSync(path, length);
    const [first, second] = await works(t, path, folder);
    t.equal(first.length, 1);
    t.match(first[0], /^Cache `.*' is damaged \(.*\): starting with an empty one$/);
    t.strictSame(second, []);
  }
});

t.test('damage anywhere gives no wrong answer, and is repaired', async (t) => {
  const folder = t.testdir({});
  const count = 200;
  await make(`${folder}/whole`, folder, count);
  const whole = readFileSync(`${folder}/whole`);
  const files = Array.from({ length: count }, (_, i) => fileAt(`${folder}//${i}`));
  let state = 12345;
  const random = (below: number): number => (state = (state * 48271) % 0x7fff_ffff) % below;
  let noticed = 0;
  for (let round = 0; round < 32; round++) {
    const path = `${folder}/damaged-${round}`;
    const bytes = Buffer.from(whole);
    // A third of the rounds hits the first page: header, schema.
    const start = random(round % 3 === 0 ? 4096 : whole.length);
    for (let i = start; i < Math.min(whole.length, start + 1 + random(round % 2 === 0 ? 2000 : 8)); i++)
      bytes[i] = random(256);
    writeFileSync(path, bytes);
    const isOurs = cacheFileKind(path).kind === 'ours';
    const { cache, warnings } = await open(path);
    let i = 0;
    for (const [, found] of cache.lookupAll(files)) {
      if (found && !isDeepStrictEqual(found, factsFor(`${i}`))) t.fail(`round ${round}, file ${i} is wrong`);
      i++;
    }
    t.equal(i, count);
    for (const file of files.slice(0, 50)) cache.store(file, factsFor(file.rest));
    cache.stats();
    cache.close();
    if (!isOurs) t.strictSame(readFileSync(path), bytes, 'taken for foreign');
    noticed += Number(warnings.length > 0);
    t.ok(warnings.length <= 2, warnings.join('\n'));
    if (round % 4 !== 0) continue;
    // Damage that reading has not met is met by writing: what was to be written is lost then.
    const repairing = (await open(path)).cache;
    for (const file of files) repairing.store(file, factsFor(file.rest));
    repairing.close();
    await works(t, path, folder);
  }
  t.ok(noticed > 10, `noticed in ${noticed} rounds`);
});

t.test('a cache without times of last change is read anew, and says so once', async (t) => {
  const folder = t.testdir({});
  const path = `${folder}/F`;
  const old = openDatabase(path, 0);
  migrate(old, MIGRATIONS.slice(0, 1));
  old.exec("INSERT INTO directory (path) VALUES (x'2f')");
  old.exec("INSERT INTO file VALUES (1, x'61', 3, 4, 5, 6, 2, x'00')");
  old.close();
  const lines: string[] = [];
  const reporter = {
    warning: (line: string) => t.fail(line),
    progress() {},
    info: (line: string) => void lines.push(line),
  };
  for (const told of [1, 1]) {
    const cache = await openCache(path, { reporter });
    t.equal(cache.stats()?.files, 0, 'none of its digests is believed');
    cache.close();
    t.equal(lines.length, told);
  }
  t.match(lines[0], /an earlier jigdo made it, .* all files are read again, once/);
  t.strictSame(await works(t, path, folder), [[], []]);
});
