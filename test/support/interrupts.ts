// Interrupts real processes at random moments, also while they load their modules.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { LONGEST } from './aborts.js';
import { filesIn, openWorld, type Job } from './every-job.js';
import { Random } from './random-trees.js';

/** Milliseconds after which an interrupted command hangs. */
const PATIENCE = 30_000;

/** A command that runs, and what it has said. */
class Command {
  readonly child: ChildProcess;
  readonly closed: Promise<unknown>;
  said = '';

  constructor({ bin = 'jigdo', args }: Job, cwd: string) {
    const program = fileURLToPath(new URL(`../../bin/${bin}.js`, import.meta.url));
    // Settings of a person are not read, nor written.
    const settings = ['NODE_OPTIONS=', 'JIGDO_CACHE=', `HOME=${cwd}/home`, `XDG_CONFIG_HOME=${cwd}/home`];
    this.child = spawn('env', [...settings, process.execPath, program, ...args], { cwd });
    this.closed = once(this.child, 'close');
    const listen = (chunk: Buffer): void => void (this.said += chunk.toString());
    this.child.stdout?.on('data', listen);
    this.child.stderr?.on('data', listen);
  }

  /** The exit code; 130 if the signal killed it, as shells say. */
  get code(): number | null {
    return this.child.signalCode === 'SIGINT' ? 130 : this.child.exitCode;
  }
}

/** Which commands are interrupted, and how often each. */
export interface Interrupts {
  readonly turns: number;
  readonly seed: number;
  readonly isChosen: (job: Job, index: number) => boolean;
}

/**
 * Sends SIGINT to commands: each ends with 130, or had done all before; it says so in a line or dies without a word, and leaves nothing half done.
 */
export async function interruptAll(t: Test, { turns, seed, isChosen }: Interrupts): Promise<void> {
  const { cwd, jobs, reset } = await openWorld(t);
  const random = new Random(seed);
  for (const job of jobs.filter(isChosen)) {
    await t.test(job.name, { timeout: LONGEST }, async (t) => {
      const { outputs = [], kept, exitCode = 0, until } = job;
      const contents = (): (Buffer | undefined)[] =>
        outputs.map((name) => (existsSync(join(cwd, name)) ? readFileSync(join(cwd, name)) : undefined));
      reset(job);
      const old = contents();
      const names = new Set(filesIn(cwd));
      const began = performance.now();
      const whole = new Command(job, cwd);
      if (until !== undefined) {
        while (!whole.said.includes(until) && whole.code === null) await setTimeout(5);
        whole.child.kill('SIGINT');
      }
      await whole.closed;
      const duration = performance.now() - began;
      t.ok([exitCode, until === undefined ? exitCode : 130].includes(whole.code ?? -1), whole.said);
      const right = contents();
      const problems: string[] = [];
      for (let turn = 0; turn < turns; turn++) {
        reset(job);
        const delay = random.below(Math.ceil(duration));
        const command = new Command(job, cwd);
        const tell = (text: string): void => void problems.push(`after ${delay} ms: ${text}: ${command.said}`);
        await Promise.race([setTimeout(delay), command.closed]);
        command.child.kill('SIGINT');
        const timer = new AbortController();
        const late = setTimeout(PATIENCE, 'late', { signal: timer.signal }).catch(() => undefined);
        if ((await Promise.race([command.closed, late])) === 'late') {
          tell('hangs');
          command.child.kill('SIGKILL');
          await command.closed;
        }
        timer.abort();
        if (command.code !== 130 && command.code !== exitCode) tell(`ends with ${command.code}`);
        if (/^\s+at |node:|Error|Unexpected|Warning/m.test(command.said)) tell('says what nobody can use');
        if (command.said.split('Interrupted').length > 2) tell('says it twice');
        for (const [i, bytes] of contents().entries()) {
          const isOld = bytes === undefined ? old[i] === undefined : old[i]?.equals(bytes) === true;
          const isRight = bytes !== undefined && right[i]?.equals(bytes) === true;
          if (!isOld && !isRight) tell(`${outputs[i]} is not as it was, and not right`);
          else if (!isRight && command.code !== 130) tell(`${outputs[i]} is not made`);
        }
        const isKnown = (name: string): boolean =>
          names.has(name) || outputs.includes(name) || kept?.test(name) === true || name.startsWith('home');
        const litter = filesIn(cwd).filter((name) => !isKnown(name));
        if (litter.length > 0) tell(`leaves ${litter.join(' ')}`);
      }
      t.strictSame(problems, []);
    });
  }
}
