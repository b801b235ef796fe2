// Package trees and images of many kinds, made by test/corpus/make-corpus: where they are, and what can be found in them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { fromText, type ByteString } from '../../src/format/bytes.js';
import { oracle } from './oracle.js';

/** A file of a tree. */
export interface CorpusFile {
  /** The path to open. */
  readonly path: ByteString;
  readonly size: number;
  /** In hex. */
  readonly md5: string;
}

/** A file that lies in an image. */
export interface PlacedFile extends CorpusFile {
  /** Where it lies, in one piece: its first place, in bytes. */
  readonly offset: number;
}

/** An image and what the generator found in it, without any jigdo program. */
export interface CorpusImage {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  /** In hex. */
  readonly md5: string;
  /** The folders of its trees. */
  readonly trees: readonly string[];
  /** All files of the trees. */
  readonly files: readonly CorpusFile[];
  /** Files of at least 1024 bytes that must be found. */
  readonly found: readonly PlacedFile[];
  /** Files that are there too, but others overlap with them: zeros, repetition, files in files. */
  readonly ambiguous: readonly PlacedFile[];
}

const GENERATOR = fileURLToPath(new URL('../corpus/make-corpus', import.meta.url));

/** The generator's exit code when programs that it needs are not installed. Its standard error names them. */
const TOOLS_MISSING = 3;

/** How many images and how large: `small` (about 50 of 3 MB), `cd` (6 of 640 MB), `dvd` (4 of 5 GB). */
export const CORPUS_SIZE = process.env.JIGDO_CORPUS_SIZE ?? 'small';

/**
 * The images of the corpus in the folder that JIGDO_CORPUS names, or in a new folder that the generator fills and the end of the
 * test removes. Undefined after the test was skipped (in CI: failed) because what the generator needs is not installed.
 */
export function openCorpus(t: Test): readonly CorpusImage[] | undefined {
  const folder = process.env.JIGDO_CORPUS ?? makeCorpus(t);
  return folder === undefined ? undefined : readCorpus(folder);
}

function makeCorpus(t: Test): string | undefined {
  const python = oracle(t, 'python3');
  if (python === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'jigdo-corpus-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const { status } = spawnSync(python, [GENERATOR, folder, '--size', CORPUS_SIZE], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status === 0) return folder;
  if (status !== TOOLS_MISSING) throw new Error(`make-corpus ended with ${status}`);
  if (process.env.CI) t.fail('make-corpus needs programs that are not installed');
  else t.comment('skipped: make-corpus needs programs that are not installed');
  return undefined;
}

interface ManifestLine {
  readonly image: string;
  readonly trees: readonly string[];
  readonly size: number;
  readonly md5: string;
  readonly found: Readonly<Record<string, number>>;
  readonly ambiguous: Readonly<Record<string, number>>;
  readonly error?: string;
}

interface TreeLine {
  readonly tree: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly md5: string }[];
}

function readCorpus(folder: string): CorpusImage[] {
  const trees = new Map(readLines<TreeLine>(join(folder, 'trees.jsonl')).map(({ tree, files }) => [tree, files]));
  return readLines<ManifestLine>(join(folder, 'manifest.jsonl'))
    .filter(({ error }) => !error)
    .map((line) => {
      const files = new Map<string, CorpusFile>();
      for (const tree of line.trees) {
        // With several trees, the names in the manifest begin with the tree's.
        const prefix = line.trees.length > 1 ? `${basename(tree)}/` : '';
        for (const { path, size, md5 } of trees.get(basename(tree)) ?? []) {
          files.set(prefix + path, { path: bytesOf(join(folder, tree, path)), size, md5 });
        }
      }
      const placed = (places: Readonly<Record<string, number>>): PlacedFile[] =>
        Object.entries(places).map(([path, offset]) => {
          const file = files.get(path);
          if (!file) throw new Error(`${line.image}: ${path} is in no tree`);
          return { ...file, offset };
        });
      return {
        name: basename(line.image),
        path: join(folder, line.image),
        size: line.size,
        md5: line.md5,
        trees: line.trees.map((tree) => join(folder, tree)),
        files: [...files.values()],
        found: placed(line.found),
        ambiguous: placed(line.ambiguous),
      };
    });
}

function readLines<T>(path: string): T[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

/** A name as the generator writes it: bytes that are not UTF-8 are the lone surrogates U+DC80 to U+DCFF. */
function bytesOf(name: string): ByteString {
  return Array.from(name, (c) => {
    const code = c.charCodeAt(0);
    return c.length === 1 && code >= 0xdc80 && code <= 0xdcff ? String.fromCharCode(code - 0xdc00) : fromText(c);
  }).join('');
}
