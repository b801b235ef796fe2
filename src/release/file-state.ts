// Whether a file has changed: size, times and inode tell or, where times or inode differ, the content.
import { statSync } from 'node:fs';
import { scanFiles } from '../cache/scan.js';
import type { Cache } from '../cache/types.js';
import type { Algorithm } from '../checksum/algorithm.js';
import { JigdoError } from '../errors.js';
import { display, toHex, toPath, type ByteString } from '../format/bytes.js';
import { pick } from '../io/identity.js';
import { SILENT } from '../io/reporter.js';
import { treeFile, type TreeFile } from '../tree/types.js';

/** What a file was. Numbers that do not fit a double are texts: this is kept as JSON. */
export interface FileState {
  readonly size: number;
  readonly mtimeNs: string;
  /** Undefined: an earlier version wrote the state. */
  readonly ctimeNs?: string;
  readonly ino: string;
  /** In hex, at least one. */
  readonly digests: Readonly<Partial<Record<Algorithm, string>>>;
}

/** What a file is, without its content; undefined if it is not there. */
export function fileAt(path: ByteString): TreeFile | undefined {
  const stat = statSync(toPath(path), { bigint: true, throwIfNoEntry: false });
  if (!stat?.isFile()) return undefined;
  return treeFile(path, pick(stat));
}

/**
 * Adds to what is known of a file, reading it only if neither `known` nor the cache has all digests.
 *
 * @param file as it was before anything in `known` was read
 * @throws JigdoError if it cannot be read, or has changed
 */
export async function stateOf(
  file: TreeFile,
  algorithms: Iterable<Algorithm>,
  { cache, signal, known = {} }: { cache: Cache; signal?: AbortSignal; known?: FileState['digests'] },
): Promise<FileState> {
  const digests = { ...known };
  let problem = 'it cannot be read';
  const missing = [...algorithms].filter((algorithm) => digests[algorithm] === undefined);
  const { failed } = await scanFiles({
    files: [file],
    cache,
    whole: true,
    headLength: 0,
    algorithms: missing,
    reporter: { ...SILENT, warning: (line) => (problem = line) },
    signal,
    onFile: (_, facts) => {
      for (const algorithm of missing) digests[algorithm] = toHex(facts[algorithm] ?? new Uint8Array());
    },
  });
  if (failed > 0) throw new JigdoError(`${display(file.rest)}: ${problem}`);
  const { size, mtimeNs, ctimeNs, ino } = file;
  return { size, mtimeNs: String(mtimeNs), ctimeNs: String(ctimeNs), ino: String(ino), digests };
}

/**
 * Looks whether the file at `path` still has the content that it had.
 *
 * @returns its present state, `was` itself if nothing differs; undefined if it is gone or has other content
 * @throws JigdoError if it cannot be read
 */
export async function stillTheSame(
  path: ByteString,
  was: FileState,
  options: { cache: Cache; signal?: AbortSignal },
): Promise<FileState | undefined> {
  const file = fileAt(path);
  if (file?.size !== was.size) return undefined;
  const isUntouched = (['mtimeNs', 'ctimeNs', 'ino'] as const).every((key) => String(file[key]) === was[key]);
  if (isUntouched) return was;
  const algorithms = Object.keys(was.digests) as Algorithm[];
  const state = await stateOf(file, algorithms, options);
  return algorithms.every((algorithm) => state.digests[algorithm] === was.digests[algorithm]) ? state : undefined;
}
