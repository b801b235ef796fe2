// The original and ours, side by side on the same command lines: exit codes, stdout, and the files made.
import t from 'tap';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { oracle } from '../support/oracle.js';
import { Shell } from '../support/shell.js';
import { ALLOWED, type Difference } from './jigdo-file/allowed.js';
import { title, type Case } from './jigdo-file/case.js';
import { cases } from './jigdo-file/cases.js';
import { makeFixture } from './jigdo-file/fixture.js';
import { Resident } from './jigdo-file/resident.js';
import { OURS, processOf, residentOf, runCase, statesOf, World, type Outcome, type Program } from './jigdo-file/run.js';

/** Cases at a time. */
const AT_ONCE = 2;

/** Our program is started for one in so many cases; for the others it is at hand, which takes a tenth of the time. */
const STARTED = process.env.JIGDO_LONG ? 1 : 10;

/** More cases: JIGDO_DIFFERENTIAL=20 for twenty times as many. */
const SCALE = Number(process.env.JIGDO_DIFFERENTIAL ?? '1');

/** What the cases of a lane, which run one after the other, share. */
interface Lane {
  readonly original: Program;
  /** Ours, started for each call, and at hand. */
  readonly started: Program;
  readonly resident: Program;
  /** The worlds of the original and of ours, for cases that make files. */
  readonly making: readonly World[];
}

const original = oracle(t, 'jigdo-file');

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

  /** The worlds of both programs: names of one length, since the output of neither may depend on it. */
  const worlds = (name: string): World[] => ['a', 'b'].map((letter) => new World(fixture, join(folder, letter + name)));

  const compare = async (name: string, each: Case, number: number, lane: Lane): Promise<void> => {
    const [first, second] = each.reads ? reading : lane.making;
    const ours = number % STARTED === 0 ? lane.started : lane.resident;
    const outcomes = [await runCase(each, lane.original, first), await runCase(each, ours, second)];
    compared++;
    calls += each.calls.length;
    for (const difference of differences(each, outcomes[0], outcomes[1])) {
      const allowed = ALLOWED.find(({ covers }) => covers(difference));
      if (allowed) seen.set(allowed.name, (seen.get(allowed.name) ?? 0) + 1);
      else t.fail(name, report(difference));
    }
  };
  const reading = worlds('0');
  const untouched = names(await reading[0].states());
  await reading[1].states();
  const lanes = Array.from({ length: AT_ONCE }, async (_, i) => {
    const shell = new Shell();
    using resident = new Resident();
    const started = processOf(shell, process.execPath, OURS);
    const lane = {
      original: processOf(shell, original as string),
      started,
      resident: residentOf(resident, started),
      making: worlds(`${i + 1}`),
    };
    for (let next = queue.shift(); next; next = queue.shift()) await compare(...next, queue.length, lane);
  });
  await Promise.all(lanes);
  t.strictSame(names(statesOf(reading[0].place)), untouched, 'reading, the original makes no files');
  t.strictSame(names(statesOf(reading[1].place)), untouched, 'nor do we');
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
