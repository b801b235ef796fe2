// Runs the real command as others run it: in a process of its own.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The command; `npm test` builds what it starts. */
export const JIGDO = fileURLToPath(new URL('../../bin/jigdo.js', import.meta.url));

/** The environment of the command: nothing of the tester's own shines through. */
const ENVIRONMENT = { JIGDO_CACHE: '', JIGDO_DEBUG: '', NO_COLOR: '', TERM: 'xterm', NODE_OPTIONS: '' };

/**
 * What to start. env(1) becomes Node: set by it, NODE_OPTIONS stays empty, where tap would fill it to watch its children, which
 * takes them half a second each.
 */
function commandOf(args: readonly string[], env: Record<string, string> = {}): [string, string[]] {
  const settings = Object.entries({ ...ENVIRONMENT, ...env }).map(([name, value]) => `${name}=${value}`);
  return ['env', [...settings, process.execPath, JIGDO, ...args]];
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs it to its end in the folder `cwd`. */
export function jigdo(
  cwd: string,
  args: readonly string[],
  { input, env }: { input?: Uint8Array; env?: Record<string, string> } = {},
): Outcome {
  const { status, stdout, stderr } = spawnSync(...commandOf(args, env), { cwd, input, maxBuffer: 1 << 28 });
  return { code: status, stdout, stderr: stderr.toString('utf8') };
}

/** Runs it to its end while this process goes on, which may have servers to run. What hangs is killed after a minute: code null. */
export async function jigdoBeside(
  cwd: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Outcome> {
  const child = spawn(...commandOf(args, env), { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
  const [stdout, stderr]: Buffer[][] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8') };
}

/** A command that is still running. */
export class Running {
  readonly child: ChildProcess;
  stderr = '';

  /** @param stdout `pipe` for those who read it */
  constructor(
    cwd: string,
    args: readonly string[],
    { stdout = 'ignore', env = {} }: { stdout?: 'ignore' | 'pipe'; env?: Record<string, string> } = {},
  ) {
    this.child = spawn(...commandOf(args, env), { cwd, stdio: ['pipe', stdout, 'pipe'] });
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString('utf8')));
  }

  /** Waits until a file of the folder has a name that fits. */
  async seen(folder: string, name: RegExp): Promise<void> {
    while (this.child.exitCode === null && !readdirSync(folder).some((file) => name.test(file))) await setTimeout(2);
  }

  /** Its exit code, or the signal that killed it. */
  async ended(): Promise<number | string> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return this.child.exitCode ?? this.child.signalCode ?? 'nothing';
  }
}

/** `length` bytes that do not repeat, the same for the same seed. */
export function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 11;
  }
  return bytes;
}
