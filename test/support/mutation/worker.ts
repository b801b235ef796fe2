// The thread that reads inputs.
import { parentPort, workerData } from 'node:worker_threads';
import { Random } from '../random-trees.js';
import { KINDS } from './kinds.js';
import type { Chunk, Message } from './run.js';
import { removeScratchFile } from './scratch-file.js';

/** MiB that the process may take more than at the beginning: all threads together. */
const MOST_MIB = 700;

const now = workerData as Int32Array;
const say = (message: Message): void => parentPort?.postMessage(message);

/** What Node would say on stderr. */
const warnings: string[] = [];
process.emitWarning = (warning: string | Error) => void warnings.push(String(warning));

/** The most memory that the process had. */
const peakMib = (): number => process.resourceUsage().maxRSS / 1024;
let limit = peakMib() + MOST_MIB;

async function read({ kind, from, to }: Chunk): Promise<void> {
  let slowest = { seed: from, milliseconds: 0 };
  for (let seed = from; seed <= to; seed++) {
    Atomics.store(now, 0, seed);
    const begin = performance.now();
    try {
      const running = KINDS[kind].run(new Random(seed));
      if (running) await running;
      const warning = warnings.pop();
      if (warning !== undefined) throw new Error(`Node warns: ${warning}`);
    } catch (error) {
      say({ type: 'failure', kind, seed, reason: String(error instanceof Error ? error.stack : error) });
      to = seed;
    }
    const milliseconds = performance.now() - begin;
    if (milliseconds > slowest.milliseconds) slowest = { seed, milliseconds };
    const peak = peakMib();
    if (peak > limit) {
      say({
        type: 'failure',
        kind,
        seed,
        reason: `the process took ${Math.round(peak)} MiB, here or in another thread`,
      });
      limit = peak + MOST_MIB;
    }
  }
  say({ type: 'done', slowest, last: to });
}

parentPort?.on('message', (chunk: Chunk | undefined) => {
  if (chunk) void read(chunk);
  else {
    removeScratchFile();
    parentPort?.close();
  }
});
