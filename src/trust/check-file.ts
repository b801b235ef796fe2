// Files against what their digests must be, with one pass over each file at most.
import { createHash } from 'node:crypto';
import { EXIT, JigdoError } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { fileDigests } from '../io/file-digests.js';
import type { Reporter } from '../io/reporter.js';
import { compareDigests, expectationsOf, type Expectation, type KnownDigests } from './expectation.js';
import { HASH_LABEL, WEAK, type HashName } from './hash.js';
import type { LoadedList } from './sum-list.js';

/** How to check. */
export interface CheckOptions {
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
  /** Digests of the file that are known already: they are not computed again. */
  readonly known?: KnownDigests;
  /** What else says what the digests are. */
  readonly announced?: readonly Expectation[];
}

/**
 * Checks a file against all that lists say about it.
 *
 * @param name what the lists call it, without folders
 * @param path where it is
 * @throws JigdoError with exit code 2 if a digest differs, or if there are lists and none has the file
 */
export async function checkFile(
  lists: readonly LoadedList[],
  name: ByteString,
  path: ByteString,
  options: CheckOptions,
): Promise<void> {
  const { reporter, signal, known = new Map<HashName, string>(), announced = [] } = options;
  const listed = expectationsOf(lists, name);
  requireListed(lists, name);
  const all = [...listed, ...announced];
  const left = compareDigests(display(path), all, known);
  if (left.length > 0) {
    const hashes = new Set(left.map(({ hash }) => hash));
    compareDigests(display(path), left, await fileDigests(path, hashes, 'checking', reporter, signal));
  }
  for (const { hash, source } of all)
    reporter.info(`OK: the ${HASH_LABEL[hash]} of \`${display(name)}' is that of ${source}`);
  if (listed.length > 0 && listed.every(({ hash }) => WEAK.has(hash))) {
    reporter.warning(`${HASH_LABEL[listed[0].hash]} tells damage, but is no proof against forgery`);
  }
}

/**
 * Checks bytes in memory against lists; that no list has them is no error.
 *
 * @throws JigdoError (exit code 2) if a digest differs
 */
export function checkBytes(lists: readonly LoadedList[], name: ByteString, bytes: Uint8Array): void {
  const expectations = expectationsOf(lists, name);
  const digests = new Map(expectations.map(({ hash }) => [hash, createHash(hash).update(bytes).digest('hex')]));
  compareDigests(display(name), expectations, digests);
}

/**
 * Looks whether lists say anything about a file, which need not be there yet.
 *
 * @throws JigdoError with exit code 2 if there are lists and none has it, or if they contradict each other
 */
export function requireListed(lists: readonly LoadedList[], name: ByteString): void {
  if (lists.length === 0 || expectationsOf(lists, name).length > 0) return;
  const strange = lists.reduce((sum, list) => sum + list.strange.length, 0);
  const hint = strange > 0 ? ` (${strange} lines in there are no checksums)` : '';
  throw new JigdoError(`\`${display(name)}' is not in ${lists.map((list) => list.name).join(', ')}${hint}`, {
    exitCode: EXIT.mismatch,
  });
}
