// Aborts jobs at each of their steps, and looks at what is left.
import { createHook, executionAsyncResource } from 'node:async_hooks';
import { getEventListeners, setMaxListeners } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Test } from 'tap';
import { NO_CACHE } from '../../src/cache/types.js';
import { ConsoleReporter } from '../../src/cli/console-reporter.js';
import { loadCommand } from '../../src/cli/jigdo-file/commands.js';
import { readFileSettings } from '../../src/cli/jigdo-file/settings.js';
import { liteArguments } from '../../src/cli/jigdo-lite/arguments.js';
import { TerminalDialogue } from '../../src/cli/jigdo-lite/dialogue.js';
import { Session } from '../../src/cli/jigdo-lite/session.js';
import { LibraryWork } from '../../src/cli/jigdo-lite/work.js';
import { argumentsOf, commandOf, cutCommandLine } from '../../src/cli/parse.js';
import { partCache } from '../../src/cli/part-cache.js';
import { standardInput } from '../../src/cli/standard-input.js';
import { EXIT, JigdoError, reasonOf } from '../../src/errors.js';
import { openTransport } from '../../src/net/open-transport.js';
import { filesIn, openWorld, type Job } from './every-job.js';

/**
 * Runs a job in this process; returns its exit code.
 *
 * @param step called with everything that it says, and may abort it
 * @param abort called when it says what shows that it goes on until then
 */
async function run(job: Job, signal: AbortSignal, step: () => void, abort: () => void): Promise<number> {
  const screen = { isTTY: true, columns: 80, write: step };
  const reporter = new (class extends ConsoleReporter {
    override progress(): void {
      step();
    }
  })('default', screen);
  if (job.bin === 'jigdo-file') {
    const settings = readFileSettings(job.args);
    const run = await loadCommand(settings.command);
    return await run({ settings, reporter, signal, print: step, stdin: standardInput() });
  }
  if (job.bin === 'jigdo-lite') {
    const transport = openTransport();
    try {
      const output = { write: step } as never;
      const dialogue = new TerminalDialogue(true, signal, process.stdin, output);
      const own = { originOf: () => undefined, rememberOrigin: () => {}, cache: partCache(NO_CACHE) };
      const work = new LibraryWork({ transport, reporter, signal, ...own });
      const settings = { mirrors: new Map(), origins: [] } as never;
      const session = new Session({ dialogue, work, reporter, signal, settings, remember: () => {} });
      return await session.run(liteArguments(job.args));
    } finally {
      await transport.close();
    }
  }
  const line = cutCommandLine(job.args);
  const command = commandOf(line);
  if (!command) throw new Error(`no command: ${job.args.join(' ')}`);
  const { run } = await command.load();
  const print = (text: string | Uint8Array): void => {
    step();
    if (job.until !== undefined && text.toString().startsWith(job.until)) abort();
  };
  return await run(argumentsOf(command, line), { reporter, signal, onHangUp: () => {}, print });
}

/** What came of a run. */
interface End {
  readonly steps: number;
  readonly code?: number;
  readonly error?: unknown;
  readonly listeners: number;
  readonly aborted: boolean;
}

/** Milliseconds that all steps of a job may take. */
export const LONGEST = 3_600_000;

/** Why all ends. */
const REASON = new Error('the caller has had enough');

/**
 * Runs a job, and aborts it before its `at`-th step: each time that something goes on which was waited for, or the reporter is
 * told something.
 */
async function runUntil(job: Job, at = Infinity): Promise<End> {
  const controller = new AbortController();
  const { signal } = controller;
  setMaxListeners(0, signal);
  let steps = 0;
  let ended = false;
  const step = (): void => {
    if (!ended && ++steps === at) controller.abort(REASON);
  };
  // In callbacks of other kinds Node is still at work itself.
  const hook = createHook({ before: () => executionAsyncResource() instanceof Promise && step() }).enable();
  const end = (more: { code: number } | { error: unknown }): End => {
    ended = true;
    hook.disable();
    return { steps, ...more, listeners: getEventListeners(signal, 'abort').length, aborted: signal.aborted };
  };
  return await run(job, signal, step, () => controller.abort(REASON)).then(
    (code) => end({ code }),
    (error: unknown) => end({ error }),
  );
}

/** Files below a folder that this process has open. */
function openFiles(folder: string): string[] {
  if (!existsSync('/proc/self/fd')) return [];
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path.slice(folder.length + 1)] : [];
    } catch {
      return [];
    }
  });
}

/** What keeps the process alive, beyond what did before and what is not looked at. */
function moreResources(before: readonly string[], except: readonly string[]): string[] {
  const rest = [...before];
  return process.getActiveResourcesInfo().filter((name) => {
    if (except.includes(name)) return false;
    const known = rest.indexOf(name);
    if (known >= 0) rest.splice(known, 1);
    return known < 0;
  });
}

