// What the digest of a file must be, and who says so.
import { EXIT, JigdoError } from '../errors.js';
import { display, type ByteString } from '../format/bytes.js';
import { HASH_LABEL, type HashName } from './hash.js';
import { sumsOf, type LoadedList } from './sum-list.js';

/** One digest that a file must have. */
export interface Expectation {
  readonly hash: HashName;
  /** Lower case. */
  readonly hex: string;
  /** Who says so, for messages. */
  readonly source: string;
}

/** Digests that are known, as lower-case hex. */
export type KnownDigests = ReadonlyMap<HashName, string>;

/**
 * What lists say about a file; nothing, if none has it.
 *
 * @param name without folders
 * @throws JigdoError (exit code 2) if a list has several files of that name, or lists contradict each other
 */
export function expectationsOf(lists: readonly LoadedList[], name: ByteString): Expectation[] {
  const expectations: Expectation[] = [];
  for (const list of lists) {
    for (const { hash, hex, line } of sumsOf(list, name)) {
      const source = `line ${line} of ${list.name}`;
      const other = expectations.find((expectation) => expectation.hash === hash && expectation.hex !== hex);
      if (other) {
        throw wrong(`the ${HASH_LABEL[hash]} of \`${display(name)}' differs: ${other.source}, ${source}`);
      }
      expectations.push({ hash, hex, source });
    }
  }
  return expectations;
}

/**
 * Compares.
 *
 * @param what the file, for messages
 * @returns the expectations of digests that are not known
 * @throws JigdoError (exit code 2) at the first that is different
 */
export function compareDigests(
  what: string,
  expectations: readonly Expectation[],
  digests: KnownDigests,
): Expectation[] {
  return expectations.filter(({ hash, hex, source }) => {
    const actual = digests.get(hash);
    if (actual !== undefined && actual !== hex) {
      throw wrong(`${what}: its ${HASH_LABEL[hash]} is ${actual}, but ${source} says ${hex}`);
    }
    return actual === undefined;
  });
}

function wrong(message: string): JigdoError {
  return new JigdoError(message, { exitCode: EXIT.mismatch });
}
