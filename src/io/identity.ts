// Whether a file is still the one that was looked at before.
import { fstatSync, statSync, type BigIntStats } from 'node:fs';
import { toPath, type ByteString } from '../format/bytes.js';

/** What tells a file that is open from what it was. */
export interface OpenIdentity {
  /** Undefined: not noted. It is no more than a help within a run: device numbers change when a machine starts, or a mount is made again. */
  readonly dev?: bigint;
  readonly ino: bigint;
  /** In bytes. */
  readonly size: number;
  /** Time of last modification, nanoseconds since 1970, modulo 2^64: what a signed number of 64 bits can hold. */
  readonly mtimeNs: bigint;
}

/** What changes when a file does: from one time that its name is looked up to another, or from one run to another. */
export interface Identity extends OpenIdentity {
  /**
   * Time of last change, in the same form, which nobody can set: where content was replaced in place and the time of modification put
   * back (`cp -p`, clamped times of reproducible builds), this one tells. It changes with names and modes, too: then a file is read
   * once more than need be.
   */
  readonly ctimeNs: bigint;
}

/**
 * A file can be changed twice within one tick of its clock: its identity is then that of the first change. Two seconds is the
 * coarsest clock of a file system (FAT).
 */
const RACY_MS = 2000;
/** A clock that shows parts of seconds ticks at least so often: Linux's every 10 ms. */
const FINE_MS = 50;

/** Of an open file. */
export function identityOf(fd: number): Identity {
  return pick(fstatSync(fd, { bigint: true }));
}

/** Of the file at a path, links followed; undefined if there is none, or nobody can tell. */
export function identityAt(path: ByteString): Identity | undefined {
  try {
    const stat = statSync(toPath(path), { bigint: true, throwIfNoEntry: false });
    return stat && pick(stat);
  } catch {
    return undefined;
  }
}

/** Whether two paths are the same file on the disk. False if either is not there. */
export function isSameFile(a: ByteString, b: ByteString): boolean {
  const [first, second] = [identityAt(a), identityAt(b)];
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino;
}

/** The part of a stat that is the identity. */
export function pick({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): Identity {
  return { dev, ino, size: Number(size), mtimeNs: BigInt.asIntN(64, mtimeNs), ctimeNs: BigInt.asIntN(64, ctimeNs) };
}

/** Whether both are of the same file, unchanged. */
export function isSame(a: Identity, b: Identity): boolean {
  return a.ctimeNs === b.ctimeNs && isSameOpen(a, b);
}

/**
 * Whether a file that this run has open, or found a moment ago, is unchanged. Unlike for `isSame`, the time of the last change does not
 * count: a file that loses its name, or gets another name, changes in nothing else.
 */
export function isSameOpen(a: OpenIdentity, b: OpenIdentity): boolean {
  const isElsewhere = a.dev !== undefined && b.dev !== undefined && a.dev !== b.dev;
  return a.ino === b.ino && a.mtimeNs === b.mtimeNs && a.size === b.size && !isElsewhere;
}

/** Whether a change that comes now would show: the last one is not too young. `now` is in milliseconds since 1970, a whole number. */
export function isSettled({ mtimeNs, ctimeNs }: Identity, now = Date.now()): boolean {
  const before = (milliseconds: number): bigint => BigInt(now - milliseconds) * 1_000_000n;
  const isFine = ctimeNs % 1_000_000_000n !== 0n;
  return before(RACY_MS) > mtimeNs && before(isFine ? FINE_MS : RACY_MS) > ctimeNs;
}
