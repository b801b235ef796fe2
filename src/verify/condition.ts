// What is wrong with a file: told by its length, the start of its content, and its age.
import { JigdoError } from '../errors.js';
import { fromBase64, toBase64, type ByteString } from '../format/bytes.js';
import { DIGEST_LENGTH, type Algorithm } from '../checksum/digest.js';
import { FileReader } from '../io/reader.js';
import { headSum } from '../rebuild/head-sum.js';
import type { Condition, Need } from './need.js';

/** What is known of the file at a place. */
export interface Evidence {
  readonly path: ByteString;
  readonly size: number;
  readonly mtimeNs: bigint;
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
  { path, size, mtimeNs, digests }: Evidence,
  others: readonly Need[],
): Condition {
  if (isRight(need, size, digests)) return 'good';
  const damage = need.length !== undefined && need.length !== size ? 'wrong-size' : 'corrupt';
  if (size === 0) return 'wrong-size';
  if (others.some((other) => other !== need && isRight(other, size, digests))) return 'superseded';
  const newer = mtimeNs > BigInt(Math.ceil(need.published)) * 1_000_000n;
  const comparable = need.headSum !== '' && size >= need.blockLength;
  const beginning = comparable ? headOf(path, need.blockLength) : undefined;
  if (beginning === undefined) return newer ? 'superseded' : damage;
  return beginning !== need.headSum && (newer || damage === 'wrong-size') ? 'superseded' : damage;
}

function isRight({ algorithm, digest, length }: Need, size: number, digests: Evidence['digests']): boolean {
  const found = digests[algorithm];
  return found !== undefined && (length === undefined || length === size) && toBase64(found) === digest;
}

function headOf(path: ByteString, length: number): string | undefined {
  try {
    using reader = new FileReader(path);
    return headSum(reader, length);
  } catch (error) {
    if (!(error instanceof JigdoError)) throw error;
    return undefined;
  }
}

/** The bytes of a need's digest. */
export function digestOfNeed({ algorithm, digest }: Need): Uint8Array {
  return fromBase64(digest, DIGEST_LENGTH[algorithm]) as Uint8Array;
}