/** Waits until nothing is left, at most two seconds. */
async function settled(left: () => string[]): Promise<string[]> {
  for (let turn = 0; turn < 200; turn++) {
    if (left().length === 0) return [];
    await setTimeout(10);
  }
  return left();
}

/**
 * Aborts each job at some of its steps: it ends with the reason, or with all done; nothing half done has a final name; nobody listens any more,
 * no file is open, and nothing keeps the process alive; and the next run does all of it.
 *
 * @param choose the steps, from 1, of a job that has so many
 * @param only those whose name has this in it
 */
export async function abortAll(t: Test, choose: (steps: number) => Iterable<number>, only = ''): Promise<void> {
  const { cwd, jobs, reset } = await openWorld(t);
  const here = process.cwd();
  t.teardown(() => process.chdir(here));
  const rejections: unknown[] = [];
  const onRejection = (reason: unknown): void => void rejections.push(reason);
  process.on('unhandledRejection', onRejection);
  t.teardown(() => void process.off('unhandledRejection', onRejection));
  for (const job of jobs.filter(({ name }) => name.includes(only))) {
    await t.test(job.name, { timeout: LONGEST }, async (t) => {
      const { outputs = [], kept, exitCode = EXIT.ok } = job;
      const begin = (): void => {
        process.chdir(here);
        reset(job);
        process.chdir(cwd);
      };
      const contents = (): (Buffer | undefined)[] =>
        outputs.map((name) => (existsSync(name) ? readFileSync(name) : undefined));
      begin();
      const old = contents();
      const names = new Set(filesIn(cwd));
      // What is loaded once stays.
      await runUntil(job);
      begin();
      const whole = await runUntil(job);
      t.equal(whole.code, exitCode, String(whole.error));
      t.equal(whole.listeners, 0, 'nobody listens after the end');
      const right = contents();
      t.notOk(right.includes(undefined), 'all outputs are made');
      const present = new Set(filesIn(cwd));
      await settled(() => openFiles(cwd));
      const before = process.getActiveResourcesInfo();
      // Our FTP server listens anew for each file.
      const ours = job.until === undefined ? ['TCPServerWrap'] : [];
      const problems: string[] = [];
      let aborted = 0;
      for (const at of choose(whole.steps)) {
        begin();
        const tell = (text: string): void => void problems.push(`step ${at} of ${whole.steps}: ${text}`);
        const end = await runUntil(job, at);
        if (end.error !== undefined) {
          aborted++;
          const { error } = end;
          const isTold = error instanceof JigdoError && error.exitCode === EXIT.interrupted;
          if (!end.aborted || (error !== REASON && !isTold)) {
            tell(`rejects with ${inspect(error)}`);
          }
        } else if (end.code !== exitCode) tell(`ends with ${end.code}`);
        if (end.listeners > 0) tell(`${end.listeners} listeners are left`);
        const isRight = (bytes: Buffer | undefined, i: number): boolean =>
          bytes !== undefined && right[i]?.equals(bytes) === true;
        contents().forEach((bytes, i) => {
          const isOld = bytes === undefined ? old[i] === undefined : old[i]?.equals(bytes) === true;
          if (!isRight(bytes, i) && (end.error === undefined || !isOld))
            tell(`${outputs[i]} is not as it was, and not right`);
        });
        const open = await settled(() => openFiles(cwd));
        if (open.length > 0) tell(`still open: ${open.join(' ')}`);
        const resources = await settled(() => moreResources(before, ours));
        if (resources.length > 0) tell(`still alive: ${resources.join(' ')}`);
        const litter = filesIn(cwd).filter((name) => !names.has(name) && !outputs.includes(name) && !kept?.test(name));
        if (litter.length > 0) tell(`litter: ${litter.join(' ')}`);
        const again = end.error === undefined ? undefined : await runUntil(job);
        if (again && again.code !== exitCode) tell(`the next run ends with ${again.code}: ${reasonOf(again.error)}`);
        if (again) contents().forEach((bytes, i) => isRight(bytes, i) || tell(`then ${outputs[i]} is wrong`));
        const litterThen = filesIn(cwd).filter((name) => !present.has(name));
        if (again && litterThen.length > 0) tell(`litter after the next run: ${litterThen.join(' ')}`);
        for (const reason of rejections.splice(0)) tell(`nobody handles ${String(reason)}`);
      }
      t.strictSame(problems, []);
      t.comment(`${whole.steps} steps, ${aborted} of the runs aborted`);
    });
  }
}
