// npm run bench -- [--runs N] [--dir DIR] [--corpus DIR] [--json FILE] [case…]
// Ours and its peers in turn, A B C A B C…: medians, and what the others take as multiples of ours.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES } from './lib/cases.js';
import { installed, measure, median } from './lib/measure.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '5' },
    dir: { type: 'string', default: join(tmpdir(), 'jigdo-bench') },
    corpus: { type: 'string' },
    json: { type: 'string' },
  },
});
const unknown = positionals.filter((name) => !(name in CASES));
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
for (const name of positionals.length > 0 ? positionals : Object.keys(CASES)) {
  const contenders = CASES[name].prepare(values.dir, values.corpus).filter(({ needs }) => !needs || installed(needs));
  for (const { setUp, warm, argv } of contenders) {
    if (setUp) await measure(setUp);
    if (warm) await measure(argv);
  }
  // The first round brings programs and inputs into the page cache and is not counted.
  const runs = contenders.map(() => []);
  for (let round = 0; round <= Number(values.runs); round++) {
    for (const [i, { argv, before, once }] of contenders.entries()) {
      if (once && round > 1) continue;
      if (once && round === 0) continue;
      for (const path of before ?? []) rmSync(path, { force: true });
      const run = await measure(argv);
      if (round > 0) runs[i].push(run);
    }
  }
  const rows = contenders.map(({ who }, i) => ({
    who,
    runs: runs[i].length,
    seconds: median(runs[i].map((r) => r.seconds)),
    cpu: median(runs[i].map((r) => r.cpu)),
    peak: Math.max(...runs[i].map((r) => r.peak)),
  }));
  results.push({ case: name, about: CASES[name].about, rows });
  print(name, CASES[name].about, rows);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...machine, results }, null, 2)}\n`);

function print(name, about, rows) {
  console.log(`${name}: ${about}`);
  for (const { who, seconds, cpu, peak, runs } of rows) {
    const ratio = `ours is ${(rows[0].seconds / seconds).toFixed(2)}x`;
    console.log(
      `  ${who.padEnd(18)} ${seconds.toFixed(3).padStart(8)} s  cpu ${cpu.toFixed(2).padStart(6)} s  ` +
        `peak ${(peak / 1e6).toFixed(0).padStart(5)} MB  ${who === rows[0].who ? '' : ratio}${runs === 1 ? ' (1 run)' : ''}`,
    );
  }
  console.log();
}
