// The environment variables that the programs read are those that the docs tell of.
import t from 'tap';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('../../', import.meta.url));

t.test('every variable that is read is documented, and every one that is documented is read', (t) => {
  const read = new Set<string>();
  const files = ['src', 'bin'].flatMap((folder) =>
    readdirSync(top + folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.[jt]s$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  t.ok(files.length > 100);
  for (const file of files) {
    const code = readFileSync(top + file, 'utf8').replaceAll(/\/\/.*|\/\*[^]*?\*\//g, '');
    for (const [, name] of code.matchAll(/\b(?:process\.env|#?env|environment)\.(\w+)/g)) read.add(name);
    for (const [, names] of code.matchAll(/\{([^{}]*)\} = (?:process\.env|this\.#env|env|environment)\b/g)) {
      for (const [name] of names.matchAll(/(?<=^|,)\s*\w+/g)) read.add(name.trim());
    }
    // Where the name is a value, it is one of a table.
    if (/\benv(?:ironment)?\[/.test(code)) {
      t.equal(file, 'src/net/proxy.ts', `${file} looks for variables that this test cannot see`);
      for (const [, name] of code.matchAll(/'(\w+_proxy)'/gi)) read.add(name);
    }
    if (code.includes('tmpdir()')) read.add('TMPDIR');
    // As a whole it goes only to what looks for names in it, above, and to commands.
    for (const [before] of code.matchAll(/.*\bprocess\.env\b(?![.\w])/g)) {
      t.match(before, /(?:env|environment(?:: NodeJS\.ProcessEnv)?) = process\.env$|^\s*\.\.\.process\.env$/, file);
    }
  }
  read.delete('env');
  const docs = readFileSync(`${top}docs/cli.md`, 'utf8');
  const [, section] = /\n## Environment\n([^]*?)\n`make-template --match-exec`/.exec(docs) ?? [];
  const documented = [...(section ?? '').matchAll(/^\| (`.*?`) +\|/gm)].flatMap(([, cell]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  // Node's own.
  t.strictSame(documented.sort(), [...read, 'NODE_EXTRA_CA_CERTS'].sort());
  t.end();
});
