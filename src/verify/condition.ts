// What is wrong with a file: told by its length, the start of its content, and its age.
import { DIGESTS, type Algorithm } from '../checksum/algorithm.js';
import { fromBase64, toBase64 } from '../format/bytes.js';
import type { Condition, Need } from './need.js';

/** What is known of the file at a place. */
export interface Evidence {
  /** In bytes. */
  readonly size: number;
  /** When it was changed last; undefined if nobody knows. */
  readonly mtimeNs: bigint | undefined;
  /** The key of the rsum64 of its first `length` bytes (`sumKey`); undefined if that cannot be told. */
  readonly headSum: (length: number) => string | undefined;
  /** Digests by algorithm. Those that were not computed would not have been right: the length is wrong. */
  readonly digests: Partial<Record<Algorithm, Uint8Array>>;
}

/**
 * The condition of a need, with a file that can be read at its place.
 *
 * A file that is not the one that is needed is `superseded` if
 * - it is what another image needs under the same name, or
 * - it begins differently (a template tells by the rsum64 of the part's head), and has another length or is newer than the
 *   .jigdo; where the heads cannot be compared, being newer is enough.
 *
 * Otherwise it is the same file, damaged: `wrong-size` or `corrupt`. An empty one always is. A file that was damaged from its
 * first bytes on by something that gave it a new time cannot be told from one that was replaced.
 *
 * @param others what else is needed at the same place
 */
export function conditionOf(
  need: Need,
  { size, mtimeNs, headSum, digests }: Evidence,
  others: readonly Need[],
): Condition {
  if (isRight(need, size, digests)) return 'good';
  const damage = need.length !== undefined && need.length !== size ? 'wrong-size' : 'corrupt';
  if (size === 0) return 'wrong-size';
  if (others.some((other) => other !== need && isRight(other, size, digests))) return 'superseded';
  const newer = mtimeNs !== undefined && mtimeNs > BigInt(Math.ceil(need.published)) * 1_000_000n;
  const comparable = need.headSum !== '' && size >= need.blockLength;
  const beginning = comparable ? headSum(need.blockLength) : undefined;
  if (beginning === undefined) return newer ? 'superseded' : damage;
  return beginning !== need.headSum && (newer || damage === 'wrong-size') ? 'superseded' : damage;
}

function isRight({ algorithm, digest, length }: Need, size: number, digests: Evidence['digests']): boolean {
  const found = digests[algorithm];
  return found !== undefined && (length === undefined || length === size) && toBase64(found) === digest;
}

/** The bytes of a need's digest. */
export function digestOfNeed({ algorithm, digest }: Need): Uint8Array {
  return fromBase64(digest, DIGESTS[algorithm].bytes) as Uint8Array;
}
