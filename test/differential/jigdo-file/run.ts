// One case: the same command lines for both programs, each in a copy of the world, and what came of them.
import { execFile } from 'node:child_process';
import { lstatSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FileReader } from '../../../src/io/reader.js';
import { templateLines } from '../../../src/rebuild/list-template.js';
import { openTemplate } from '../../../src/rebuild/template-file.js';
import type { Call, Case } from './case.js';
import type { Ended, Shell } from '../../support/shell.js';
import { isForResident, type Resident } from './resident.js';

/** Our command; `npm test` builds what it starts. */
export const OURS = fileURLToPath(new URL('../../../bin/jigdo-file.js', import.meta.url));

/** What came of a case. */
export interface Outcome {
  readonly calls: readonly Ended[];
  /** Files that were made or changed: name -> content, in a form that compares. */
  readonly files: ReadonlyMap<string, string>;
}

/** A copy of the fixture for cases that make files, one after the other. */
export class World {
  readonly place: string;
  readonly #fixture: string;
  #states: Map<string, string> | undefined;

  /** @param place where it is made when it is needed */
  constructor(fixture: string, place: string) {
    this.#fixture = fixture;
    this.place = place;
  }

  /** Makes it, unless it is there, and returns what is in it. */
  async states(): Promise<Map<string, string>> {
    if (!this.#states) {
      // Node's own cpSync knows no names that are not UTF-8.
      await promisify(execFile)('cp', ['-a', this.#fixture, this.place]);
      this.#states = statesOf(this.place);
    }
    return this.#states;
  }

  /** Takes away what is new in it; if more than that has changed, all of it, so that it is made anew. */
  restore(now: ReadonlyMap<string, string>): void {
    const before = this.#states ?? new Map<string, string>();
    const intact = [...before].every(([name, state]) => now.get(name) === state);
    const spoilt = intact ? [...now.keys()].filter((name) => !before.has(name)).map((name) => `/${name}`) : [''];
    if (!intact) this.#states = undefined;
    for (const name of spoilt) rmSync(Buffer.from(this.place + name, 'latin1'), { recursive: true, force: true });
  }
}

/** Does what a call says in the folder `place`. */
export type Program = (call: Call, place: string) => Promise<Ended>;

/** A program that is started for each call. `words`: the command, and its first arguments. */
export function processOf(shell: Shell, ...words: readonly string[]): Program {
  return async (call, place) => {
    const stdin = call.stdin && Buffer.concat(call.stdin.map((part) => inputOf(part, place)));
    const env = { NODE_OPTIONS: '', ...call.env };
    const ended = await shell.run([...words, ...wordsOf(call, place)], { cwd: place, env, stdin });
    return { ...ended, stdout: comparable(ended.stdout, place) };
  };
}

/** Our program, without starting it for each call that can do without. */
export function residentOf(resident: Resident, started: Program): Program {
  return async (call, place) => {
    if (!isForResident(call)) return started(call, place);
    const ended = await resident.run(wordsOf(call, place), call.env ?? {}, place);
    return { ...ended, stdout: comparable(ended.stdout, place) };
  };
}

/** Runs a case. Afterwards the world is as it was. */
export async function runCase({ calls, reads }: Case, program: Program, world: World): Promise<Outcome> {
  const { place } = world;
  const before = await world.states();
  const ended: Ended[] = [];
  for (const call of calls) ended.push(await program(call, place));
  const files = new Map<string, string>();
  if (reads) return { calls: ended, files };
  const after = statesOf(place);
  for (const [name, state] of after) {
    if (before.get(name) !== state) files.set(name, contentOf(place, name).replaceAll(place.slice(1), '@'));
  }
  world.restore(after);
  return { calls: ended, files };
}

/** The arguments of a call; `@` stands for the absolute name of the world. */
function wordsOf({ args }: Call, place: string): string[] {
  return args.map((arg) => (arg.startsWith('@') ? place + arg.slice(1) : arg));
}

/** What was said, without the name of the world. */
function comparable(stdout: string, place: string): string {
  return comparableJigdo(stdout.replaceAll(place.slice(1), '@'));
}

function inputOf(part: { readonly file: string } | { readonly text: string }, place: string): Uint8Array {
  return 'file' in part ? readFileSync(join(place, part.file)) : Buffer.from(part.text, 'latin1');
}

/** All that is in a folder, with what changes when its content does. */
export function statesOf(folder: string): Map<string, string> {
  const states = new Map<string, string>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'latin1' })) {
    const { size, mtimeMs, ino, mode } = lstatSync(Buffer.from(`${folder}/${name}`, 'latin1'));
    states.set(name, (mode & 0o170000) === 0o040000 ? 'folder' : [size, mtimeMs, ino].join(' '));
  }
  return states;
}

/** Whether a file is a cache; in the table, all have such names. */
export function isCache(name: string): boolean {
  return /^cache|\.jigdo-sqlite/.test(name);
}

/** A new file in a form that compares: templates as `ls` shows them, .jigdo texts without what must differ. */
function contentOf(folder: string, name: string): string {
  const path = Buffer.from(`${folder}/${name}`, 'latin1');
  // The formats of the caches have nothing in common.
  if (isCache(name)) return 'cache';
  if (name.endsWith('.template')) {
    try {
      using reader = new FileReader(path.toString('latin1'));
      return [...templateLines(openTemplate(reader), false)].join('\n');
    } catch {
      // Not a template: its bytes are compared.
    }
  }
  const bytes = readFileSync(path).toString('latin1');
  return name.endsWith('.jigdo') ? comparableJigdo(bytes) : bytes;
}

/** A .jigdo text without the program's name and the checksum of the template, whose compressed bytes are each program's own. */
function comparableJigdo(text: string): string {
  return text
    .replace(/^JigsawDownload template.*(?=# JigsawDownload\n)/ms, '')
    .replace(/^Generator=jigdo.*$/m, 'Generator=…')
    .replace(/^(Template-(?:MD5|SHA256)Sum=)[\w-]+/gm, '$1…');
}
