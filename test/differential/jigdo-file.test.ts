// The original and ours, side by side on the same command lines: exit codes, stdout, and the files made.
import t from 'tap';
import { mkdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { oracle } from '../support/oracle.js';
import { ALLOWED, type Difference } from './jigdo-file/allowed.js';
import { title, type Case } from './jigdo-file/case.js';
import { cases } from './jigdo-file/cases.js';
import { makeFixture } from './jigdo-file/fixture.js';
import { OURS, copyWorld, runCase, statesOf, type Outcome } from './jigdo-file/run.js';

/** Pairs of processes at a time. */
const AT_ONCE = 4;

/** More cases: JIGDO_DIFFERENTIAL=20 for twenty times as many. */
const SCALE = Number(process.env.JIGDO_DIFFERENTIAL ?? '1');

const original = oracle(t, 'jigdo-file');

/** The two programs; the letter is where their worlds are. */
const PROGRAMS = { a: [original as string], b: [process.execPath, OURS] };

void t.test('the same command lines', { skip: original ? false : 'jigdo-file is not installed' }, async (t) => {
  // The machine may have other things to do.
  t.setTimeout(900_000);
  const folder = t.testdir({});
  const fixture = join(folder, 'fixture');
  mkdirSync(fixture);
  makeFixture(fixture, original as string);
  const all = [...new Map(cases(SCALE).map((each) => [title(each), each])).entries()];
  const only = process.env.JIGDO_ONLY;
  const queue = only ? all.filter(([name]) => name.includes(only)) : all;
  const seen = new Map<string, number>();
  let compared = 0;
  let calls = 0;

  const compare = async (name: string, each: Case, number: number): Promise<void> => {
    const outcomes: Outcome[] = [];
    for (const [letter, program] of Object.entries(PROGRAMS)) {
      // Names of one length, since the output of neither program may depend on it.
      const place = join(folder, each.reads ? `${letter}0000` : `${letter}${1000 + number}`);
      if (!each.reads) await copyWorld(fixture, place);
      outcomes.push(await runCase(each, program, place));
      if (!each.reads) await rm(place, { recursive: true });
    }
    compared++;
    calls += each.calls.length;
    for (const difference of differences(each, outcomes[0], outcomes[1])) {
      const allowed = ALLOWED.find(({ covers }) => covers(difference));
      if (allowed) seen.set(allowed.name, (seen.get(allowed.name) ?? 0) + 1);
      else t.fail(name, report(difference));
    }
  };
  for (const letter of Object.keys(PROGRAMS)) await copyWorld(fixture, join(folder, `${letter}0000`));
  const untouched = statesOf(join(folder, 'a0000'));
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await compare(...next, queue.length);
  });
  await Promise.all(lanes);
  t.strictSame(names(statesOf(join(folder, 'a0000'))), names(untouched), 'reading, the original makes no files');
  t.strictSame(names(statesOf(join(folder, 'b0000'))), names(untouched), 'nor do we');
  t.comment(`${compared} cases with ${calls} calls of each program`);
  for (const [name, count] of [...seen].sort()) t.comment(`allowed, ${count} times: ${name}`);
  if (only) return;
  t.ok(compared >= 450, 'there are several hundred cases');
  t.strictSame(
    ALLOWED.map(({ name }) => name).filter((name) => !seen.has(name)),
    [],
    'every allowed difference is real',
  );
});

void t.test('the allowed differences are told to people', async (t) => {
  const text = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
  const told = [...text.matchAll(/^\| ([^|`]+) \|/gm)].map(([, name]) => name.trim());
  for (const { name } of ALLOWED) t.ok(told.includes(name), name);
});

/** Names of files, without their inodes. */
function names(states: ReadonlyMap<string, string>): string[] {
  return [...states.keys()].sort();
}

function* differences({ calls }: Case, theirs: Outcome, ours: Outcome): Generator<Difference> {
  for (const [i, call] of calls.entries()) {
    const both = { call, original: theirs.calls[i], ours: ours.calls[i] };
    if (both.original.code !== both.ours.code) yield { ...both, what: 'exit code' };
    if (both.original.stdout !== both.ours.stdout) yield { ...both, what: 'stdout' };
  }
  const last = {
    call: calls[calls.length - 1],
    original: theirs.calls[calls.length - 1],
    ours: ours.calls[calls.length - 1],
  };
  for (const file of new Set([...theirs.files.keys(), ...ours.files.keys()])) {
    const contents = [theirs.files.get(file), ours.files.get(file)] as const;
    if (contents[0] !== contents[1]) yield { ...last, what: 'file', file, contents };
  }
}

function report({ what, original, ours, file, contents }: Difference): Record<string, unknown> {
  const cut = (text: string | undefined): string | undefined => text?.slice(0, 800);
  return {
    what,
    file,
    original: cut(what === 'file' ? contents?.[0] : what === 'stdout' ? original.stdout : `exit code ${original.code}`),
    ours: cut(what === 'file' ? contents?.[1] : what === 'stdout' ? ours.stdout : `exit code ${ours.code}`),
    'stderr of the original': cut(original.stderr),
    'our stderr': cut(ours.stderr),
  };
}
