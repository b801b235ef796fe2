// A name means one thing in the whole project: no two modules export it, no two give different values to a constant of that name.
import t from 'tap';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Exported by each file of a command, for one purpose: the table of commands loads them. */
const SHARED = new Set(['run', 'runAll', 'main']);

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => readFileSync(join(root, 'src', file), 'utf8'));

const DECLARED =
  /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|class|interface|type|const|let|enum) ([A-Za-z_]\w*)/gm;

t.test('exported names are declared in one module', async (t) => {
  const counts = new Map<string, number>();
  for (const text of sources) {
    // A set: overloads, and a type beside the constant of its name, are one declaration.
    for (const name of new Set([...text.matchAll(DECLARED)].map(([, name]) => name))) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  t.ok(counts.size > 500, 'declarations were found');
  const several = [...counts].flatMap(([name, count]) => (count > 1 && !SHARED.has(name) ? [name] : []));
  t.strictSame(several, [], 'exported by several modules');
});

/** A number's value, however it is written; any other text as it stands, and one of several lines as different from all. */
function valueOf(text: string, own: number): string {
  if (/^[\d\s_.*+<()x-]+;$/.test(text)) return String(runInNewContext(text.replaceAll('_', '')));
  return text.endsWith(';') ? text : `${text} ${own}`;
}

t.test('constants of one name have one value', async (t) => {
  const values = new Map<string, Set<string>>();
  for (const [own, text] of sources.entries()) {
    for (const [, name, value] of text.matchAll(/^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: [^=\n]+)? = (.*)$/gm)) {
      values.set(name, (values.get(name) ?? new Set()).add(valueOf(value, own)));
    }
  }
  t.ok(values.size > 300, 'constants were found');
  t.strictSame(
    [...values].flatMap(([name, { size }]) => (size > 1 ? [name] : [])),
    [],
  );
});

t.test('the glossary has each word once', async (t) => {
  const glossary = readFileSync(join(root, 'docs/glossary.md'), 'utf8');
  const words = [...glossary.matchAll(/^\| (?!word|-)(.+?) +\|/gm)].flatMap(([, words]) => words.split(', '));
  t.ok(words.length > 80, 'words were found');
  t.strictSame(words.sort(), [...new Set(words)].sort());
});
