import t from 'tap';
import { readFileSync } from 'node:fs';
import { COMMANDS } from '../../src/cli/commands.js';
import { helpText } from '../../src/cli/help.js';

t.test('the overview names every command', async (t) => {
  const text = await helpText(undefined);
  for (const { name, operands } of COMMANDS) t.match(text, `  jigdo ${name} ${operands}`.trimEnd());
  t.match(text, 'Exit codes: 0 done, 1 more files are needed, 2 content is wrong, 3 failed.');
});

t.test('each command has its usage, its options and an example', async (t) => {
  for (const command of COMMANDS) {
    const text = await helpText(command);
    t.match(text, `Usage: jigdo ${command.name} [OPTIONS]`);
    for (const { name, kind, hidden } of command.options) {
      if (!hidden) t.match(text, kind === 'negatable' ? `--no-${name} ` : `--${name} `);
    }
    t.match(text, /\nExamples:\n {2}# .+\n {2}.*jigdo /);
    t.ok(
      Math.max(
        ...text
          .split('\n')
          .slice(0, -9)
          .map((line) => line.length),
      ) <= 80,
      'fits a terminal',
    );
  }
});

t.test('one option, one meaning: name, letter and kind are the same in all commands', async (t) => {
  const names = new Map<string, string>();
  const letters = new Map<string, string>();
  for (const { name, short, kind } of COMMANDS.flatMap(({ options }) => options)) {
    t.equal(names.get(name) ?? kind, kind, name);
    names.set(name, kind);
    if (!short) continue;
    t.equal(letters.get(short) ?? name, name, short);
    letters.set(short, name);
  }
});

t.test('docs/cli.md names the options that add up', (t) => {
  const docs = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const [, sentence = ''] = /These add up instead: ([^]*?)\. /.exec(docs) ?? [];
  const lists = COMMANDS.flatMap(({ options }) => options.filter(({ kind }) => kind === 'list'));
  const named = [...sentence.matchAll(/`--([a-z-]+)`/g)].map(([, name]) => name);
  t.strictSame(named.filter((name) => name !== 'jigdo').sort(), [...new Set(lists.map(({ name }) => name))].sort());
  t.end();
});
