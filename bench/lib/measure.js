// Runs a command and measures it as a whole process.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** GNU time, which asks the kernel for the figures of the finished process. Without it there is wall time only. */
const GNU_TIME = spawnSync('/usr/bin/time', ['-f', '%U', 'true']).status === 0;

/** Whether a program is on the PATH. */
export const installed = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/**
 * @typedef {{ seconds: number, cpu: number, peak: number }} Run wall seconds, user + system seconds, peak memory in bytes
 *
 * @param {string[]} argv
 * @param {{ status?: number[], cwd?: string }} options exit codes that are fine (default: 0), the folder to run in
 * @returns {Promise<Run>}
 */
export async function measure(argv, { status = [0], cwd } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'jigdo-bench-'));
  const figures = join(dir, 'figures');
  const command = GNU_TIME ? ['/usr/bin/time', '-o', figures, '-f', '%U %S %M', ...argv] : argv;
  const began = performance.now();
  const child = spawn(command[0], command.slice(1), { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr = (stderr + chunk).slice(-2000)));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const seconds = (performance.now() - began) / 1000;
  if (!status.includes(code)) throw new Error(`${argv.join(' ')} ended with ${code}: ${stderr.trim()}`);
  const last = GNU_TIME ? readFileSync(figures, 'utf8').trim().split('\n').at(-1) : 'NaN NaN NaN';
  const [user, system, peak] = last.split(' ').map(Number);
  rmSync(dir, { recursive: true });
  return { seconds, cpu: user + system, peak: peak * 1024 };
}

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
