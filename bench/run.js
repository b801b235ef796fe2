// npm run bench: ours and its peers in turn, A B C A B C…: medians, and what the others take as multiples of ours.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from './lib/arguments.js';
import { CASES } from './lib/cases.js';
import { installed, measure, median } from './lib/measure.js';

const USAGE = `npm run bench -- [--runs N] [--dir DIR] [--corpus DIR] [--json FILE] [--without CONTENDER]… [CASE…]
Cases: ${Object.keys(CASES).join(', ')}`;

const { values, positionals } = readArguments(
  USAGE,
  {
    runs: { type: 'string', default: '5' },
    dir: { type: 'string', default: join(tmpdir(), 'jigdo-bench') },
    corpus: { type: 'string' },
    json: { type: 'string' },
    without: { type: 'string', multiple: true, default: [] },
  },
  true,
);
/** A name stands for the cases that begin with it, too: `download` for `download-far`. */
const means = (word, name) => name === word || name.startsWith(`${word}-`);
const unknown = positionals.filter((word) => !Object.keys(CASES).some((name) => means(word, name)));
if (unknown.length > 0) {
  console.error(`no such case: ${unknown.join(', ')}; there are: ${Object.keys(CASES).join(', ')}`);
  process.exit(3);
}

mkdirSync(values.dir, { recursive: true });
const machine = {
  date: new Date().toISOString(),
  cpu: cpus()[0].model,
  cores: availableParallelism(),
  arch: arch(),
  node: process.version,
};
console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; medians of ${values.runs} runs, in turn\n`);
const results = [];
const chosen = Object.keys(CASES).filter(
  (name) => !positionals.length || positionals.some((word) => means(word, name)),
);
for (const name of chosen) {
  const { needs, missing } = CASES[name];
  const absent = needs && !installed(needs) ? needs : missing?.();
  if (absent) {
    console.log(`${name}: needs ${absent}\n`);
    continue;
  }
  const stops = [];
  const owner = { teardown: (stop) => stops.push(stop) };
  const all = await CASES[name].prepare(values.dir, values.corpus, owner);
  const contenders = all.filter(({ who, needs }) => !values.without.includes(who) && (!needs || installed(needs)));
  for (const { setUp, warm, argv } of contenders) {
    if (setUp) await measure(setUp);
    if (warm) await measure(argv);
  }
  // The first round brings programs and inputs into the page cache and is not counted.
  const runs = contenders.map(() => []);
  for (let round = 0; round <= Number(values.runs); round++) {
    for (const [i, contender] of contenders.entries()) {
      if (contender.once && round !== 1) continue;
      const run = await runOnce(contender);
      if (round > 0) runs[i].push(run);
    }
  }
  for (const stop of stops) await stop();
  const rows = contenders.map(({ who }, i) => ({
    who,
    runs: runs[i].length,
    seconds: median(runs[i].map((r) => r.seconds)),
    cpu: median(runs[i].map((r) => r.cpu)),
    peak: Math.max(...runs[i].map((r) => r.peak)),
    ...(runs[i][0].traffic && {
      requests: median(runs[i].map((r) => r.traffic.requests)),
      bytes: median(runs[i].map((r) => r.traffic.bytes)),
    }),
  }));
  results.push({ case: name, about: CASES[name].about, rows });
  print(name, CASES[name].about, rows);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...machine, results }, null, 2)}\n`);

async function runOnce({ who, argv, before, cwd, traffic, equal }) {
  for (const path of [...(before ?? []), ...(cwd ? [cwd] : [])]) rmSync(path, { recursive: true, force: true });
  if (cwd) mkdirSync(cwd);
  const earlier = await traffic?.();
  const run = await measure(argv, { cwd });
  const later = await traffic?.();
  if (equal && spawnSync('cmp', equal).status !== 0) throw new Error(`${who}: ${equal.join(' and ')} differ`);
  if (!later) return run;
  return { ...run, traffic: { requests: later.requests - earlier.requests, bytes: later.bytes - earlier.bytes } };
}

function print(name, about, rows) {
  console.log(`${name}: ${about}`);
  for (const { who, seconds, cpu, peak, runs, requests, bytes } of rows) {
    const ratio = `ours is ${(rows[0].seconds / seconds).toFixed(2)}x`;
    const traffic = bytes === undefined ? '' : `${(bytes / 1e6).toFixed(1).padStart(6)} MB in ${requests} requests  `;
    console.log(
      `  ${who.padEnd(18)} ${seconds.toFixed(3).padStart(8)} s  cpu ${cpu.toFixed(2).padStart(6)} s  ` +
        `peak ${(peak / 1e6).toFixed(0).padStart(5)} MB  ${traffic}${who === rows[0].who ? '' : ratio}${runs === 1 ? ' (1 run)' : ''}`,
    );
  }
  console.log();
}
