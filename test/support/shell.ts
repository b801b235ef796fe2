// Programs started by a shell that stands ready: Node, large as it gets, takes 15 ms to fork, a shell one.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How a program ended. Texts are latin1. */
export interface Ended {
  /** The exit code; for a process that a signal killed 128 + its number, as the shell says. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program is started with, besides its arguments. */
export interface Start {
  readonly cwd?: string;
  /** More variables for its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What comes through a pipe. Nothing by default. */
  readonly stdin?: Uint8Array;
}

/** A shell that runs one program after the other. */
export class Shell {
  /** For what programs are told and say. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'jigdo-shell-'));
  readonly #input: Socket;
  readonly #output: Socket;
  readonly #waiting: ((code: number) => void)[] = [];
  #calls = 0;

  constructor() {
    // It says on standard error that a signal has killed a program.
    const child = spawn('bash', { stdio: ['pipe', 'pipe', 'ignore'] });
    [this.#input, this.#output] = [child.stdin as Socket, child.stdout as Socket];
    // It ends when this process does, and does not keep it.
    child.unref();
    this.#input.unref();
    this.#output.unref();
    process.on('exit', () => rmSync(this.#folder, { recursive: true, force: true }));
    createInterface(this.#output).on('line', (line) => this.#waiting.shift()?.(Number(line)));
  }

  /** Runs a program, after those that were to run before. Words are latin1. */
  async run(words: readonly string[], { cwd, env, stdin }: Start = {}): Promise<Ended> {
    const [input, output, errors] = ['in', 'out', 'err'].map((name) => join(this.#folder, `${this.#calls}.${name}`));
    this.#calls++;
    if (stdin) writeFileSync(input, stdin);
    const settings = Object.entries(env ?? {}).map(([name, value]) => `${name}=${value}`);
    const command = [...(env ? ['env', ...settings] : []), ...words].map(quoted).join(' ');
    const line = [
      ...(cwd === undefined ? [] : [`cd ${quoted(cwd)};`]),
      ...(stdin ? [`cat ${quoted(input)} |`] : []),
      `exec ${command} >${quoted(output)} 2>${quoted(errors)}`,
      ...(stdin ? [] : ['</dev/null']),
    ];
    this.#output.ref();
    const code = await new Promise<number>((resolve) => {
      this.#waiting.push(resolve);
      this.#input.write(`(${line.join(' ')}); echo $?\n`, 'latin1');
    });
    if (this.#waiting.length === 0) this.#output.unref();
    const [stdout, stderr] = [output, errors].map((path) => readFileSync(path, 'latin1'));
    for (const path of [output, errors, ...(stdin ? [input] : [])]) rmSync(path);
    return { code, stdout, stderr };
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
