// Both sides of a comparison: the real programs, each in a process of its own, and our library, with results that compare.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { NO_CACHE } from '../../src/cache/types.js';
import type { Algorithm } from '../../src/checksum/algorithm.js';
import { fromText, toHex } from '../../src/format/bytes.js';
import { FileReader } from '../../src/io/reader.js';
import { SILENT } from '../../src/io/reporter.js';
import { makeTemplate, type MakeTemplateOptions, type MakeTemplateResult } from '../../src/make/make-template.js';
import { makeImage, type MakeImageResult } from '../../src/rebuild/make-image.js';
import { Plan } from '../../src/rebuild/plan.js';
import { openTemplate } from '../../src/rebuild/template-file.js';
import type { TreeFile } from '../../src/tree/types.js';
import { walkTree } from '../../src/tree/walk.js';
import { Shell, type Ended } from '../support/shell.js';

const shell = new Shell();

/** Runs a program. */
export function run(program: string, args: readonly string[], cwd?: string): Promise<Ended> {
  return shell.run([program, ...args], { cwd });
}

/** What a template is made with. */
export interface Settings {
  readonly algorithm: Algorithm;
  readonly compression: 'gzip' | 'bzip2';
}

/** An image, the folders it was made from, and the folder and stem of what is made of it. */
export interface Job {
  readonly image: string;
  readonly trees: readonly string[];
  /** `DIR/NAME`: DIR/NAME.template and DIR/NAME.jigdo are made. */
  readonly stem: string;
}

/** The label of a tree is its folder's name. */
export const labelOf = (tree: string): string => basename(tree);

/** The files of some trees, as the command line lists them for `TREE//`. */
export function filesOf(trees: readonly string[]): Promise<TreeFile[]> {
  return walkTree(
    trees.map((tree) => fromText(`${tree}//`)),
    { reporter: SILENT },
  );
}

/** Makes a template with our library. */
export async function makeOurs(job: Job, options: Partial<MakeTemplateOptions> = {}): Promise<MakeTemplateResult> {
  return makeTemplate({
    image: fromText(job.image),
    template: fromText(`${job.stem}.template`),
    jigdo: fromText(`${job.stem}.jigdo`),
    files: await filesOf(job.trees),
    labels: new Map(job.trees.map((tree) => [fromText(`${tree}/`), fromText(labelOf(tree))])),
    cache: NO_CACHE,
    reporter: SILENT,
    ...options,
  });
}

/** Makes a template with jigdo-file. */
export function makeTheirs(program: string, job: Job, { algorithm, compression }: Settings): Promise<Ended> {
  return run(program, [
    ...['make-template', '--report=quiet', '--image', job.image],
    ...['--template', `${job.stem}.template`, '--jigdo', `${job.stem}.jigdo`],
    ...['--checksum-algorithm', algorithm, `--${compression}`],
    ...job.trees.flatMap((tree) => ['--label', `${labelOf(tree)}=${tree}`]),
    ...job.trees.map((tree) => `${tree}//`),
  ]);
}

/** Rebuilds with our library; `files` instead of whole trees for a part of them. */
export async function rebuildByUs(
  stem: string,
  image: string,
  sources: readonly string[] | readonly TreeFile[],
): Promise<MakeImageResult> {
  const named = sources.filter((source) => typeof source === 'string');
  const files = sources.filter((source) => typeof source !== 'string');
  return makeImage({
    template: fromText(`${stem}.template`),
    image: fromText(image),
    files: [...(await filesOf(named)), ...files],
  });
}

/** Rebuilds with jigdo-file. */
export function rebuildByThem(
  program: string,
  stem: string,
  image: string,
  sources: readonly string[],
): Promise<Ended> {
  const names = ['--image', image, '--template', `${stem}.template`, '--jigdo', `${stem}.jigdo`];
  return run(program, ['make-image', '--report=quiet', ...names, ...sources]);
}

/** A part of a template. */
export interface PlacedPart {
  readonly offset: number;
  readonly length: number;
  /** In hex. */
  readonly digest: string;
}

/** What a template holds. */
export interface TemplateFacts {
  readonly parts: readonly PlacedPart[];
  /** Bytes of the image that are in parts, and that are not. */
  readonly matched: number;
  readonly unmatched: number;
  /** Bytes of the template. */
  readonly size: number;
}

/** Reads a template, anyone's. */
export function factsOf(stem: string): TemplateFacts {
  const path = `${stem}.template`;
  using reader = new FileReader(fromText(path));
  const template = openTemplate(reader);
  const parts: PlacedPart[] = [];
  let offset = 0;
  for (const entry of template.entries) {
    if (entry.kind === 'part') parts.push({ offset, length: entry.length, digest: toHex(entry.digest) });
    offset += entry.length;
  }
  const matched = parts.reduce((sum, { length }) => sum + length, 0);
  return { parts, matched, unmatched: new Plan(template).length - matched, size: statSync(path).size };
}

const [left, right] = [Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)];

/** Whether two files have the same content: `cmp`. */
export function sameBytes(a: string, b: string): boolean {
  if (statSync(a).size !== statSync(b).size) return false;
  const [one, other] = [openSync(a, 'r'), openSync(b, 'r')];
  try {
    for (;;) {
      const n = readSync(one, left);
      if (n !== readSync(other, right) || !left.subarray(0, n).equals(right.subarray(0, n))) return false;
      if (n === 0) return true;
    }
  } finally {
    closeSync(one);
    closeSync(other);
  }
}
